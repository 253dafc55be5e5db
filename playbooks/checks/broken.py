"""A check in whose own code an exception is raised: an ERROR of that check, and the other checks' findings stand."""

import traceback
from collections.abc import Callable, Sequence

from playbooks.findings import Finding, Verdict
from playbooks.nodes import Node


def guarded(check: str, nodes: Sequence[Node], judge: Callable[[], list[Finding]]) -> list[Finding]:
    """What a check's judgement of these nodes finds, or that it is broken."""
    try:
        return judge()
    except Exception:  # noqa: BLE001 - whatever it is, the reader gets it as evidence
        return [broken(check, nodes)]


def broken(check: str, nodes: Sequence[Node]) -> Finding:
    """What is said of a check while the exception that broke it is being handled."""
    names = tuple(node.name for node in nodes)
    evidence = {"traceback": traceback.format_exc()}
    return Finding(check, names, Verdict.ERROR, "the check itself is broken; report it", evidence=evidence)
