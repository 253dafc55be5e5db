"""The node's side: takes its fault up when it is called, and back when nobody holds the record of faults any more."""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path

from sandbox.errors import FaultError
from sandbox.faults import Kind, full_disk, record
from sandbox.faults.joining import hang, killed
from sandbox.faults.programs import Place
from sandbox.faults.slow_cpu import AFTER_ALL, slow
from sandbox.faults.slow_network import free, slow_network
from sandbox.folder import write_atomically

LOOK_SECONDS = 0.1
# What goes on while a node has a fault; the others are in how a command is started and in what is made of its output.
GOES_ON: Mapping[Kind, Callable[[Place], AbstractAsyncContextManager[None]]] = {
    Kind.SLOW: slow,
    Kind.SLOW_NETWORK: slow_network,
    Kind.HANG: hang,
    Kind.KILLED: killed,
}
PYTHON_PATHS: Mapping[Kind, Path] = {
    Kind.CORRUPT: Path(__file__).with_name("corrupt_result"),
    Kind.SKEWED_CLOCK: Path(__file__).with_name("skewed_clock"),
}


class NodeFault:
    """What is wrong with one node at this moment.

    Args:
        place: which node it is.
        present_other_key: called with whether the node is to show another host key than its own from now on.
    """

    def __init__(self, place: Place, present_other_key: Callable[[bool], None]) -> None:
        self._place = place
        self._node = place.folder.node(place.name)
        self._present_other_key = present_other_key
        self._kind: Kind | None = None
        self._task: asyncio.Task[None] | None = None

    async def forget(self) -> None:
        """Take back what a node that was killed has left broken: as a machine does, it starts well."""
        if self._node.fault.exists():
            if Kind.SLOW_NETWORK in self._node.fault.read_text():
                await free()
            self._node.fault.unlink()

    def look(self) -> None:
        """Take up the fault that the record holds for this node, if it does; the mark tells when that is done."""
        kind = record.wished(self._place.folder, self._place.name)
        if kind is not None and self._task is None:
            self._task = asyncio.create_task(self._have(kind))

    def words(self) -> list[str]:
        """What stands before every command."""
        if self._kind is Kind.FULL_DISK:
            return full_disk.words(self._node.home, self._node.path / "full_disk")
        return [*AFTER_ALL] if self._kind is Kind.SLOW else []

    def variables(self) -> dict[str, str]:
        """What every command finds in its environment."""
        path = PYTHON_PATHS.get(self._kind) if self._kind else None
        return {"PYTHONPATH": str(path)} if path else {}

    @property
    def cuts_output(self) -> bool:
        """Whether the second half of what commands print is lost."""
        return self._kind is Kind.TRUNCATED

    async def _have(self, kind: Kind) -> None:
        """Have a fault for as long as somebody holds the record; the mark says which, or why it can't be had."""
        try:
            async with AsyncExitStack() as stack:
                self._mark(kind, await self._entered(stack, kind))
                await self._until_well(kind)
        finally:
            self._kind = self._task = None
            self._present_other_key(False)
            self._node.fault.unlink()

    async def _until_well(self, kind: Kind) -> None:
        """Wait until nobody holds the record any more, which the kernel tells to nobody."""
        while True:
            if record.wished(self._place.folder, self._place.name) is not kind:
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def _entered(self, stack: AsyncExitStack, kind: Kind) -> str:
        """Begin to have a fault; returns what is wrong where that fails."""
        try:
            if kind in GOES_ON:
                await stack.enter_async_context(GOES_ON[kind](self._place))
        except (FaultError, OSError) as error:
            return str(error)
        self._present_other_key(kind is Kind.WRONG_HOST_KEY)
        self._kind = kind
        return ""

    def _mark(self, kind: Kind, wrong: str) -> None:
        write_atomically(self._node.fault, json.dumps({"kind": kind, "wrong": wrong}).encode())
