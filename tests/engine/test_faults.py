import re
import signal
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.engine.engine_project import EngineProject, engine_of, killed, read_until, waited

pytestmark = [pytest.mark.engine, pytest.mark.slow]
UP = ("up", "dev", "--yes", "--no-smoke")
FILE_SYSTEM = "aws:fsx/lustreFileSystem:LustreFileSystem"
LUSTRE = {
    "zone": "us-east-1a",
    "capacityGib": 1200,
    "throughput": 125,
    "repositories": {"/imagenet": {"bucket": "datasets"}},
}


def test_a_failed_create_says_what_exists_and_the_next_up_makes_the_rest(project: EngineProject) -> None:
    """Capacity runs out after one of two nodes."""
    failed = project.aidc(*UP, ECHO_FAIL="dev-workers-1")
    between = [project.identity("dev", f"dev-workers-{index}") is not None for index in range(2)]
    completed = project.aidc(*UP)

    assert failed.returncode == 1, failed.stdout + failed.stderr
    (counts,) = re.findall(r"  dev-workers: (\d+) of (\d+)", failed.stdout)
    assert int(counts[0]) == int(counts[1]) - 1
    assert "InsufficientInstanceCapacity" in failed.stdout
    assert "docs/runbook.md#insufficient-capacity" in failed.stdout
    assert "Back: `aidc down dev`" in failed.stdout
    assert between == [True, False]
    assert completed.returncode == 0, completed.stdout + completed.stderr
    assert "1 to create" in completed.stdout
    assert project.identity("dev", "dev-workers-1")


def test_a_link_to_a_bucket_that_could_not_be_made_is_made_by_the_next_up(project: EngineProject) -> None:
    """Its file system, which took longest, stays as it is."""
    project.change("dev", "buckets", datasets={})
    project.change("dev", "lustre", datasets=LUSTRE)
    failed = project.aidc(*UP, ECHO_FAIL="DataRepositoryAssociation")
    file_system = project.identity("dev", "dev-datasets-lustre-file-system", FILE_SYSTEM)
    completed = project.aidc(*UP)

    assert failed.returncode == 1, failed.stdout + failed.stderr
    assert completed.returncode == 0, completed.stdout + completed.stderr
    assert "1 to create" in completed.stdout
    assert file_system
    assert file_system == project.identity("dev", "dev-datasets-lustre-file-system", FILE_SYSTEM)


def test_an_update_that_was_killed_is_reconciled_by_the_next(project: EngineProject) -> None:
    """Its lock is stale and its creations are cut off: each is told, and nothing is made twice."""
    with project.begun(*UP, ECHO_CREATE_SECONDS="2") as command:
        pulumi = engine_of(command)
        waited(lambda: project.creating("dev"))
        killed(pulumi)
        said, _ = command.communicate(timeout=60)
    cut_off = project.creating("dev")
    next_up = project.aidc(*UP)

    assert command.returncode == 1, said
    assert next_up.returncode == 0, next_up.stdout + next_up.stderr
    assert f"process {pulumi.pid}" in next_up.stdout
    assert "was cut off" in next_up.stdout
    assert cut_off
    assert next_up.stdout.count(") was not made") == len(cut_off)
    assert project.identity("dev", "dev-workers-1")
    assert not project.state("dev").get("pending_operations")
    assert "nothing has changed" in project.aidc(*UP).stdout


def test_ctrl_c_ends_the_engine_in_order(project: EngineProject) -> None:
    """Exit status 130, no lock and no process left behind, and the next up goes on."""
    with project.begun(*UP, ECHO_CREATE_SECONDS="2") as command:
        pulumi = engine_of(command)
        waited(lambda: project.creating("dev"))
        command.send_signal(signal.SIGINT)
        said, _ = command.communicate(timeout=60)
    locks = list((project.folder / "state/.pulumi/locks").rglob("*.json"))
    next_up = project.aidc(*UP)

    assert (command.returncode, locks, psutil.pid_exists(pulumi.pid)) == (130, [], False), said
    assert "the engine ends what it has begun" in said
    assert "`aidc up dev` again makes the rest" in said
    assert next_up.returncode == 0, next_up.stdout + next_up.stderr


def test_of_two_updates_at_once_the_second_says_who_holds_the_first(project: EngineProject) -> None:
    """And changes nothing."""
    with project.begun(*UP, ECHO_CREATE_SECONDS="4") as command:
        pulumi = engine_of(command)
        waited(lambda: project.creating("dev"))
        second = project.aidc(*UP)
        command.send_signal(signal.SIGINT)
        command.communicate(timeout=60)

    assert second.returncode == 2, second.stdout + second.stderr
    assert f"process {pulumi.pid}" in second.stderr
    assert "docs/runbook.md#stale-lock" in second.stderr


def test_drift_is_listed_by_property_and_has_an_exit_status_of_its_own(project: EngineProject) -> None:
    """Somebody turned a switch in the console; without drift the status is 0."""
    project.aidc(*UP)
    same = project.aidc("drift", "dev")
    drifted = project.aidc("drift", "dev", ECHO_DRIFT={"::dev-vpc": {"enableDnsSupport": False}})

    assert same.returncode == 0, same.stdout + same.stderr
    assert drifted.returncode == 4, drifted.stdout + drifted.stderr
    assert "~ dev-vpc (ec2 Vpc): enableDnsSupport is False, was True" in drifted.stdout
    assert "dev: 1 of " in drifted.stdout


def test_a_damaged_state_is_told_with_the_way_back_which_works(project: EngineProject) -> None:
    """The backend keeps the version before; the runbook puts it back."""
    project.aidc(*UP)
    file = project.state_file("dev")
    whole = file.read_text()
    file.write_text(whole[: len(whole) // 2])
    damaged = project.aidc(*UP)
    file.write_text(Path(f"{file}.bak").read_text())
    back = project.aidc(*UP)

    assert damaged.returncode == 2, damaged.stdout + damaged.stderr
    assert "docs/runbook.md#damaged-state" in damaged.stderr
    assert "Traceback" not in damaged.stderr
    assert back.returncode == 0, back.stdout + back.stderr


def test_a_backend_that_is_lost_during_the_update_is_told(project: EngineProject) -> None:
    """As when a token expires while the state is saved: what was made meanwhile exists all the same.

    The engine tries each save for half a minute; it is killed after the first, so that it does not try all of them, if
    it has not given up by then.
    """
    backend, lost = project.folder / "state", project.folder / "lost"
    with project.begun(*UP, ECHO_CREATE_SECONDS="2") as command:
        pulumi = engine_of(command)
        waited(lambda: project.creating("dev"))
        backend.rename(lost)
        backend.write_text("not a folder any more")
        said = read_until(command, " failed")
        with suppress(psutil.NoSuchProcess):
            killed(pulumi)
        said += command.communicate(timeout=60)[0]
    backend.unlink()
    lost.rename(backend)
    next_up = project.aidc(*UP)

    assert command.returncode == 1, said
    assert "failed to save" in said
    assert "docs/runbook.md#state-not-saved" in said
    assert next_up.returncode == 0, next_up.stdout + next_up.stderr


def test_a_wrong_passphrase_is_told(project: EngineProject) -> None:
    """Before anything is made."""
    project.aidc(*UP)
    wrong = project.aidc(*UP, PULUMI_CONFIG_PASSPHRASE="another")

    assert wrong.returncode == 2, wrong.stdout + wrong.stderr
    assert "PULUMI_CONFIG_PASSPHRASE" in wrong.stderr
    assert "Traceback" not in wrong.stderr


def test_a_planted_secret_is_found_nowhere(project: EngineProject) -> None:
    """Neither the passphrase nor an encrypted value of another's is shown, written to the state or to a log."""
    canary = "canary-token-77aa"
    project.pulumi("stack", "init", "dev")
    project.pulumi("config", "set", "--secret", "other:token", canary, "--stack", "dev")
    done = project.aidc(*UP)
    failed = project.aidc("drift", "dev", ECHO_DRIFT={"::dev-vpc": {"enableDnsSupport": False}})
    written = b"".join(path.read_bytes() for path in project.folder.rglob("*") if path.is_file())
    said = (done.stdout + done.stderr + failed.stdout + failed.stderr + done.stdout).encode()

    assert (done.returncode, failed.returncode) == (0, 4), done.stdout + done.stderr + failed.stderr
    assert [word for word in (canary, "canary-passphrase-5b1e") if word.encode() in written + said] == []
