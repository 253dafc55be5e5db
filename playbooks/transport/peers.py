"""When nodes that need each other are ended because one has failed, and what the others are told then."""

from collections.abc import Collection

from playbooks.nodes import Node
from playbooks.transport.outcome import Completed

PEER_GRACE_SECONDS = 3.0  # for the others to end by themselves when one has failed
SUFFERED_GRACE_SECONDS = 15.0  # the same when one has only lost a peer: who stays silent longest is the suspect


class Peers:
    """Watches the ends of nodes that work together.

    Args:
        nodes: those that work together.
        suffered: exit statuses that say that a node has only lost a peer, and has not failed by itself.

    Attributes:
        names: of the nodes.
    """

    def __init__(self, nodes: Collection[Node], suffered: Collection[int]) -> None:
        self.names = tuple(node.name for node in nodes)
        self._suffered = suffered
        self._end_at = float("inf")
        self._why = ""
        self._settled = False

    def ended(self, name: str, result: object, now: float) -> None:
        """Say how one of them ended, at a time in `time.monotonic()`'s seconds."""
        if self._settled or not _failed(result):
            return
        if not (isinstance(result, Completed) and result.exit_status in self._suffered):
            self._settled = True
            self._why = f"{name}, which it works together with, had failed"
            self._end_at = min(self._end_at, now + PEER_GRACE_SECONDS)
        elif not self._why:
            self._why = "it did not end by itself while its peers had lost a peer"
            self._end_at = now + SUFFERED_GRACE_SECONDS

    def verdict(self, now: float) -> str:
        """Why those that still run are to be ended, told once; empty where they are not, or not yet."""
        if now <= self._end_at:
            return ""
        self._settled, self._end_at = True, float("inf")
        return self._why


def _failed(result: object) -> bool:
    return not isinstance(result, Completed) or result.exit_status != 0
