"""Each fault is seen from outside: by a client, by the programs of the node, by the kernel."""

import asyncio
import signal
import time
from pathlib import Path

import asyncssh
import psutil
import pytest

from sandbox import nodes
from sandbox.errors import FaultError
from sandbox.faults import Kind
from sandbox.faults.injection import broken, well
from sandbox.processes import Member, command_role, find, node_role
from stacks.environment import load
from tests.projects import ENVIRONMENT, make_project
from tests.sandbox.conftest import Fleet
from tests.sandbox.faults.conftest import BROKEN, OTHER, comes_true, connected, may_mount, run, with_fault

CLOCK = "python3 -c 'import time; print(time.time())'"
BUSY = """
import time
begun = time.perf_counter()
while time.process_time() < 0.3: pass
print(time.perf_counter() - begun)
"""
JOINING = """
import socket, sys, time
ends = [socket.create_connection((sys.argv[1], int(sys.argv[2]))) for _ in range(2)]
time.sleep(float(sys.argv[3]))
print("ended")
"""
WORKER, PEER = "workers-0", "workers-1"


def joining(fleet: Fleet, seconds: float) -> str:
    """A program that joins the other node, as a rank of a collective does, and ends after a while."""
    other = fleet.specs[OTHER]
    return f"exec python3 -c '{JOINING}' {other.address} {other.port} {seconds}"


def programs(fleet: Fleet) -> list[psutil.Process]:
    """What runs on the node that is broken."""
    return [each.process for each in find(fleet.folder) if each.role == command_role(WORKER)]


def _is_stopped(process: psutil.Process) -> bool:
    return process.status() == psutil.STATUS_STOPPED


def node_process(fleet: Fleet, name: str) -> Member:
    """The process that is a node."""
    (found,) = (each for each in find(fleet.folder) if each.role == node_role(name))
    return found


@with_fault(Kind.SKEWED_CLOCK)
def test_a_skewed_clock_is_ahead_in_every_python_of_that_node(faulty: Fleet) -> None:
    """And in no other's."""
    ahead = {index: float(str(run(faulty, CLOCK, index).stdout)) - time.time() for index in (BROKEN, OTHER)}

    assert ahead[BROKEN] > 4
    assert -4 < ahead[OTHER] < 1


@with_fault(Kind.TRUNCATED)
def test_half_of_what_a_command_prints_is_lost(faulty: Fleet) -> None:
    """Neither its complaints nor its exit status, and nothing of the other node."""
    cut = run(faulty, "echo 0123456789; echo complaint >&2; exit 3")
    whole = run(faulty, "echo 0123456789", OTHER)

    assert (cut.stdout, cut.stderr, cut.exit_status) == ("01234", "complaint\n", 3)
    assert whole.stdout == "0123456789\n"


@with_fault(Kind.FULL_DISK)
def test_a_full_home_folder_takes_no_block_more(faulty: Fleet, tmp_path: Path) -> None:
    """The kernel says so, and the transport's own folder has room."""
    if not may_mount(load(make_project(tmp_path), ENVIRONMENT).settings):
        pytest.skip("this user may not mount, not even in a namespace of its own")
    line = "dd if=/dev/zero of=block bs=64k count=1; dd if=/dev/zero of=.aidc/block bs=64k count=1 && df -k . | tail -1"
    full, free = run(faulty, line), run(faulty, line, OTHER)

    assert "No space left on device" in str(full.stderr)
    assert str(full.stdout).split()[1] == "4"
    assert "No space left on device" not in str(free.stderr)
    assert (faulty.folder.node(WORKER).home / ".aidc" / "block").stat().st_size == 65536
    assert not (faulty.folder.node(WORKER).home / "block").exists()


@with_fault(Kind.WRONG_HOST_KEY)
def test_the_host_key_is_not_the_one_of_the_console(faulty: Fleet) -> None:
    """A client that checks it goes no farther; the other node is who it was."""
    with pytest.raises(asyncssh.HostKeyNotVerifiable):
        run(faulty, "true")

    assert run(faulty, "true", OTHER).exit_status == 0


def test_a_node_is_well_as_soon_as_nobody_wishes_otherwise(fleet: Fleet) -> None:
    """It shows its own key again, without having been started again."""
    before = node_process(fleet, WORKER)
    with broken(fleet.folder, {WORKER: Kind.WRONG_HOST_KEY, PEER: Kind.TRUNCATED}):
        assert fleet.folder.node(WORKER).fault.exists()
    assert well(fleet.folder)

    assert [run(fleet, "echo whole", index).stdout for index in (BROKEN, OTHER)] == ["whole\n", "whole\n"]
    assert node_process(fleet, WORKER) == before


@with_fault(Kind.SLOW)
def test_programs_of_a_slow_node_stand_still_most_of_the_time(faulty: Fleet) -> None:
    """Ten times as long is what is meant; a busy machine may let them run somewhat more."""
    slow, usual = (float(str(run(faulty, f"python3 -c '{BUSY}'", index).stdout)) for index in (BROKEN, OTHER))

    assert slow > 3 * 0.3
    assert slow > usual


@with_fault(Kind.HANG)
def test_the_first_program_that_joins_others_hangs(faulty: Fleet) -> None:
    """It is stopped; what joins nobody, and what joins later, runs on."""

    async def conversation() -> tuple[bool, list[str], int | None]:
        async with connected(faulty) as node:
            first = await node.create_process(joining(faulty, 0.3))
            stopped = await asyncio.to_thread(comes_true, lambda: any(map(_is_stopped, programs(faulty))))
            others = [await node.run(line, timeout=30) for line in ("echo alone", joining(faulty, 0.3))]
            return stopped, [str(each.stdout) for each in others], first.exit_status

    assert asyncio.run(conversation()) == (True, ["alone\n", "ended\n"], None)
    assert comes_true(lambda: not programs(faulty))  # what hangs ends with its connection


def test_a_node_goes_down_with_all_its_programs_when_one_joins_others(fleet: Fleet) -> None:
    """Started again, it is as it was before."""
    with broken(fleet.folder, {WORKER: Kind.KILLED}):
        alone = run(fleet, "echo alone")
        assert run(fleet, joining(fleet, 50)).exit_status is None
        assert comes_true(lambda: WORKER not in nodes.running(fleet.folder))
        assert programs(fleet) == []
    nodes.start(fleet.folder, [fleet.specs[BROKEN]], fleet.launch)

    assert alone.stdout == "alone\n"
    assert well(fleet.folder)
    assert run(fleet, joining(fleet, 0.3)).stdout == "ended\n"


def test_a_node_that_ends_while_it_is_slow_leaves_nothing_stopped(fleet: Fleet) -> None:
    """SIGTERM is how a node goes down; what is broken is no part of what stays."""
    with broken(fleet.folder, {WORKER: Kind.SLOW}):
        node_process(fleet, WORKER).process.send_signal(signal.SIGTERM)
        assert comes_true(lambda: WORKER not in nodes.running(fleet.folder))
    nodes.start(fleet.folder, [fleet.specs[BROKEN]], fleet.launch)

    assert not fleet.folder.node(WORKER).fault.exists()
    assert run(fleet, "echo alive").stdout == "alive\n"


def test_a_node_that_does_not_run_can_t_be_broken(fleet: Fleet) -> None:
    """It is said which, and nobody else is broken after that."""
    with (
        pytest.raises(FaultError, match="workers-7: does not run"),
        broken(fleet.folder, {"workers-7": Kind.SLOW, PEER: Kind.TRUNCATED}),
    ):
        raise AssertionError("nothing may be asked of nodes that are not broken")
    assert well(fleet.folder)

    assert run(fleet, "echo whole", OTHER).stdout == "whole\n"
