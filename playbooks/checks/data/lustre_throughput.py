"""Whether the Lustre file system carries what it was bought for, all nodes at once, and which node lags behind."""

from collections.abc import Callable, Mapping

from playbooks.checks import answer, blame
from playbooks.checks.check import Ask, Check, Mount, Scope
from playbooks.checks.data import throughput
from playbooks.checks.data.throughput import Measure, Window
from playbooks.checks.fabric import collective
from playbooks.checks.node.lustre import no_lustre
from playbooks.findings import Figure, Finding, Verdict, judge
from playbooks.nodes import Node
from playbooks.thresholds import lustre as thresholds
from playbooks.transport.outcome import Outcome

NAME = "lustre-throughput"
SECONDS = 60  # of writing, and of reading: long beside the seconds by which nodes start one after the other
STREAMS = 16
MOST_MIB, LEAST_MIB, STEP_MIB = 1024, 16, 4  # of each stream's file
MOST_OF_CAPACITY = 0.05  # for the files of all nodes
# Of the time in which any node was at it. Whoever runs alone has the file system to itself: where two share what it
# carries and overlap by so much, their rates together say a ninth more than it carries; by a half, a third more.
LEAST_OVERLAP = 0.8
_SLOW = (
    "See in CloudWatch whether others use {name} at the time (DataReadBytes, DataWriteBytes of AWS/FSx), and run the"
    " smoke gate again when it is idle; where it stays slow, open a case with AWS."
)
_FEW = "Run the smoke gate with more nodes at once; these alone cannot fill {name}."
_NODE = (
    "Compare the node's network with the others' (`ethtool -S`, `lctl get_param osc.*.stats`); replace it if it lags."
)
_APART = "Run the smoke gate again; where the nodes start far apart, from nearer to them."


class Throughput(answer.Answer):
    """What `payload/lustre_throughput.py` answers."""

    hostname: str
    folder: str
    streams: int
    direct: bool
    written: Window
    read: Window


WAYS: Mapping[str, Callable[[Throughput], Window]] = {
    "Lustre write": lambda found: found.written,
    "Lustre read": lambda found: found.read,
}


def parse(text: str) -> Throughput:
    """The answer in what the program printed.

    Raises:
        UnreadableAnswerError: it is not the program's answer, or it took no time.
    """
    return answer.parse(Throughput, text)


def file_mib(capacity_gib: int, nodes: int) -> int:
    """The size of each stream's file, so that all of them take little of the file system."""
    share = int(capacity_gib * 1024 * MOST_OF_CAPACITY / nodes / STREAMS)
    return max(LEAST_MIB, min(MOST_MIB, share)) // STEP_MIB * STEP_MIB


def overlap(windows: list[Window]) -> float:
    """The part of the time from the first node's beginning to the last one's end in which all were at it."""
    whole = max(each.ended for each in windows) - min(each.began for each in windows)
    together = min(each.ended for each in windows) - max(each.began for each in windows)
    return max(0.0, together / whole)


def _arguments(ask: Ask, _node: Node) -> list[str]:
    mount = _mount(ask)
    size = file_mib(mount.made_as.capacity_gib, len(ask.nodes))
    streams = ["--streams", str(STREAMS), "--seconds", str(SECONDS)]
    return ["--folder", mount.folder, "--size-mib", str(size), *streams]


def _mount(ask: Ask) -> Mount:
    if ask.lustre is None:
        raise ValueError(f"{ask.fleet} mounts no Lustre file system, so nothing of it is asked")
    return ask.lustre


def _judge(ask: Ask, outcomes: Mapping[str, Outcome]) -> list[Finding]:
    answers, failures = answer.read(ask, outcomes, parse)
    found = blame.each(NAME, failures)
    for what, way in WAYS.items() if answers else ():
        windows = {node: way(each) for node, each in answers.items()}
        found += collective.of_declared(ask, [_together(ask, what, windows, answers)])
        rates = {node: window.gb_per_second for node, window in windows.items()}
        found += throughput.findings(ask, Measure(NAME, what, _NODE), rates)
    return found


def _together(ask: Ask, what: str, windows: Mapping[str, Window], answers: Mapping[str, Throughput]) -> Finding:
    mount, together = _mount(ask), overlap(list(windows.values()))
    threshold = thresholds.throughput(mount.made_as)
    figure = Figure(f"{what}, all nodes", sum(window.gb_per_second for window in windows.values()), "GB/s")
    verdict, action = judge(figure, threshold), ""
    reason = f"{len(windows)} nodes reach {figure.value:.3g} GB/s on {mount.name}"
    if verdict is Verdict.FAIL:
        action = _SLOW
        if not thresholds.can_fill(len(windows), mount.made_as):
            verdict, action = Verdict.INCONCLUSIVE, _FEW
    if together < LEAST_OVERLAP:
        verdict, action = Verdict.INCONCLUSIVE, _APART
        reason += f", but all were at it for {together:.0%} of the time only"
    cached = [node for node, found in answers.items() if not found.direct]
    evidence = {"streams": f"{STREAMS} a node", "through the page cache": ", ".join(cached)}
    return Finding(
        NAME,
        tuple(windows),
        verdict,
        reason,
        figure,
        threshold,
        action.format(name=mount.name),
        evidence={name: text for name, text in evidence.items() if text},
    )


CHECK = Check(
    name=NAME,
    title="The Lustre file system carries what it was bought for",
    scope=Scope.SHARED,
    payload="lustre_throughput.py",
    command_seconds=2 * SECONDS + 180,
    arguments=_arguments,
    judge=_judge,
    skip=lambda ask: no_lustre(ask, ask.nodes[0]),
)
