"""The collectives over a fleet: is every element right on every rank, how fast is the fabric, and is it EFA?"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from components.catalogue.collectives import Ceiling, Collective, bus_factor
from components.catalogue.instance_types import known
from playbooks import thresholds
from playbooks.checks import answer, blame
from playbooks.checks.check import Ask, Check, Scope
from playbooks.checks.fabric import bandwidth, collective, elements, transport
from playbooks.checks.fabric.bandwidth import Held, Measured, RanOn, algorithm_bandwidth
from playbooks.findings import Finding, Verdict
from playbooks.nodes import Node
from playbooks.thresholds import fabric
from playbooks.transport.outcome import Outcome

NAME = "collectives"
PAYLOAD = "collectives.py"
TITLES: Mapping[str, str] = {
    Collective.ALL_REDUCE: "All nodes sum right together, at the fabric's speed",
    Collective.ALL_GATHER: "All nodes gather each other's parts right, at the fabric's speed",
    Collective.REDUCE_SCATTER: "All nodes sum parts for each other right, at the fabric's speed",
    Collective.ALL_TO_ALL: "All nodes exchange parts right, at the fabric's speed",
    Collective.BROADCAST: "One rank's data reaches all nodes right, at the fabric's speed",
    transport.NAME: transport.TITLE,
}
SMALLEST_BYTES, ELEMENT_BYTES = 8, 4
PACK_BYTES = 16  # of NCCL
FACTOR, FACTOR_WITHOUT_GPUS = 2, 8  # nccl-tests' `-f 2`; fewer sizes where CPUs do the work
_AGAIN = "Run the smoke gate again; an answer with a part missing proves nothing."
_SEE_GPUS = "See `nvidia-smi` on the nodes, and whether the Python that fleets.<fleet>.python names has a torch for it."
_NO_FABRIC = "the ranks speak Gloo over TCP on CPUs"
_NO_PLUGIN = "a cluster's nodes have no aws-ofi-nccl, which its pods bring, so NCCL spoke TCP here"


class Row(answer.Answer):
    """One message size on one rank: seconds of one run on the slowest rank, wrong elements on this rank."""

    collective: Collective
    bytes: int
    iterations: int
    seconds: float
    wrong: int


class Rank(collective.RankAnswer):
    """The rows of one rank; `fits_bytes` is the largest message that all nodes have memory for."""

    fits_bytes: int
    rows: tuple[Row, ...]


class Collectives(collective.NodeAnswer):
    """What `payload/collectives.py` answers on one node; `efa_sent_bytes` is None where it has no EFA interface."""

    efa_sent_bytes: int | None
    ranks: tuple[Rank, ...]


def parse(text: str) -> Collectives:
    """The answer in what the program printed.

    Raises:
        UnreadableAnswerError: it is not the program's answer.
    """
    return answer.parse(Collectives, text)


def largest_bytes(ask: Ask) -> int:
    """The largest message: the settings', else one at which a public figure judges such a fleet."""
    told = ask.smoke.all_reduce.largest_message_mib
    if told is None and not ask.stand_in:
        told = fabric.message_mib(ask.nodes[0].instance_type, len(ask.nodes))
    return (told or fabric.SMALLEST_MIB) << 20


def sizes(ask: Ask) -> tuple[int, ...]:
    """The message sizes in bytes: from 8 B up to the largest, which is always among them."""
    largest = largest_bytes(ask)
    limit = thresholds.gpus(ask.nodes[0].instance_type)
    factor = FACTOR if (limit is None or limit.value) and not ask.stand_in else FACTOR_WITHOUT_GPUS
    powers = (SMALLEST_BYTES * factor**power for power in range(largest.bit_length()))
    return (*takewhile(lambda size: size < largest, powers), largest)


def rounded(asked: Sequence[int], which: Collective, world: int) -> tuple[int, ...]:
    """The sizes of one collective: where each rank gets a part, they are rounded up to whole packs a part."""
    whole = which in (Collective.ALL_REDUCE, Collective.BROADCAST)
    step = ELEMENT_BYTES if whole else PACK_BYTES * world
    return tuple(sorted({-(-size // step) * step for size in asked}))


def incomplete(asked: Sequence[int], which: Sequence[Collective], answers: Mapping[str, Collectives]) -> str:
    """What is missing from the answers of all nodes together; empty where nothing is."""
    if missing := collective.missing_ranks(answers):
        return missing
    for node, found in answers.items():
        wanted = [(each, size) for each in which for size in rounded(asked, each, found.world)]
        for rank in found.ranks:
            expected = [(each, size) for each, size in wanted if size <= rank.fits_bytes]
            if not expected or [(row.collective, row.bytes) for row in rank.rows] != expected:
                return f"rank {rank.rank} on {node} answered for {len(rank.rows)} of {len(expected)} message sizes"
            if any(row.seconds <= 0 or row.wrong < 0 for row in rank.rows):
                return f"rank {rank.rank} on {node} answered with a time or a count that cannot be"
    return ""


def measured(which: Collective, found: Collectives) -> Measured:
    """The curve of one collective; every rank tells the same times, those of the slowest."""
    factor = bus_factor(which, found.world)
    speeds = [
        (row, algorithm_bandwidth(row.bytes, row.seconds)) for row in found.ranks[0].rows if row.collective is which
    ]
    rows = tuple(bandwidth.Row(row.bytes, row.seconds, speed, speed * factor) for row, speed in speeds)
    return Measured(which, found.world, rows)


def wrong(which: Collective, answers: Mapping[str, Collectives]) -> dict[str, dict[str, int]]:
    """The wrong elements of one collective, by node and by place."""
    return {
        node: {
            f"rank {rank.rank}, {row.bytes} B": row.wrong
            for rank in found.ranks
            for row in rank.rows
            if row.collective is which
        }
        for node, found in answers.items()
    }


def arguments(ask: Ask, node: Node, asked: Sequence[int], which: Sequence[Collective]) -> list[str]:
    """The program's arguments on one node."""
    meeting = collective.arguments(ask, node)
    return [*meeting, "--sizes", ",".join(map(str, asked)), "--collectives", ",".join(which)]


def _arguments(ask: Ask, node: Node) -> list[str]:
    return arguments(ask, node, sizes(ask), tuple(Collective))


def _judge(ask: Ask, outcomes: Mapping[str, Outcome]) -> list[Finding]:
    answers, failures = answer.read(ask, outcomes, parse)
    return collective.of_declared(ask, _findings(ask, answers, failures))


def _findings(ask: Ask, answers: Mapping[str, Collectives], failures: Mapping[str, answer.Failure]) -> list[Finding]:
    if failures:
        return blame.collective(NAME, ask, failures)
    if reason := incomplete(sizes(ask), tuple(Collective), answers):
        return [Finding(NAME, tuple(answers), Verdict.ERROR, reason, action=_AGAIN)]
    if next(iter(answers.values())).world == 1:
        reason = "one rank has nobody to exchange with, so neither its results nor its speed prove anything"
        return [Finding(NAME, tuple(answers), Verdict.SKIPPED, reason)]
    if without := _without_gpus(ask, answers):
        return [Finding(NAME, tuple(answers), Verdict.ERROR, without, action=_SEE_GPUS)]
    found = [finding for which in Collective for finding in _of_one(which, ask, answers)]
    return [*found, *_transport(ask, answers)]


def _without_gpus(ask: Ask, answers: Mapping[str, Collectives]) -> str:
    """Why the ranks should not have run on CPUs; empty where there is nothing else, or where they did not."""
    limit = thresholds.gpus(ask.nodes[0].instance_type)
    if ask.stand_in or not limit or not limit.value or next(iter(answers.values())).backend == "nccl":
        return ""
    return f"torch finds no GPU on any node, where {ask.nodes[0].instance_type} has {limit.value:g}"


def _of_one(which: Collective, ask: Ask, answers: Mapping[str, Collectives]) -> Iterator[Finding]:
    first = next(iter(answers.values()))
    curve = measured(which, first)
    held = _held(which, ask, first, curve.rows[-1].bytes) if _is_of_fabric(ask, answers) else _off_fabric(which, ask)
    software = collective.software(first, [rank for found in answers.values() for rank in found.ranks])
    ran_on = RanOn(tuple(answers), collective.network_cards(first), software)
    yield elements.finding(which, which, wrong(which, answers))
    yield bandwidth.finding(which, curve, held, ran_on)


def _is_of_fabric(ask: Ask, answers: Mapping[str, Collectives]) -> bool:
    """Whether a speed says anything of the fleet's fabric: not where no node of a cluster has a plugin for it."""
    return not (ask.in_cluster and all(transport.without_plugin(found.transport) for found in answers.values()))


def _off_fabric(which: Collective, ask: Ask) -> Held:
    """What the settings ask of TCP, if they do; otherwise nothing, and the finding says why."""
    told = thresholds.bus_bandwidth(ask.smoke, which, len(ask.nodes))
    not_judged = "" if told else _NO_PLUGIN
    return Held(told, Ceiling(None, False, (_NO_PLUGIN,)), largest_bytes(ask), told is not None, not_judged)


def _held(which: Collective, ask: Ask, found: Collectives, largest: int) -> Held:
    """What a bandwidth is held against; of CPUs it says nothing of a fabric, unless the settings ask for it."""
    kind, nodes, asked = ask.nodes[0].instance_type, len(ask.nodes), largest_bytes(ask)
    told, setting = thresholds.bus_bandwidth(ask.smoke, which, nodes), thresholds.bus_bandwidth_setting(which, nodes)
    say = f"Write what it must reach in {setting} of the settings."
    may_be_left_out = which is not Collective.ALL_REDUCE
    if found.backend != "nccl":
        not_judged = _NO_FABRIC if may_be_left_out and told is None else ""
        return Held(told, Ceiling(None, False, (_NO_FABRIC,)), asked, True, not_judged, say)
    threshold = fabric.bandwidth(ask.smoke, which, kind, nodes, largest)
    not_judged = _unpublished(setting) if may_be_left_out and threshold is None else ""
    return Held(threshold, fabric.ceiling(which, kind, nodes), asked, told is not None, not_judged, say)


def _unpublished(setting: str) -> str:
    """Why a collective but the all-reduce is not judged; that one is INCONCLUSIVE then."""
    unset = f", {setting} is not set" if setting else ""
    return f"nobody has published what it reaches on such a fleet{unset}, and the all-reduce crosses the same fabric"


def _transport(ask: Ask, answers: Mapping[str, Collectives]) -> list[Finding]:
    nodes, first = tuple(answers), next(iter(answers.values()))
    type_name = ask.nodes[0].instance_type
    if first.backend != "nccl":
        return [transport.skipped(nodes, _NO_FABRIC)]
    if len(nodes) == 1:
        return [transport.skipped(nodes, "one node sends nothing to another")]
    kind = known(type_name)
    if kind is None:
        return [transport.skipped(nodes, f"the catalogue does not know whether {type_name} has EFA")]
    if not kind.efa_interfaces:
        return [transport.skipped(nodes, f"{type_name} has no EFA")]
    told = {
        node: transport.Told(found.transport, found.efa_sent_bytes, _least_bytes(found, len(nodes)))
        for node, found in answers.items()
    }
    return transport.findings(told, kind, in_cluster=ask.in_cluster)


def _least_bytes(found: Collectives, nodes: int) -> float:
    """What the timed runs must send from one node, whatever the algorithm; see `components.catalogue.collectives`."""
    shares = {
        Collective.ALL_REDUCE: 2.0,
        Collective.ALL_GATHER: 1.0,
        Collective.REDUCE_SCATTER: 1.0,
        Collective.ALL_TO_ALL: float(len(found.ranks)),
        Collective.BROADCAST: 0.0,  # the last node in the chain sends nothing
    }
    rows = found.ranks[0].rows
    return sum(shares[row.collective] * row.bytes * row.iterations for row in rows) * (nodes - 1) / nodes


CHECK = Check(
    name=NAME,
    title="The collectives run over all nodes",
    scope=Scope.FLEET,
    payload=PAYLOAD,
    command_seconds=900,
    arguments=_arguments,
    judge=_judge,
)
