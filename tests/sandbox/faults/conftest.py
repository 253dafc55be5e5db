"""Two running nodes of which one is broken, and a client of theirs."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import asyncssh
import pytest

from sandbox.errors import FaultError
from sandbox.faults import Kind
from sandbox.faults.injection import broken, well
from sandbox.faults.refusals import refuse
from stacks.settings import Settings
from tests.sandbox.conftest import USER, Fleet

BROKEN, OTHER = 0, 1  # of the two nodes


@pytest.fixture
def faulty(fleet: Fleet, request: pytest.FixtureRequest) -> Iterator[Fleet]:
    """The fleet, of which the first node has the fault that the test names."""
    with broken(fleet.folder, {fleet.specs[BROKEN].name: request.param}):
        yield fleet
    assert well(fleet.folder)


def with_fault(kind: Kind) -> pytest.MarkDecorator:
    """Have the first node broken in a test."""
    return pytest.mark.parametrize("faulty", [kind], indirect=True, ids=[kind])


@asynccontextmanager
async def connected(fleet: Fleet, index: int = BROKEN) -> AsyncIterator[asyncssh.SSHClientConnection]:
    """A client on a node, which checks the host key."""
    spec, known, keys = fleet.specs[index], str(fleet.known_hosts()), [str(fleet.private_key)]
    usual = {"username": USER, "client_keys": keys, "known_hosts": known, "config": [], "agent_path": None}
    async with asyncssh.connect(spec.address, spec.port, options=None, **usual) as connection:
        yield connection


def run(fleet: Fleet, line: str, index: int = BROKEN) -> asyncssh.SSHCompletedProcess:
    """How a command ends on a node."""

    async def conversation() -> asyncssh.SSHCompletedProcess:
        async with connected(fleet, index) as connection:
            return await connection.run(line, timeout=60)

    return asyncio.run(conversation())


def may_mount(settings: Settings) -> bool:
    """Whether this user can fill a disk."""
    try:
        refuse({"workers-0": Kind.FULL_DISK}, settings)
    except FaultError:
        return False
    return True


def comes_true(condition: Callable[[], bool], patience_seconds: float = 10.0) -> bool:
    """Whether something holds before the patience is over."""
    deadline = time.monotonic() + patience_seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
