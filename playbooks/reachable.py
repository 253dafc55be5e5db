"""Whether the nodes answer to SSH with their own host keys, and take what they are to run."""

from collections.abc import Mapping, Sequence

from playbooks.findings import Bound, Figure, Finding, Threshold, Verdict
from playbooks.nodes import Node
from playbooks.transport.outcome import (
    OF_MACHINE,
    AuthenticationRefusedError,
    HostKeyRefusedError,
    TransportError,
    UnreachableError,
)

NAME = "reachable"
TITLES = {NAME: "the node answers to SSH with its own host key"}
ONE_ANSWER = Threshold(Bound.AT_LEAST, 1, "every node must answer")
ACTIONS: tuple[tuple[type[TransportError], str], ...] = (
    (
        HostKeyRefusedError,
        "Compare its console output with the kept key; until they agree, trust nothing that answers.",
    ),
    (AuthenticationRefusedError, "See that access.user is the image's user, and that its authorized key is yours."),
    (UnreachableError, "Reboot or replace the instance if it stays so; the other nodes were asked without it."),
)
FROM_HERE = "No node answers: look at this machine's way to them (VPN, jump host, `access`) before you look at them."
TOOK_NOTHING = "See that the disk of its user's home folder has room, and that the user may write there."


def findings(nodes: Sequence[Node], refused: Mapping[str, TransportError]) -> list[Finding]:
    """One a node: PASS where it answers, FAIL where it does not, ERROR where it answers and takes no programs."""
    nobody = len(nodes) > 1 and all(isinstance(refused.get(node.name), UnreachableError) for node in nodes)
    return [_finding(node, refused.get(node.name), nobody=nobody) for node in nodes]


def _finding(node: Node, error: TransportError | None, *, nobody: bool) -> Finding:
    if error is None:
        answers = Figure("answers", 1, "")
        return Finding(NAME, (node.name,), Verdict.PASS, "it answers", answers, ONE_ANSWER)
    action = next((action for kind, action in ACTIONS if isinstance(error, kind)), None)
    if action is None:
        own = isinstance(error, OF_MACHINE)
        return Finding(NAME, (node.name,), Verdict.ERROR, str(error), action=TOOK_NOTHING, of_machine=own)
    answers = Figure("answers", 0, "")
    return Finding(NAME, (node.name,), Verdict.FAIL, str(error), answers, ONE_ANSWER, FROM_HERE if nobody else action)
