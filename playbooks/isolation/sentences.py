"""Each accusation in one sentence with its figures, for the person who must act or file a ticket."""

from collections.abc import Iterable, Sequence

from playbooks.isolation.measurements import Figures, Pair
from playbooks.isolation.parts import Inside, Rails, usual
from playbooks.isolation.standing import Standing

SHOWN = 3  # partners named in a sentence; all stand in the matrix


def of_node(node: str, standing: Standing, figures: Figures) -> str:
    """A node that is slow with sound ones."""
    partners = standing.witnesses(node)
    others = _span(_best(partner, standing, figures) for partner in partners)
    reach = "reach" if len(partners) > 1 else "reaches"
    return f"{node} {_with(node, partners, figures)}, which {reach} {others} GB/s with others"


def of_inside(node: str, inside: Inside) -> str:
    """A node that is slow by itself."""
    figure, most = inside[node], usual(list(inside.values()))
    if not figure:
        return f"the collective inside {node}, over its own GPUs, failed"
    return f"{node} reached {figure:.3g} GB/s over its own GPUs, where the fleet's median is {most:.3g}"


def of_rails(slow: Sequence[int], rails: Rails) -> str:
    """The end of a node's sentence: which of its rails it is."""
    told = _listed([f"rail {rail} {_reached(rails[rail])}" for rail in slow])
    good = _span(figure for rail, figure in enumerate(rails) if figure and rail not in slow)
    return f"{told}, where its other rails reach {good} GB/s"


def of_equal_rails(rails: Rails) -> str:
    """The end of a node's sentence: it is not one of its rails."""
    reached = [figure for figure in rails if figure]
    if not reached:
        return "all of its rails failed"
    return f"none of its {len(rails)} rails stands out, at {_span(reached)} GB/s"


def of_group(group: str, nodes: Sequence[str], standing: Standing, figures: Figures) -> str:
    """All nodes of a switch group, slow with the nodes of other groups."""
    slow = [_figure(Pair.of(node, each), figures) for node in nodes for each in standing.witnesses(node)]
    partners = {each for node in nodes for each in standing.witnesses(node)}
    best = _span(_best(each, standing, figures) for each in partners)
    return (
        f"all {len(nodes)} nodes of switch group {group} are slow: {_span(slow)} GB/s with nodes of other groups, "
        f"which reach {best} GB/s with others"
    )


def of_link(pair: Pair, standing: Standing, figures: Figures) -> str:
    """A pair that is slow though its ends are not."""
    ends = _listed([f"{node} reaches {_best(node, standing, figures):.3g} GB/s" for node in pair])
    return f"{pair.first} and {pair.second} {_all(pair, figures)} with each other, while with others {ends}"


def of_change(pair: Pair, figures: Figures) -> str:
    """A pair that was slow once and not again."""
    return f"{pair.first} and {pair.second} {_all(pair, figures)} with each other: it comes and goes"


def of_near_bound(pair: Pair, bound: float, figures: Figures) -> str:
    """A pair that only just was slow, or not each time."""
    told = f"{pair.first} and {pair.second} {_all(pair, figures)} with each other"
    return f"{told}, too near to the bound of {bound:.3g} GB/s to tell"


def of_fickle_node(node: str, slow: Sequence[str], standing: Standing, figures: Figures) -> str:
    """A node that was slow with several and good with others."""
    best = _best(node, standing, figures)
    return f"{node} {_with(node, slow, figures)}, and {best:.3g} GB/s with others: it comes and goes"


def of_untold(node: str, standing: Standing, figures: Figures) -> str:
    """A node that was good with nobody, without the witnesses that would make it the cause."""
    if not standing.slow[node]:
        return f"{node} was not measured with any other node"
    sound = len(standing.witnesses(node))
    why = f"{sound} of these is" if sound == 1 else f"{sound} of these are"
    return f"{node} {_with(node, standing.slow[node], figures)}: {why} known to be sound, too few to tell"


def _with(node: str, partners: Sequence[str], figures: Figures) -> str:
    """Such as `reached 31 GB/s with train-3 and 30 GB/s with train-9`."""
    shown = [f"{_all(Pair.of(node, each), figures)} with {each}" for each in partners[:SHOWN]]
    more = len(partners) - SHOWN
    return _listed([*shown, f"was slow with {more} more"] if more > 0 else shown)


def _all(pair: Pair, figures: Figures) -> str:
    return _listed([_reached(figure) for figure in figures[pair]])


def _reached(figure: float | None) -> str:
    return f"reached {figure:.3g} GB/s" if figure else "failed"


def _figure(pair: Pair, figures: Figures) -> float:
    return min(figures[pair])


def _best(node: str, standing: Standing, figures: Figures) -> float:
    return max((max(figures[Pair.of(node, each)]) for each in standing.good[node]), default=0.0)


def _span(figures: Iterable[float]) -> str:
    ordered = sorted(figures)
    low, high = f"{ordered[0]:.3g}", f"{ordered[-1]:.3g}"
    return low if low == high else f"{low} to {high}"


def _listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, or `a, b and c`; a verb that all share is said once."""
    verb = "reached "
    said = [words[0], *(each.removeprefix(verb) if words[0].startswith(verb) else each for each in words[1:])]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"
