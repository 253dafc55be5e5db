"""Findings and runs as the smoke gate leaves them, for what is done after the verdict."""

from collections.abc import Sequence
from datetime import UTC, datetime

from playbooks.findings import Bound, Figure, Finding, Threshold, Verdict
from playbooks.nodes import Node
from playbooks.report.run import Run

STARTED = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ONE = Threshold(Bound.AT_LEAST, 1, "every node must answer")


def node(name: str, instance_id: str = "i-0a", unhealthy: str = "") -> Node:
    """A node of the fleet that its name begins with."""
    fleet = name.partition("-")[0]
    return Node(name, fleet, 0, instance_id, "p5.48xlarge", "10.1.0.4", "python3", unhealthy=unhealthy)


def fail(*names: str, check: str = "reachable", reason: str = "no answer") -> Finding:
    """A FAIL over these nodes."""
    return Finding(check, names, Verdict.FAIL, reason, Figure("answers", 0, ""), ONE)


def run(nodes: Sequence[Node], *findings: Finding) -> Run:
    """A run that has found this."""
    return Run("20261122T030000Z-0a1b2c", "dev", STARTED, 60.0, tuple(nodes), {}, findings)
