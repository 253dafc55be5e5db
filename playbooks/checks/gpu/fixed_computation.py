"""Whether all devices of one kind compute the same bits: silent data corruption that no counter shows."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from playbooks.checks import answer, blame
from playbooks.checks.check import Ask, Check, Scope
from playbooks.checks.gpu import devices
from playbooks.findings import Figure, Finding, Verdict, judge
from playbooks.thresholds.gpu import SAME_BITS
from playbooks.transport.outcome import Outcome

NAME = "fixed-computation"
_REPLACE = "Replace the node: {devices} corrupts what it computes, and nothing else will say so."
_FIND = "One of them corrupts what it computes, and two say not which: compare with a third of the same kind."


class Device(devices.Device):
    """The SHA-256 of each step's first result, and how many repetitions gave other bits than that."""

    repetitions: int
    sha256: Mapping[str, str]
    unlike_first: Mapping[str, int]


class FixedComputation(devices.NodeAnswer):
    """What `payload/fixed_computation.py` answers on one node."""

    devices: tuple[Device, ...]


class Kind(NamedTuple):
    """What must be equal for results to be comparable: the hardware, and what chooses and runs its kernels."""

    name: str
    units: int
    torch: str
    cuda: str | None
    driver: str | None


class Result(NamedTuple):
    """One device's answer and where it is."""

    node: str
    device: Device

    @property
    def label(self) -> str:
        """The node's device."""
        return f"{self.node} {self.device.label}"

    @property
    def agrees_with_itself(self) -> bool:
        """Whether all repetitions gave the same bits."""
        return not any(self.device.unlike_first.values())

    @property
    def digests(self) -> tuple[tuple[str, str], ...]:
        """The results as a value that can be counted."""
        return tuple(sorted(self.device.sha256.items()))


def parse(text: str) -> FixedComputation:
    """The answer in what the program printed.

    Raises:
        UnreadableAnswerError: it is not the program's answer.
    """
    found = answer.parse(FixedComputation, text)
    for device in found.devices:
        if not device.sha256 or device.sha256.keys() != device.unlike_first.keys() or device.repetitions < 2:  # noqa: PLR2004
            raise answer.UnreadableAnswerError(f"{device.label} does not tell all of what it computed")
    if not found.devices:
        raise answer.UnreadableAnswerError("the answer is of no device")
    return found


def odd(results: Sequence[Result]) -> tuple[list[Result], bool]:
    """The devices of one kind whose results are not right, and whether it is known that they are the ones.

    Those that disagree with themselves are, and those unlike the majority of the others; where these have none, all.
    """
    wavering = [each for each in results if not each.agrees_with_itself]
    steady = [each for each in results if each.agrees_with_itself]
    counted = Counter(each.digests for each in steady)
    if len(counted) <= 1:
        return wavering, True
    [(usual, count)] = counted.most_common(1)
    known = count > len(steady) / 2
    unlike = [each for each in steady if not known or each.digests != usual]
    return wavering + unlike, known


def _judge(ask: Ask, outcomes: Mapping[str, Outcome]) -> list[Finding]:
    answers, failures = answer.read(ask, outcomes, parse)
    found = blame.each(NAME, failures)
    found += devices.missing(NAME, ask, {node: each.devices for node, each in answers.items()})
    kinds: dict[Kind, list[Result]] = {}
    for node, each in answers.items():
        for device in each.devices:
            kind = Kind(device.name, device.units, each.torch, each.cuda, each.driver)
            kinds.setdefault(kind, []).append(Result(node, device))
    wrong: dict[str, list[Finding]] = {}
    for kind, results in kinds.items():
        for finding in _odd(kind, results):
            wrong.setdefault(finding.nodes[0], []).append(finding)
    good = [node for node in answers if node not in wrong]
    return [*found, *(each for findings in wrong.values() for each in findings), *_good(good, kinds)]


def _odd(kind: Kind, results: Sequence[Result]) -> list[Finding]:
    """A finding for each node with devices of this kind that are not right."""
    unlike, known = odd(results)
    nodes = dict.fromkeys(each.node for each in unlike)
    return [_named(kind, [each for each in unlike if each.node == node], results, known) for node in nodes]


def _named(kind: Kind, unlike: Sequence[Result], results: Sequence[Result], known: bool) -> Finding:
    labels = ", ".join(each.device.label for each in unlike)
    figure = Figure("devices with other bits", len(unlike), "")
    wavering = [each for each in unlike if not each.agrees_with_itself]
    if wavering:
        reason = f"{_names(wavering)} did not give the same bits each time"
    elif known:
        reason = f"{labels} gave other bits than most of {len(results)} of {kind.name}"
    else:
        reason = f"{labels} gave other bits than others of {kind.name}, and no result has a majority"
    action = _REPLACE.format(devices=labels) if known or wavering else _FIND
    evidence = {"kind": _told(kind)} | {each.label: _digests(each) for each in results[:16]}
    evidence |= {each.label: _digests(each) for each in unlike}
    return Finding(
        NAME, (unlike[0].node,), judge(figure, SAME_BITS), reason, figure, SAME_BITS, action, evidence=evidence
    )


def _good(nodes: Sequence[str], kinds: Mapping[Kind, Sequence[Result]]) -> Iterable[Finding]:
    """One finding for all nodes on which nothing is wrong."""
    if not nodes:
        return
    figure = Figure("devices with other bits", 0, "")
    compared = [len(results) for results in kinds.values() if any(each.node in nodes for each in results)]
    reason = f"{sum(compared)} devices gave the same bits as all others of their kind, each time"
    if min(compared) == 1:
        reason = "every device gave the same bits each time; some have no other of their kind to compare with"
    evidence = {
        _told(kind): "\n".join(dict.fromkeys(_digests(each) for each in results if each.node in nodes))
        for kind, results in kinds.items()
    }
    yield Finding(NAME, tuple(nodes), Verdict.PASS, reason, figure, SAME_BITS, evidence=evidence)


def _names(results: Sequence[Result]) -> str:
    return ", ".join(each.device.label for each in results)


def _told(kind: Kind) -> str:
    software = f"torch {kind.torch}, CUDA {kind.cuda or 'none'}, driver {kind.driver or 'none'}"
    return f"{kind.name} with {kind.units} units, {software}"


def _digests(result: Result) -> str:
    device = result.device
    return "; ".join(
        f"{step} {digest[:16]}, {device.unlike_first[step]} of {device.repetitions} repetitions unlike the first"
        for step, digest in device.sha256.items()
    )


CHECK = Check(
    name=NAME,
    title="All devices of one kind compute the same bits",
    scope=Scope.NODE,
    payload="fixed_computation.py",
    command_seconds=300,
    judge=_judge,
)
