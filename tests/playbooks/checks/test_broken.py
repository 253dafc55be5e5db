"""Tests that a check that breaks is an ERROR of that check."""

from playbooks.checks.broken import guarded
from playbooks.findings import Finding, Verdict
from tests.playbooks.checks.asks import ask

NODES = ask(count=2).nodes


def breaks() -> list[Finding]:
    """As a judgement with a mistake in it does."""
    raise KeyError("no such row")


def test_a_check_that_breaks_is_an_error_with_the_traceback_and_no_machines_fault() -> None:
    """Of one node too, which must not be replaced for it."""
    (found,) = guarded("gemm", NODES[:1], breaks)

    assert (found.check, found.nodes, found.verdict) == ("gemm", (NODES[0].name,), Verdict.ERROR)
    assert not found.of_machine
    assert "no such row" in found.evidence["traceback"]


def test_a_check_that_does_not_break_says_what_it_found() -> None:
    """Nothing is added or left out."""
    found = [Finding("gemm", (node.name,), Verdict.SKIPPED, "no GPU") for node in NODES]

    assert guarded("gemm", NODES, lambda: found) == found
