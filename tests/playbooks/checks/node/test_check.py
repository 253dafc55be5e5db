import pytest

from playbooks.checks.answer import UnreadableAnswerError
from playbooks.checks.node.check import Examined, one_each, printed
from playbooks.findings import Finding, Verdict
from tests.playbooks.checks.asks import ask
from tests.playbooks.checks.node.machines import HANGS, NOT_INSTALLED, examined, output


def test_only_what_ended_well_was_printed() -> None:
    """What failed, hangs, is missing or was cut is none of it, and the message says which."""
    assert printed(output("text")) == "text"
    for ended in (output("text", status=1), HANGS, NOT_INSTALLED, output("text", wrong="the rest is cut")):
        with pytest.raises(UnreadableAnswerError, match=ended.wrong):
            printed(ended)


def test_an_output_that_cannot_be_read_is_an_error_of_its_node_alone() -> None:
    """With what was printed; the others keep their findings."""

    def found(each: Examined) -> Finding:
        if each.node.name == "gpu-1":
            raise UnreadableAnswerError("no such line: 'abc'")
        return Finding("limits", (each.node.name,), Verdict.SKIPPED, "for a test")

    first, second = one_each("limits", examined(ask(count=2), {"cat": output("abc")}), found, "Look.")

    assert (first.verdict, first.nodes) == (Verdict.SKIPPED, ("gpu-0",))
    assert (second.verdict, second.nodes, second.reason) == (Verdict.ERROR, ("gpu-1",), "no such line: 'abc'")
    assert (second.action, second.evidence) == ("Look.", {"cat": "abc"})
