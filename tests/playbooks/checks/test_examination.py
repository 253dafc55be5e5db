import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.checks import examination
from playbooks.checks.check import Ask
from playbooks.checks.node import NODE_CHECKS
from playbooks.checks.node.check import Examined, NodeCheck
from playbooks.findings import Finding, Verdict
from playbooks.transport.outcome import Completed
from tests.playbooks.checks.asks import ENDED_AT, ask, completed, names, printed

GOOD = printed("host-facts.stdout")
FACTS = examination.parse(GOOD).facts


def sandbox(count: int = 4) -> Ask:
    """A question to the sandbox's nodes, for whose commands the captured answer was given."""
    return ask(count=count)._replace(stand_in=True)


def answered(change: Mapping[str, Any] | None = None, seconds: float = 1.0) -> Completed:
    """The captured answer of a node whose clock is right, with other facts."""
    found = json.loads(GOOD)
    found["facts"] |= {"clock": ENDED_AT - 0.4, "run_seconds": 0.2, **(change or {})}
    return completed(json.dumps(found), seconds=seconds)


def by_check(findings: list[Finding]) -> dict[str, set[tuple[str, tuple[str, ...]]]]:
    """Verdicts with their nodes, by check."""
    checks: dict[str, set[tuple[str, tuple[str, ...]]]] = {}
    for finding in findings:
        checks.setdefault(finding.check, set()).add((finding.verdict.value, finding.nodes))
    return checks


def test_on_the_sandbox_nothing_fails_and_nothing_passes_unseen() -> None:
    """The clock and the versions are judged; every other check says why it does not apply."""
    question = sandbox()
    found = by_check(examination.CHECK.judge(question, {name: answered() for name in names(question)}))

    assert set(found) == {check.name for check in NODE_CHECKS}
    assert found.pop("clock") == {("PASS", (name,)) for name in names(question)}
    assert found.pop("versions") == {("PASS", names(question))}
    assert all(verdicts == {("SKIPPED", names(question))} for verdicts in found.values()), found


@given(offset=st.floats(-100, 100), out=st.floats(0, 10), inside=st.floats(0, 10), back=st.floats(0, 10))
def test_the_true_offset_lies_within_the_uncertainty(offset: float, out: float, inside: float, back: float) -> None:
    """However the time is spent between the way there, the program and the way back; the program's is known."""
    facts = FACTS.model_copy(update={"clock": ENDED_AT + out + inside + offset, "run_seconds": inside})
    seconds = out + inside + back
    found, uncertainty = examination.clock_offset(facts, seconds, ENDED_AT + seconds)

    assert abs(found - offset) <= uncertainty + 1e-6
    assert uncertainty == pytest.approx((out + back) / 2, abs=1e-6)


def test_a_clock_that_is_off_is_its_nodes_alone() -> None:
    """The others pass."""
    question = sandbox()
    outcomes = {name: answered() for name in names(question)} | {"gpu-1": answered({"clock": ENDED_AT - 20.4})}
    found = by_check(examination.CHECK.judge(question, outcomes))

    assert found["clock"] == {("FAIL", ("gpu-1",)), *(("PASS", (f"gpu-{index}",)) for index in (0, 2, 3))}


def test_a_node_that_does_not_answer_does_not_hide_the_others() -> None:
    """Its failure comes first; where none answers, nothing else is said."""
    question = sandbox(2)
    bad = completed(exit_status=127)
    first, *others = examination.CHECK.judge(question, {"gpu-0": answered(), "gpu-1": bad})

    assert (first.check, first.verdict, first.nodes) == (examination.NAME, Verdict.ERROR, ("gpu-1",))
    assert {finding.nodes for finding in others} == {("gpu-0",)}
    assert by_check(examination.CHECK.judge(question, {"gpu-0": bad, "gpu-1": bad})) == {
        examination.NAME: {("ERROR", ("gpu-0",)), ("ERROR", ("gpu-1",))}
    }


def test_an_answer_without_a_command_that_was_asked_is_an_error() -> None:
    """It is not taken for a node on which the command found nothing."""
    question = sandbox(1)
    found = json.loads(GOOD)
    del found["outputs"]["fi_info --version"]
    [finding, *_] = examination.CHECK.judge(question, {"gpu-0": completed(json.dumps(found))})

    assert (finding.check, finding.verdict) == (examination.NAME, Verdict.ERROR)
    assert finding.reason == "the answer says nothing of fi_info --version"


def test_a_check_that_breaks_is_an_error_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the traceback; the others stand."""

    def breaks(_ask: Ask, _examined: object) -> list[Finding]:
        raise KeyError("no such row")

    def stands(_ask: Ask, examined: Sequence[Examined]) -> list[Finding]:
        return [Finding("other", tuple(each.node.name for each in examined), Verdict.SKIPPED, "for a test")]

    checks = (NodeCheck("broken", "breaks", breaks), NodeCheck("other", "stands", stands))
    monkeypatch.setattr(examination, "NODE_CHECKS", checks)
    broken, other = examination.CHECK.judge(sandbox(1), {"gpu-0": answered()})

    assert (broken.check, broken.verdict, other.verdict) == ("broken", Verdict.ERROR, Verdict.SKIPPED)
    assert "no such row" in broken.evidence["traceback"]


def test_each_command_is_asked_once_by_its_own_words() -> None:
    """Also where two checks ask for it; what does not apply to a node is not run there."""
    question = ask(instance_type="p5.48xlarge")
    commands = json.loads(_option(question, "--commands"))

    assert commands["fi_info -p efa -t FI_EP_RDM"] == ["fi_info", "-p", "efa", "-t", "FI_EP_RDM"]
    assert all(shlex.split(name) == words for name, words in commands.items())
    assert not any("fi_info -p" in name or "lsblk" in name for name in json.loads(_option(sandbox(), "--commands")))


def _option(question: Ask, name: str) -> str:
    words = examination.CHECK.arguments(question, question.nodes[0])
    return words[words.index(name) + 1]


def test_a_captured_answer_is_read_as_it_was() -> None:
    """What the model holds is what the program printed."""
    assert examination.parse(GOOD).model_dump(mode="json") == json.loads(GOOD)
