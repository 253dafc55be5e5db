"""The all-reduce over the GPUs inside each node: NVLink at work, by nccl-tests or by torch."""

from collections.abc import Mapping
from typing import NamedTuple

from components.catalogue.collectives import Collective
from playbooks import thresholds
from playbooks.checks import answer, blame
from playbooks.checks.check import Ask, Check, Scope
from playbooks.checks.fabric import bandwidth, collective, collectives, elements, nccl_tests, nccl_tests_json
from playbooks.checks.fabric.bandwidth import Held, Measured, RanOn
from playbooks.findings import Finding, Verdict
from playbooks.nodes import Node
from playbooks.thresholds import fabric, fleet
from playbooks.transport.outcome import Outcome

NAME = "all-reduce-in-node"
COLLECTIVE = Collective.ALL_REDUCE
_ALONE = "one GPU has nobody to sum with"
_AGAIN = "Run the smoke gate again; an answer with a part missing proves nothing."
_COMPARE = (
    "Compare it with nodes of other fleets, for nobody has published what one like it reaches at this size; or write"
    f" what it must reach in {thresholds.INSIDE_NODE} of the settings."
)
_SEE_GPUS = "See `nvidia-smi` on the node, and the check `gpus`."


class NcclTests(answer.Answer):
    """How nccl-tests' program ended: `report` is its JSON, None where this version writes none, or a broken one."""

    command: tuple[str, ...]
    status: int
    stdout: str
    stderr: str
    report: str | None
    broken: str


class Torch(collective.NodeAnswer):
    """What `payload/collectives.py` measured of the node alone."""

    ranks: tuple[collectives.Rank, ...]


class InNode(answer.Answer):
    """What `payload/all_reduce_in_node.py` answers: one of both, and why nccl-tests was not used."""

    nccl_tests: NcclTests | None
    not_used: str
    torch: Torch | None


class Read(NamedTuple):
    """One node's result, whichever program it is of: its curve, wrong elements by place, and what proves it."""

    measured: Measured
    wrong: Mapping[str, int]
    evidence: Mapping[str, str]


def parse(text: str) -> InNode:
    """The answer in what the program printed.

    Raises:
        UnreadableAnswerError: it is not the program's answer.
    """
    return answer.parse(InNode, text)


def read(ask: Ask, found: InNode) -> Read:
    """The node's result.

    Raises:
        UnreadableAnswerError: what nccl-tests told is not whole or not plausible, or the torch program's is not.
    """
    if found.nccl_tests:
        return _of_nccl_tests(found.nccl_tests)
    if found.torch is None:
        raise answer.UnreadableAnswerError("the answer is of neither nccl-tests nor torch")
    whole = collectives.Collectives(**dict(found.torch), efa_sent_bytes=None)
    if reason := collectives.incomplete(
        collectives.sizes(_alone(ask, ask.nodes[0])), (COLLECTIVE,), {"this node": whole}
    ):
        raise answer.UnreadableAnswerError(reason)
    return Read(
        collectives.measured(COLLECTIVE, whole),
        collectives.wrong(COLLECTIVE, {"": whole})[""],
        collective.software(whole, whole.ranks) | {"nccl-tests": found.not_used},
    )


def _of_nccl_tests(told: NcclTests) -> Read:
    if told.broken:
        raise answer.UnreadableAnswerError(told.broken)
    if told.report is None:
        report = nccl_tests.parse_text(told.stdout, COLLECTIVE)
    else:
        report = nccl_tests_json.parse_json(told.report, COLLECTIVE)
    rows = tuple(_row(row) for row in report.rows if row.bytes)
    command = " ".join(told.command)
    if any(row.out_of_place.wrong is None for row in report.rows):
        raise answer.UnreadableAnswerError("nccl-tests did not look whether the elements are right")
    if told.status and not any(report.wrong.values()):
        said = nccl_tests.shown(told.stderr)
        raise answer.UnreadableAnswerError(f"nccl-tests exited with {told.status}, and tells no wrong element: {said}")
    return Read(Measured(COLLECTIVE, report.ranks, rows), report.wrong, {"command": command, "stdout": told.stdout})


def _row(row: nccl_tests.Row) -> bandwidth.Row:
    """Out of place, as the figures that are published are."""
    way = row.out_of_place
    return bandwidth.Row(row.bytes, way.microseconds / 1e6, way.algorithm_gb_per_second, way.bus_gb_per_second)


def _skip(ask: Ask) -> str:
    if ask.stand_in:
        return "the sandbox's nodes share one machine, which has none of their type's GPUs"
    limit = thresholds.gpus(ask.nodes[0].instance_type)
    if limit is None or limit.value > 1:
        return ""
    return f"{ask.nodes[0].instance_type} has {limit.value:g} GPUs, and it takes two to reduce inside a node"


def _arguments(ask: Ask, node: Node) -> list[str]:
    alone = _alone(ask, node)
    words = collectives.arguments(alone, node, collectives.sizes(alone), (COLLECTIVE,))
    return ["--largest", str(collectives.largest_bytes(alone)), *words]


def _alone(ask: Ask, node: Node) -> Ask:
    """The same of a node that meets only itself."""
    return ask._replace(nodes=(node,), port=0)


def _judge(ask: Ask, outcomes: Mapping[str, Outcome]) -> list[Finding]:
    answers, failures = answer.read(ask, outcomes, parse)
    read_of = {node: _read(ask, node, found) for node, found in answers.items()}
    results = {node: each for node, each in read_of.items() if isinstance(each, Read)}
    found = blame.each(NAME, failures)
    for node, each in read_of.items():
        found += _of_node(ask, node, each, results) if isinstance(each, Read) else [each]
    return found


def _read(ask: Ask, node: str, found: InNode) -> Read | Finding:
    """The node's result, or why there is none."""
    if found.torch and found.torch.world == 1 and thresholds.gpus(ask.nodes[0].instance_type) is None:
        return Finding(NAME, (node,), Verdict.SKIPPED, _ALONE)
    try:
        result = read(ask, found)
    except answer.UnreadableAnswerError as error:
        evidence = {"stdout": found.nccl_tests.stdout} if found.nccl_tests else {}
        return Finding(NAME, (node,), Verdict.ERROR, str(error), action=_AGAIN, evidence=evidence)
    on_cpus = found.torch is not None and found.torch.backend != "nccl"
    if reason := _too_few(ask, 0 if on_cpus else result.measured.ranks):
        return Finding(NAME, (node,), Verdict.ERROR, reason, action=_SEE_GPUS, evidence=result.evidence)
    return result


def _too_few(ask: Ask, gpus: int) -> str:
    """Why a node cannot be held against others of its type; empty where all of its GPUs took part."""
    type_name = ask.nodes[0].instance_type
    limit = thresholds.gpus(type_name)
    return "" if limit is None or limit.holds(gpus) else f"{gpus} of the {limit.value:g} GPUs of {type_name} took part"


def _of_node(ask: Ask, node: str, result: Read, results: Mapping[str, Read]) -> list[Finding]:
    return [
        elements.finding(NAME, COLLECTIVE, {node: result.wrong}),
        bandwidth.finding(NAME, result.measured, _held(ask, result, results), RanOn((node,), (), result.evidence)),
    ]


def _held(ask: Ask, result: Read, results: Mapping[str, Read]) -> Held:
    """The settings' figure, else what nodes like it have reached in public, or the others of the fleet at this size."""
    kind, largest = ask.nodes[0].instance_type, result.measured.rows[-1].bytes
    last = {node: each.measured.rows[-1] for node, each in results.items()}
    alike = {node: row.bus_gb_per_second for node, row in last.items() if row.bytes == largest}
    return Held(
        fabric.bandwidth(ask.smoke, COLLECTIVE, kind, 1, largest) or fleet.of_fleet(alike),
        fabric.ceiling(COLLECTIVE, kind, 1),
        collectives.largest_bytes(_alone(ask, ask.nodes[0])),
        thresholds.bus_bandwidth(ask.smoke, COLLECTIVE, 1) is not None,
        action=_COMPARE,
    )


CHECK = Check(
    name=NAME,
    title="The GPUs inside each node sum right together, at NVLink's speed",
    scope=Scope.NODE,
    payload="all_reduce_in_node.py",
    command_seconds=900,
    arguments=_arguments,
    judge=_judge,
    skip=_skip,
)
