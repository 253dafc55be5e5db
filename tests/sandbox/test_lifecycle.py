import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from playbooks import inventory
from sandbox import lifecycle, moto_server, namespaces, nodes, processes
from sandbox.errors import InUseError, SandboxError
from sandbox.folder import SandboxFolder
from sandbox.lifecycle import Change
from sandbox.processes import Member
from sandbox.state import State
from stacks.environment import load
from tests.projects import ENVIRONMENT, change, make_project
from tests.sandbox.conftest import is_gone

pytestmark = pytest.mark.slow


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """A project whose sandbox is taken away when the test ends, however it ends."""
    made = make_project(tmp_path)
    yield made
    folder = SandboxFolder.of(made)
    assert processes.end(folder) == []
    namespaces.destroy(folder)


def up(project: Path, name: str = ENVIRONMENT) -> Change:
    """Bring the project's sandbox up."""
    with lifecycle.locked(project, "a test"):
        return lifecycle.up(load(project, name), project, lambda _: None)


def down(project: Path, name: str = ENVIRONMENT) -> list[str]:
    """Take it away."""
    with lifecycle.locked(project, "a test"):
        return lifecycle.down(name, project)


def members(project: Path) -> dict[str, Member]:
    """The living processes of the sandbox, by role."""
    return {member.role: member for member in processes.find(SandboxFolder.of(project))}


def pids(project: Path) -> dict[str, int]:
    """Their process ids, by role."""
    return {role: member.process.pid for role, member in members(project).items()}


def test_a_second_up_changes_nothing(project: Path) -> None:
    """The same processes live on, and nothing is created again."""
    first = up(project)
    before = pids(project)
    second = up(project)

    assert (first.rebuilt, first.resources, len(first.started)) == (True, 44, 4)
    assert (second.rebuilt, second.started, second.ended) == (False, (), ())
    assert pids(project) == before


def test_a_changed_setting_starts_and_ends_only_the_nodes_that_came_or_went(project: Path) -> None:
    """The cloud is rebuilt; nodes that stay keep their process, their address and their host key."""
    up(project)
    before = pids(project)
    addresses = nodes.addresses(SandboxFolder.of(project))
    change(project, "fleets.workers", nodes=3)
    change(project, "fleets.added", instanceType="c6in.32xlarge", nodes=1, zone="us-east-1a")
    change(project, "fleets.added", image="ami-0123456789abcdef0", python="python3")
    changed = up(project)

    assert (changed.rebuilt, changed.started, changed.ended) == (True, ("added-0",), ("workers-3",))
    assert not (SandboxFolder.of(project).node("workers-3").path).exists()
    for name in ("workers-0", "workers-1", "workers-2"):
        assert pids(project)[f"node:{name}"] == before[f"node:{name}"]
        assert nodes.addresses(SandboxFolder.of(project))[name] == addresses[name]


def test_the_cloud_knows_the_nodes_that_run(project: Path) -> None:
    """The inventory tells the addresses at which they listen, by the same tags as in an account."""
    up(project)
    environment = load(project, ENVIRONMENT)
    found = inventory.find(lifecycle.clients(environment, project)("ec2"), environment.settings)

    assert {node.name: node.address for node in found.nodes} == nodes.addresses(SandboxFolder.of(project))
    assert (found.missing, found.surplus) == ((), ())


def test_a_killed_node_is_started_again_and_the_others_are_left_alone(project: Path) -> None:
    """What a crash leaves is recognised from the process table."""
    up(project)
    before = members(project)
    before["node:workers-2"].process.kill()
    before["node:workers-2"].process.wait(5)
    changed = up(project)

    assert (changed.rebuilt, changed.started) == (False, ("workers-2",))
    assert pids(project)["node:workers-1"] == before["node:workers-1"].process.pid


def test_a_killed_cloud_is_started_and_built_again(project: Path) -> None:
    """The nodes are told its new address, so they start anew; their addresses stay."""
    up(project)
    addresses = nodes.addresses(SandboxFolder.of(project))
    moto = members(project)["moto"].process
    moto.kill()
    moto.wait(5)
    changed = up(project)

    assert changed.rebuilt
    assert nodes.addresses(SandboxFolder.of(project)) == addresses


def test_a_state_without_processes_is_stale_and_is_put_right(project: Path) -> None:
    """As after a reboot: the files are there, and nothing runs."""
    up(project)
    assert processes.end(SandboxFolder.of(project)) == []

    assert len(up(project).started) == 4


def test_down_ends_what_up_started_and_nothing_else_and_leaves_nothing(project: Path, tmp_path: Path) -> None:
    """A process that merely looks alike lives on."""
    alike = [sys.executable, "-c", "import time; time.sleep(60)", "sandbox.ssh_host", str(project / ".sandbox")]
    bystander = subprocess.Popen(alike)
    try:
        up(project)
        started = {role: member.process for role, member in members(project).items()}
        ended = down(project)

        assert ended == ["moto", *(f"workers-{index}" for index in range(4))]
        assert all(is_gone(process.pid) for process in started.values())
        assert not (tmp_path / ".sandbox").exists()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_down_without_a_sandbox_has_nothing_to_end(project: Path) -> None:
    """And leaves no folder behind for having looked."""
    assert down(project) == []
    assert not lifecycle.exists(project)


def test_a_second_environment_does_not_take_over_the_first_ones_sandbox(project: Path) -> None:
    """Neither up nor down nor a question: the first one's nodes live on."""
    up(project)
    before = pids(project)
    other = project / "stacks" / "config" / "Pulumi.other.yaml"
    own = other.with_name(f"Pulumi.{ENVIRONMENT}.yaml").read_text()
    other.write_text(own.replace("ai-datacenter:name: sandbox", "ai-datacenter:name: other"))

    for action in (up, down, lambda where, name: lifecycle.clients(load(where, name), where)):
        with pytest.raises(SandboxError, match="sandbox is up in this folder, not other; run `aidc down sandbox`"):
            action(project, "other")
    assert pids(project) == before


def test_another_region_and_another_zone_can_be_brought_up(project: Path) -> None:
    """A bucket then says where it stands, and the nodes move to the other zone's subnet."""
    path = project / "stacks" / "config" / f"Pulumi.{ENVIRONMENT}.yaml"
    path.write_text(path.read_text().replace("us-east-1", "us-west-2"))
    up(project)
    first = nodes.addresses(SandboxFolder.of(project))
    change(project, "network", zones=["us-west-2a", "us-west-2b"])
    change(project, "fleets.workers", zone="us-west-2b")
    changed = up(project)

    assert len(changed.started) == 4
    assert not set(first.values()) & set(nodes.addresses(SandboxFolder.of(project)).values())


def test_another_login_key_reaches_the_nodes(project: Path) -> None:
    """They are started anew, for a running one lets the old key in only."""
    up(project)
    change(project, "access", identityFile=".sandbox/other_key")

    assert len(up(project).started) == 4
    assert (project / ".sandbox" / "other_key.pub").exists()


def test_a_cloud_that_hangs_is_ended_and_built_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its process is there and does not answer, as after an ill-timed SIGSTOP."""
    monkeypatch.setattr(moto_server, "ANSWER_SECONDS", 1.0)
    up(project)
    hung = members(project)["moto"].process
    hung.suspend()

    assert up(project).rebuilt
    assert is_gone(hung.pid)


def test_the_users_own_aws_configuration_takes_no_part(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a profile that does not exist nor a proxy that does not answer."""
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert up(project).rebuilt


def test_settings_with_mistakes_and_a_damaged_state_do_not_keep_it_running(project: Path) -> None:
    """What is to be taken away need not be understood."""
    up(project)
    change(project, "fleets.workers", nodes="four")
    (project / ".sandbox" / "state.json").write_text('{"of": "another version"}')

    assert len(down(project)) == 5


def test_two_at_once_the_second_says_who_holds_it(project: Path) -> None:
    """By command and process id, which a person can look at."""
    with (
        SandboxFolder.of(project).lock("aidc up sandbox"),
        pytest.raises(InUseError, match=rf"in use by `aidc up sandbox` \(process {os.getpid()}, since "),
    ):
        up(project)


def test_a_kill_on_the_way_up_is_healed_by_the_next_up(project: Path) -> None:
    """Whatever had started is found again; no node is there twice."""
    program = (
        "import sys; from pathlib import Path; from sandbox import lifecycle; from stacks.environment import load;"
        "project, tell = Path(sys.argv[1]), lambda text: print(text, flush=True);"
        "lifecycle.locked(project, 'x').__enter__(); lifecycle.up(load(project, 'sandbox'), project, tell)"
    )
    starting = subprocess.Popen([sys.executable, "-c", program, str(project)], stdout=subprocess.PIPE, text=True)
    assert starting.stdout is not None
    for line in starting.stdout:
        if line.startswith("Starting 4 nodes"):
            break
    starting.send_signal(signal.SIGKILL)
    starting.wait()
    starting.stdout.close()
    up(project)

    assert sorted(pids(project)) == ["moto", *(f"node:workers-{index}" for index in range(4))]
    assert len(processes.find(SandboxFolder.of(project))) == 5


def test_clients_of_a_sandbox_that_is_not_up_say_so(project: Path) -> None:
    """With the command that brings it up."""
    with pytest.raises(SandboxError, match="sandbox is not up; run `aidc up sandbox`"):
        lifecycle.clients(load(project, ENVIRONMENT), project)


def test_the_state_holds_no_secret(project: Path) -> None:
    """The operator's key is in a file of its own, for this user only."""
    up(project)
    key = project / ".sandbox" / "id_ed25519"

    assert key.stat().st_mode & 0o077 == 0
    assert "PRIVATE KEY" not in State.read(SandboxFolder.of(project)).model_dump_json()
    assert (project / ".sandbox").stat().st_mode & 0o077 == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")
def test_nodes_in_namespaces_stand_at_private_addresses(project: Path) -> None:
    """A switch from loopback starts over; afterwards no namespace is left."""
    up(project)
    change(project, "network", cidr="10.177.0.0/20")
    change(project, "sandbox", isolation="namespaces")
    changed = up(project)
    shown = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    again = up(project)
    down(project)
    after = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    gone = set(shown.splitlines()) - set(after.splitlines())

    assert (changed.rebuilt, len(changed.started)) == (True, 4)
    assert (again.rebuilt, again.started) == (False, ())
    assert len(gone) == 5
