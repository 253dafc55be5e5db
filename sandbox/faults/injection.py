"""Breaks nodes for one run of the smoke gate, and has them well again after it, however the run ends."""

import json
import signal
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from sandbox import lifecycle, nodes
from sandbox.errors import FaultError
from sandbox.faults import Kind, record, wishes
from sandbox.faults.refusals import refuse
from sandbox.folder import SandboxFolder
from sandbox.processes import find, node_role
from stacks.environment import Environment

PATIENCE_SECONDS = 10.0
POLL_SECONDS = 0.02


@contextmanager
def injected(environment: Environment, project: Path, wished: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Break nodes while the block runs; the caller holds the sandbox.

    What an earlier run has left because it was killed is put right first, also where nothing is wished.

    Args:
        environment: the sandbox's environment.
        project: its project's folder.
        wished: `NODE=KIND` each.

    Yields:
        What was injected, as it was wished.

    Raises:
        FaultError: a wish is not understood, or can't be had here.
    """
    folder = SandboxFolder.of(project)
    _mend(environment, project, folder)
    if not wished:
        yield ()
        return
    faults = wishes.parse(wished, sorted(nodes.addresses(folder)))
    refuse(faults, environment.settings)
    _require_current(environment, project, faults)
    try:
        with broken(folder, faults):
            yield tuple(f"{node}={kind}" for node, kind in faults.items())
    finally:
        _mend(environment, project, folder)


@contextmanager
def broken(folder: SandboxFolder, faults: Mapping[str, Kind]) -> Iterator[None]:
    """Have running nodes broken while the block runs; a moment after it they are well, but for those that died.

    Raises:
        FaultError: some could not take up their fault.
    """
    with record.held(folder, faults):
        _take_up(folder, faults)
        yield


def _require_current(environment: Environment, project: Path, names: Collection[str]) -> None:
    if others := sorted(set(names) - lifecycle.current(environment, project)):
        raise FaultError(
            f"{', '.join(others)}: does not run, or is not what is declared now, so that it can't be broken; run"
            f" `aidc up {environment.name} --no-smoke` first"
        )


def _take_up(folder: SandboxFolder, faults: Mapping[str, Kind]) -> None:
    """Call the nodes, and wait until each says that it has its fault."""
    called = [member for member in find(folder) if member.role == node_role(member.node) and member.node in faults]
    if absent := sorted(faults.keys() - {member.node for member in called}):
        raise FaultError(f"{', '.join(absent)}: does not run, so that it can't be broken")
    for member in called:
        member.process.send_signal(signal.SIGHUP)
    if not _wait(lambda: faults.keys() <= _marks(folder).keys()):
        missing = sorted(faults.keys() - _marks(folder).keys())
        logs = ", ".join(str(folder.node(name).log) for name in missing)
        raise FaultError(f"{', '.join(missing)}: did not take up its fault within {PATIENCE_SECONDS:g} s; see {logs}")
    if wrong := [f"{name}: {why}" for name, why in _marks(folder).items() if why]:
        raise FaultError("\n".join(wrong))


def _mend(environment: Environment, project: Path, folder: SandboxFolder) -> None:
    """Start again the nodes that have died of their fault, and wait until all others have taken theirs back."""
    folder.faults.unlink(missing_ok=True)  # of a run that was killed; nobody holds it, for the caller holds the sandbox
    if dead := _marks(folder).keys() - nodes.running(folder) if _marks(folder) else set():
        lifecycle.restart(environment, project, dead)
    if not well(folder):
        broken = ", ".join(sorted(_marks(folder)))
        raise FaultError(f"{broken}: would not take back its fault; run `aidc down {environment.name}`, then `aidc up`")


def well(folder: SandboxFolder) -> bool:
    """Wait until no node has a fault any more; False where one keeps it."""
    return _wait(lambda: not _marks(folder))


def _marks(folder: SandboxFolder) -> dict[str, str]:
    """By the name of each node that has a fault, why it can't have it; empty where it has."""
    found = {}
    for path in folder.nodes.glob("*/fault"):
        with suppress(FileNotFoundError):  # taken back meanwhile
            found[path.parent.name] = json.loads(path.read_text())["wrong"]
    return found


def _wait(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
