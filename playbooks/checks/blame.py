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

    A node that lost a peer is not blamed while another failed by itself, never came or fell silent. Where all failures
    are of that kind nobody is known to be the cause, and one finding holds what each node said.
    """
    guilty = _guilty(failures)
    if not guilty:
        return [_nobody(check, failures)]
    names = tuple(node.name for node in ask.nodes)
    found = [_error(check, (node,), _why(node, failures), failures[node]) for node in guilty]
    if len(guilty) < len(names):
        found.append(_broken(check, names, guilty, failures))
    return found


def _guilty(failures: Mapping[str, Failure]) -> tuple[str, ...]:
    """The nodes that failed by themselves; else those that others waited for in vain; else those that fell silent."""
    accused = {node for failure in failures.values() for node in failure.accuses}
    own = tuple(node for node, failure in failures.items() if failure.blame is Blame.OWN)
    silent = tuple(node for node, failure in failures.items() if failure.blame is Blame.SILENT)
    return own or tuple(node for node in silent if node in accused) or silent


def _why(node: str, failures: Mapping[str, Failure]) -> str:
    """A node's own reason; of one that fell silent, what the others say of it, for its own end was their doing."""
    own = failures[node]
    if own.blame is not Blame.SILENT:
        return own.reason
    if accusers := sum(node in failure.accuses for failure in failures.values()):
        return f"the node gave no sign to {accusers} that waited for it: its program hangs, or cannot be reached"
    if any(failure.blame is Blame.PEER for failure in failures.values()):
        return "the program did not end by itself; all that did had lost a peer, so it hangs or waits for one that does"
    return own.reason


def _error(check: str, nodes: tuple[str, ...], reason: str, failure: Failure) -> Finding:
    return Finding(
        check,
        nodes,
        Verdict.ERROR,
        reason,
        action=failure.action,
        evidence=failure.evidence,
        of_machine=failure.of_machine,
    )


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


def _broken(check: str, nodes: tuple[str, ...], guilty: tuple[str, ...], failures: Mapping[str, Failure]) -> Finding:
    """Said of all nodes together: of two, the innocent one would be named alone, as only the guilty are."""
    named = ", ".join(guilty)
    return Finding(
        check,
        nodes,
        Verdict.ERROR,
        f"not measured, for it takes all nodes and {named} failed",
        action=f"Repair or replace {named}, and run the smoke gate again.",
        evidence=_said({node: failures[node] for node in nodes if node in failures and node not in guilty}),
    )


def _said(failures: Mapping[str, Failure]) -> dict[str, str]:
    return {node: failure.reason for node, failure in failures.items()}
