"""Whether the error counters of a node's EFA interfaces stood still while the collectives ran, and what they moved."""

from collections.abc import Mapping
from typing import NamedTuple

from playbooks.checks import answer, blame
from playbooks.checks.check import Ask, Check, Scope
from playbooks.checks.node import efa
from playbooks.findings import Figure, Finding, Samples, Verdict, judge
from playbooks.nodes import Node
from playbooks.thresholds import host
from playbooks.transport.outcome import Outcome

NAME = "efa-counters"
# EC2 user guide, "Monitor an Elastic Fabric Adapter"; the last three are there from Nitro 4 on
ERRORS = (
    "rx_drops",
    "rdma_read_wr_err",
    "rdma_write_wr_err",
    "retrans_timeout_events",
    "impaired_remote_conn_events",
    "unresponsive_remote_events",
)
_REPLACE = (
    "Look at the same interface in `rdma -p statistic` on the node while a job runs. Where one node's counters rise"
    " alone, stop and start it, for other hardware, or replace it; where all rise, the trouble is between them."
)
_AGAIN = "Run the smoke gate again; where an interface stays away, stop and start the node, or replace it."
Counters = Mapping[str, int]
Readings = Mapping[str, Counters]  # by interface


class Reading(answer.Answer):
    """What `payload/efa_counters.py` answers: all counters by interface, when the gate began and now."""

    hostname: str
    before: dict[str, dict[str, int]]
    after: dict[str, dict[str, int]]


class Moved(NamedTuple):
    """Bytes that all interfaces of a node moved between two readings.

    `sent` and `received` count everything, RDMA reads and writes included: on a p4de.24xlarge in use, rx_bytes was
    recv_bytes and rdma_read_bytes together, and tx_bytes was send_bytes and rdma_read_resp_bytes: within 3 MB of 84 TB.
    """

    sent: int
    received: int
    rdma_read: int
    rdma_written: int


def parse(text: str) -> Reading:
    """The answer in what the program printed.

    Raises:
        UnreadableAnswerError: it is not the program's answer.
    """
    return answer.parse(Reading, text)


def growth(before: Readings, after: Readings) -> dict[str, dict[str, int]]:
    """How much each counter that was read twice rose, by interface.

    Raises:
        UnreadableAnswerError: an interface is gone, or a counter fell, so the two readings say nothing of each other.
    """
    if gone := sorted(before.keys() - after.keys()):
        raise answer.UnreadableAnswerError(f"no longer there since the gate began: {', '.join(gone)}")
    risen = {
        device: {name: value - counters[name] for name, value in after[device].items() if name in counters}
        for device, counters in before.items()
    }
    fell = [f"{device} {name}" for device, counters in risen.items() for name, rise in counters.items() if rise < 0]
    if fell:
        raise answer.UnreadableAnswerError(f"counters began anew since the gate did: {', '.join(fell)}")
    return risen


def moved_bytes(before: Readings, after: Readings) -> Moved:
    """What the fabric has moved between two readings; a counter that the interfaces lack counts as nothing.

    Raises:
        UnreadableAnswerError: an interface is gone, or a counter fell.
    """
    risen = growth(before, after).values()
    sums = [
        sum(counters.get(name, 0) for counters in risen)
        for name in ("tx_bytes", "rx_bytes", "rdma_read_bytes", "rdma_write_bytes")
    ]
    return Moved(*sums)


def _skip(ask: Ask) -> str:
    return efa.no_efa(ask, ask.nodes[0])


def _arguments(_ask: Ask, _node: Node) -> list[str]:
    return []


def _judge(ask: Ask, outcomes: Mapping[str, Outcome]) -> list[Finding]:
    answers, failures = answer.read(ask, outcomes, parse)
    return blame.each(NAME, failures) + [_finding(node, found) for node, found in answers.items()]


def _finding(node: str, found: Reading) -> Finding:
    try:
        risen, moved = growth(found.before, found.after), moved_bytes(found.before, found.after)
    except answer.UnreadableAnswerError as error:
        return Finding(NAME, (node,), Verdict.ERROR, str(error), action=_AGAIN)
    errors = {
        device: {name: counters[name] for name in ERRORS if name in counters} for device, counters in risen.items()
    }
    if not any(errors.values()):
        reason = "the node has no EFA interface that tells an error counter"
        return Finding(NAME, (node,), Verdict.ERROR, reason, action="See `efa` on this node.")
    figure = Figure("EFA errors", sum(sum(counters.values()) for counters in errors.values()), "")
    threshold = host.NO_EFA_ERRORS
    verdict = judge(figure, threshold)
    rose = [f"{device} {name} +{by}" for device, counters in errors.items() for name, by in counters.items() if by]
    reason = f"EFA's error counters rose: {', '.join(rose)}" if rose else "EFA's error counters stood still"
    action = "" if verdict is Verdict.PASS else _REPLACE
    measured = (Figure("sent over EFA", moved.sent, "B"), Figure("received over EFA", moved.received, "B"))
    samples = (_sent(risen),)
    evidence = {"not told": ", ".join(_not_told(errors))} if _not_told(errors) else {}
    return Finding(
        NAME, (node,), verdict, reason, figure, threshold, action, measured, samples=samples, evidence=evidence
    )


def _sent(risen: Readings) -> Samples:
    """Bytes that each interface sent: one that stays behind the others is a rail that nothing uses, or that is slow."""
    return Samples("sent", "B", tuple(risen), tuple(float(counters.get("tx_bytes", 0)) for counters in risen.values()))


def _not_told(errors: Readings) -> list[str]:
    return [name for name in ERRORS if not any(name in counters for counters in errors.values())]


CHECK = Check(
    name=NAME,
    title="The fabric's error counters stand still",
    scope=Scope.NODE,
    payload="efa_counters.py",
    command_seconds=60,
    arguments=_arguments,
    judge=_judge,
    skip=_skip,
)
