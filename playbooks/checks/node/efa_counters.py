"""Whether the error counters of a node's EFA interfaces stood still while the collectives ran, and what they moved."""

import json
from collections.abc import Collection, Mapping

from playbooks.checks import answer, blame
from playbooks.checks.check import Ask, Check, Scope
from playbooks.checks.node import efa
from playbooks.findings import Figure, Finding, Samples, Verdict, judge
from playbooks.nodes import Node
from playbooks.thresholds import host
from playbooks.transport.outcome import Outcome

NAME = "efa-counters"
# EC2 user guide, "Monitor an Elastic Fabric Adapter". These count what went wrong on the interface itself.
ERRORS = ("rx_drops", "rdma_read_wr_err", "rdma_write_wr_err")
# These, from Nitro 4 on, count what a node has seen of its peers: "the peer process no longer being present, or a
# hardware failure on the remote peer" (libfabric, pull request 10410). Each that spoke to a sick peer has some.
OF_PEERS = ("impaired_remote_conn_events", "unresponsive_remote_events")
REROUTED = "retrans_timeout_events"  # SRD has taken another path, which it is made to do
_REPLACE = (
    "Look at the same interface in `rdma -p statistic` on the node while a job runs. Where one node's counters rise"
    " alone, stop and start it, for other hardware, or replace it; where all rise, the trouble is between them."
)
_SEE_PEERS = (
    "See in this report whether a program was ended, which explains it; else run the smoke gate again with"
    " smoke.faultIsolation: always, whose pairs show the node or the link."
)
_AGAIN = "Run the smoke gate again; where an interface stays away, stop and start the node, or replace it."
Counters = Mapping[str, int]
Readings = Mapping[str, Counters]  # by interface


class Reading(answer.Answer):
    """What `payload/efa_counters.py` answers: all counters by interface, when the gate began and now."""

    hostname: str
    before: dict[str, dict[str, int]]
    after: dict[str, dict[str, int]]


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


def total(risen: Readings, counter: str) -> int:
    """A counter's growth on all interfaces; those that lack it count as nothing.

    `tx_bytes` and `rx_bytes` count everything, RDMA reads and writes included: on a p4de.24xlarge in use, rx_bytes was
    recv_bytes and rdma_read_bytes together, and tx_bytes was send_bytes and rdma_read_resp_bytes: within 3 MB of 84 TB.
    """
    return sum(counters.get(counter, 0) for counters in risen.values())


def _skip(ask: Ask) -> str:
    return efa.no_efa(ask, ask.nodes[0])


def _arguments(_ask: Ask, _node: Node) -> list[str]:
    return []


def _judge(ask: Ask, outcomes: Mapping[str, Outcome]) -> list[Finding]:
    answers, failures = answer.read(ask, outcomes, parse)
    found = blame.each(NAME, failures) + [_finding(node, each) for node, each in answers.items()]
    lost = len(ask.nodes) < ask.declared
    explained = lost or any(each.verdict is not Verdict.PASS for each in found)
    return found if explained else found + _of_peers(answers)


def _finding(node: str, found: Reading) -> Finding:
    try:
        risen = growth(found.before, found.after)
    except answer.UnreadableAnswerError as error:
        return Finding(NAME, (node,), Verdict.ERROR, str(error), action=_AGAIN, evidence=_both(found))
    errors = {device: _of(counters, ERRORS) for device, counters in risen.items()}
    if not any(errors.values()):
        reason = "the node has no EFA interface that tells an error counter"
        return Finding(NAME, (node,), Verdict.ERROR, reason, action="See `efa` on this node.")
    figure, threshold = Figure("EFA errors", sum(total(errors, name) for name in ERRORS), ""), host.NO_EFA_ERRORS
    verdict = judge(figure, threshold)
    rose = _rose(errors)
    reason = f"EFA's error counters rose: {', '.join(rose)}" if rose else "EFA's error counters stood still"
    action, evidence = ("", {}) if verdict is Verdict.PASS else (_REPLACE, _both(found))
    if not_told := [name for name in ERRORS if not any(name in counters for counters in errors.values())]:
        evidence = {**evidence, "not told": ", ".join(not_told)}
    return Finding(
        NAME,
        (node,),
        verdict,
        reason,
        figure,
        threshold,
        action,
        _measured(risen),
        samples=(_sent(risen),),
        evidence=evidence,
    )


def _of_peers(answers: Mapping[str, Reading]) -> list[Finding]:
    """What nodes that are well have seen of others: one finding, which names no cause."""
    risen = {node: growth(found.before, found.after) for node, found in answers.items()}
    seen = {
        node: rose
        for node, found in risen.items()
        if (rose := _rose({device: _of(counters, OF_PEERS) for device, counters in found.items()}))
    }
    if not seen:
        return []
    figure = Figure("nodes that saw a peer impaired or silent", len(seen), "")
    reason = "a peer of these nodes went away, or a path to one is impaired; their counters do not tell which"
    evidence = {node: "\n".join(rose) for node, rose in seen.items()}
    return [Finding(NAME, tuple(seen), Verdict.INCONCLUSIVE, reason, figure, action=_SEE_PEERS, evidence=evidence)]


def _of(counters: Counters, names: Collection[str]) -> dict[str, int]:
    return {name: counters[name] for name in names if name in counters}


def _rose(risen: Readings) -> list[str]:
    return [f"{device} {name} +{by}" for device, counters in risen.items() for name, by in counters.items() if by]


def _both(found: Reading) -> dict[str, str]:
    """Both readings of everything but the traffic."""
    readings = {"before": found.before, "after": found.after}
    names = (*ERRORS, *OF_PEERS, REROUTED)
    return {
        when: "\n".join(f"{device} {json.dumps(_of(counters, names))}" for device, counters in reading.items())
        for when, reading in readings.items()
    }


def _measured(risen: Readings) -> tuple[Figure, ...]:
    """What was moved, and what each node has seen of its peers, as far as its interfaces count that."""
    told = [name for name in (*OF_PEERS, REROUTED) if any(name in counters for counters in risen.values())]
    moved = (("sent over EFA", "tx_bytes"), ("received over EFA", "rx_bytes"))
    return (
        *(Figure(said, total(risen, name), "B") for said, name in moved),
        *(Figure(name, total(risen, name), "") for name in told),
    )


def _sent(risen: Readings) -> Samples:
    """Bytes that each interface sent: one that stays behind the others is a rail that nothing uses, or that is slow."""
    return Samples("sent", "B", tuple(risen), tuple(float(counters.get("tx_bytes", 0)) for counters in risen.values()))


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
