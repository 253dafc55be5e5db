"""How fast two nodes exchange data, as isolating a fault asks it of many disjoint pairs at once.

A collective's bandwidth is common to all its ranks and never says which is slow; over pairs, the slow one shows.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from components.catalogue.collectives import Collective
from playbooks import thresholds
from playbooks.checks import answer
from playbooks.checks.answer import Blame, Failure, UnreadableAnswerError
from playbooks.checks.check import Ask
from playbooks.checks.fabric import collectives
from playbooks.findings import Threshold
from playbooks.nodes import Node
from playbooks.thresholds import fabric
from playbooks.transport.outcome import OF_MACHINE, Outcome, TransportError

PAYLOAD = collectives.PAYLOAD
COMMAND_SECONDS = 120.0  # torch starts cold from a volume made of a snapshot; the exchange itself takes a second
COLLECTIVE = Collective.ALL_REDUCE
MESSAGE_MIB_WITHOUT_GPUS = 16


class Pair(answer.Answer):
    """What one node of a pair tells: bus bandwidth of both together in GB/s, and wrong elements on its own ranks."""

    gb_per_second: float
    wrong: int


class Failed(NamedTuple):
    """Why a pair has no figure.

    Attributes:
        said: what each node says of it, by node name.
        broken: the nodes that failed by themselves, which says nothing of the other or of the way between them.
        wrong: how many elements are wrong on the ranks of each node, where the sums are.
    """

    said: Mapping[str, str]
    broken: Mapping[str, Failure]
    wrong: Mapping[str, int]


def message_bytes(ask: Ask) -> int:
    """The one size that is exchanged, at which a public figure judges pairs; never larger than the settings' largest.

    It is large enough that the start of a run costs nothing of it: 2 x p5 reach 0.9 of their ceiling at 1 GiB.
    """
    type_name = ask.nodes[0].instance_type
    limit = thresholds.gpus(type_name)
    on_gpus = (limit is None or limit.value) and not ask.stand_in
    mib = fabric.message_mib(type_name, 2) if on_gpus else MESSAGE_MIB_WITHOUT_GPUS
    return min(mib, ask.smoke.all_reduce.largest_message_mib or mib) << 20


def rails(ask: Ask) -> int:
    """How many rails can be measured apart: one a GPU where a node has several, otherwise none."""
    limit = thresholds.gpus(ask.nodes[0].instance_type)
    return int(limit.value) if limit and limit.value > 1 and not ask.stand_in else 0


def expected(ask: Ask) -> Threshold | None:
    """GB/s that a pair should reach by what was reached in public; None where nothing says it.

    The settings' bandwidth is not asked: it is that of the whole fleet, at its largest message. A cluster's nodes may
    have no plugin for the fabric, which its pods bring.
    """
    if ask.stand_in or ask.in_cluster:
        return None
    return fabric.published(COLLECTIVE, ask.nodes[0].instance_type, 2, message_bytes(ask))


def pair_bandwidth(ask: Ask, node: Node, rail: int | None = None) -> list[str]:
    """The arguments of `PAYLOAD` on one node of a pair.

    Args:
        ask: of the two nodes, with a port that is free on the first of them.
        node: one of both.
        rail: use only this GPU of each node, counted from 0, and so the network cards that are nearest to it; None
            for all. NCCL pairs GPUs and cards by the PCI topology, for EFA the plugin's own; NCCL_IB_HCA, which names
            cards, is of NCCL's InfiniBand transport and does nothing to EFA.
    """
    words = collectives.arguments(ask, node, (message_bytes(ask),), (COLLECTIVE,))
    return words if rail is None else [*words, "--rail", str(rail)]


def parse(text: str) -> Pair:
    """What one node answered; both tell the same time, that of the slowest rank.

    Raises:
        UnreadableAnswerError: it is not the program's answer, or no exchange between two nodes.
    """
    found = answer.parse(collectives.Collectives, text)
    if not found.ranks or found.world <= len(found.ranks):
        raise UnreadableAnswerError(f"{len(found.ranks)} of {found.world} ranks are on this node: that is no pair")
    rows = [row for rank in found.ranks for row in rank.rows]
    if len(rows) != len(found.ranks) or len({(row.collective, row.bytes, row.seconds) for row in rows}) != 1:
        raise UnreadableAnswerError(f"{len(found.ranks)} ranks told of {len(rows)} messages that should be one size")
    if rows[0].seconds <= 0 or min(row.wrong for row in rows) < 0:
        raise UnreadableAnswerError("the answer has a time or a count that cannot be")
    speed = collectives.measured(rows[0].collective, found).rows[0].bus_gb_per_second
    return Pair(gb_per_second=speed, wrong=sum(row.wrong for row in rows))


def read(ask: Ask, outcomes: Mapping[str, Outcome]) -> float | Failed:
    """GB/s of the pair that was asked, by what both nodes tell; why there is none, where one failed or sums wrong.

    Of two of which one hangs and one has lost its peer, either may be the cause: that their other pairs must show.
    """
    answers, failures = answer.read(ask, outcomes, parse)
    if failures:
        broken = {node: failure for node, failure in failures.items() if failure.blame is Blame.OWN}
        return Failed({node: failure.reason for node, failure in failures.items()}, broken, {})
    if wrong := {node: told.wrong for node, told in answers.items() if told.wrong}:
        return Failed({node: f"its ranks hold {count} wrong elements" for node, count in wrong.items()}, {}, wrong)
    return min(told.gb_per_second for told in answers.values())


def without_port(ask: Ask, why: str | TransportError) -> Failed:
    """A pair of which the first node tells no port where its ranks could meet."""
    first = ask.nodes[0]
    failure = Failure(
        str(why) if isinstance(why, TransportError) else f"it tells no free TCP port: {why}",
        f"See that `{first.python}` runs on {first.name}; fleets.{ask.fleet}.python names it.",
        Blame.OWN,
        {"port": str(why)},
        of_machine=isinstance(why, OF_MACHINE),
    )
    return Failed({first.name: failure.reason}, {first.name: failure}, {})


def lost(nodes: Collection[str]) -> Failed:
    """A pair that was not asked, for these of its nodes do not answer any more; their first failure says why."""
    why = "it did not answer before, and was not asked again"
    failure = Failure(why, "See what this node said the time before.", Blame.OWN, {})
    return Failed(dict.fromkeys(nodes, why), dict.fromkeys(nodes, failure), {})
