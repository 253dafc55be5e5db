"""Findings from failures: a node that failed alone, or a collective in which one failed and the others with it."""

from collections.abc import Mapping

from playbooks.checks.answer import Blame, Failure
from playbooks.checks.check import Ask
from playbooks.findings import Finding, Verdict


def each(check: str, failures: Mapping[str, Failure]) -> list[Finding]:
    """One finding a node, where each ran for itself."""
    return [_error(check, (node,), failure.reason, failure) for node, failure in failures.items()]


def collective(check: str, ask: Ask, failures: Mapping[str, Failure]) -> list[Finding]:
    """The nodes to blame first, each with its own reason; then the collective, which has no result without them.

    A node that lost a peer is not blamed while another failed by itself. Where all failures are of that kind nobody is
    known to be the cause, and one finding holds what each node said.
    """
    least = min(failure.blame for failure in failures.values())
    if least is Blame.PEER:
        return [_nobody(check, failures)]
    guilty = {node: failure for node, failure in failures.items() if failure.blame is least}
    others = tuple(node.name for node in ask.nodes if node.name not in guilty)
    found = each(check, guilty)
    if others:
        found.append(_broken(check, others, tuple(guilty), failures))
    return found


def _error(check: str, nodes: tuple[str, ...], reason: str, failure: Failure) -> Finding:
    return Finding(check, nodes, Verdict.ERROR, reason, action=failure.action, evidence=failure.evidence)


def _nobody(check: str, failures: Mapping[str, Failure]) -> Finding:
    first = next(iter(failures.values()))
    return Finding(
        check,
        tuple(failures),
        Verdict.ERROR,
        f"the collective broke and no node says that it was the cause: {first.reason}",
        action=first.action,
        evidence=_said(failures),
    )


def _broken(check: str, others: tuple[str, ...], guilty: tuple[str, ...], failures: Mapping[str, Failure]) -> Finding:
    names = ", ".join(guilty)
    return Finding(
        check,
        others,
        Verdict.ERROR,
        f"not measured, for it takes all nodes and {names} failed",
        action=f"Repair or replace {names}, and run the smoke gate again.",
        evidence=_said({node: failures[node] for node in others if node in failures}),
    )


def _said(failures: Mapping[str, Failure]) -> dict[str, str]:
    return {node: failure.reason for node, failure in failures.items()}
