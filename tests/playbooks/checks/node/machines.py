"""Nodes that were examined: the facts that a machine really told, and outputs of commands as a test gives them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playbooks.checks import examination
from playbooks.checks.check import Ask
from playbooks.checks.node.check import Examined, NodeCheck, Output
from playbooks.findings import Finding
from tests.playbooks.checks.asks import printed

DATA = Path(__file__).parents[3] / "data"
FACTS = examination.parse(printed("host-facts.stdout")).facts
CUT = "\x1b[31mprovider"  # how a line looks that a terminal has coloured


def output(stdout: str = "", *, stderr: str = "", status: int | None = 0, wrong: str = "") -> Output:
    """How a command ended that is installed."""
    said = wrong or (f"the command exited with {status}: {stderr}" if status else "")
    return Output(installed=True, status=status, stdout=stdout, stderr=stderr, wrong=said)


NOT_INSTALLED = Output(installed=False, status=None, stdout="", stderr="", wrong="it is not on the PATH")
HANGS = output(status=None, wrong="it did not end within 120 s")


def examined(question: Ask, outputs: Mapping[str, Output], facts: Mapping[str, Any] | None = None) -> list[Examined]:
    """Every node of the question with the same outputs."""
    told = FACTS.model_copy(update=dict(facts or {}))
    return [Examined(node, told, outputs, (0.0, 0.0)) for node in question.nodes]


def judged(check: NodeCheck, question: Ask, outputs: Mapping[str, Output]) -> list[Finding]:
    """What the check finds where every node answered with these outputs."""
    asked = {name for node in question.nodes for name in check.commands(question, node)}
    assert asked == outputs.keys()
    return check.judge(question, examined(question, outputs))
