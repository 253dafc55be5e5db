"""Whether every element that a collective left behind is right."""

from collections.abc import Mapping

from components.catalogue.collectives import Collective
from playbooks import thresholds
from playbooks.findings import Figure, Finding, Verdict, judge

_SHOWN = 20  # places of a node


def finding(check: str, collective: Collective, wrong: Mapping[str, Mapping[str, int]]) -> Finding:
    """The verdict on wrong elements, counted by node and then by place (`rank 2, 4096 B`), none of them left out."""
    bad = {node: rows for node, rows in wrong.items() if any(rows.values())}
    threshold = thresholds.NO_WRONG_ELEMENTS
    figure = Figure("wrong elements", sum(sum(rows.values()) for rows in bad.values()), "")
    verdict = judge(figure, threshold)
    if verdict is Verdict.PASS:
        reason = "every element of every message is right on every rank"
        return Finding(check, tuple(wrong), verdict, reason, figure, threshold)
    some = len(bad) < len(wrong)
    return Finding(
        check,
        tuple(bad),
        verdict,
        f"ranks of these nodes hold wrong elements after the {collective}"
        if some
        else f"all nodes hold wrong elements after the {collective}",
        figure,
        threshold,
        "Replace the nodes that are named; where it is all of them, run smaller fleets to find the one that corrupts.",
        evidence={node: _places(rows) for node, rows in bad.items()},
    )


def _places(rows: Mapping[str, int]) -> str:
    lines = [f"{place}: {count} wrong" for place, count in rows.items() if count]
    more = [f"and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return "\n".join([*lines[:_SHOWN], *more])
