from typing import Any

import pytest

from playbooks.checks.training import training_step
from playbooks.findings import Finding, Verdict
from tests.playbooks.checks.asks import ask, changed, everywhere, names, verdicts


def judged(change: dict[int, Any] | None = None, smoke: dict[str, Any] | None = None) -> list[Finding]:
    """The findings on what four nodes really answered, with changes by node."""
    question = ask(smoke)

    def stdout(index: int) -> str:
        return changed(f"training-step.{index}.stdout", (change or {}).get(index, lambda _: None))

    return training_step.CHECK.judge(question, everywhere(question, stdout))


def test_a_good_fleet_passes() -> None:
    """It learns, every loss is finite, all ranks end the same, and a checkpoint is worth what was saved."""
    found = judged()

    assert verdicts(found) == [("PASS", names(ask()))] * 4
    assert [finding.figure.name for finding in found if finding.figure] == [
        "last loss over first",
        "losses that are not finite",
        "different parameters or losses",
        "ranks that resumed differently",
    ]
    assert found[0].evidence["precision"] == "float32"
    assert found[0].series[0].points[-1][0] == 59


def test_speed_counts_all_ranks_in_the_time_of_the_slowest() -> None:
    """Four ranks of 256 tokens and 165,150,720 FLOPs in half a second."""
    learnt, *_ = judged(
        {
            index: lambda facts, seconds=seconds: facts["ranks"][0].update(step_seconds=seconds)
            for index, seconds in enumerate([0.1, 0.5, 0.2, 0.3])
        }
    )

    assert {figure.name: (figure.value, figure.unit) for figure in learnt.measurements} == {
        "step time": (0.5, "s"),
        "throughput": (2048.0, "samples/s"),
        "compute reached": (1321205760.0, "FLOP/s"),
    }


def test_a_loss_that_falls_too_little_fails() -> None:
    """Against the fraction of the settings."""
    learnt, *_ = judged(smoke={"training": {"lossFraction": 0.01}})

    assert learnt.verdict is Verdict.FAIL
    assert learnt.threshold is not None
    assert learnt.threshold.value == 0.01


def test_a_rank_with_other_parameters_is_named_by_node() -> None:
    """The checksum that most ranks have is taken for the right one."""
    _, _, equal, _ = judged({3: lambda facts: facts["ranks"][0].update(checksum="00", restored_checksum="00")})

    assert (equal.verdict, equal.nodes) == (Verdict.FAIL, ("gpu-3",))


def test_one_rank_alone_can_only_learn() -> None:
    """Its parameters have nothing to be compared with."""
    question = ask(count=1)
    alone = changed("training-step.0.stdout", lambda facts: facts.update(world=1))
    found = training_step.CHECK.judge(question, everywhere(question, lambda _: alone))

    assert [finding.verdict for finding in found] == [Verdict.PASS, Verdict.PASS, Verdict.SKIPPED, Verdict.PASS]


def test_a_rank_that_saw_other_losses_is_named_by_node() -> None:
    """They were added up over all ranks, so that all must have seen the same."""
    _, _, equal, _ = judged({1: lambda facts: facts["ranks"][0]["losses"][7].__setitem__(1, 0.5)})

    assert (equal.verdict, equal.nodes) == (Verdict.FAIL, ("gpu-1",))


def test_where_no_checksum_has_a_majority_all_are_named() -> None:
    """Two against two: nobody knows which are right."""
    other = {index: lambda facts: facts["ranks"][0].update(checksum="00") for index in (2, 3)}
    _, _, equal, _ = judged(other)

    assert (equal.verdict, equal.nodes) == (Verdict.FAIL, names(ask()))


def test_losses_that_are_not_finite_fail_and_the_first_node_is_named() -> None:
    """The rank that had most of them had them first; a curve with holes is not judged."""

    def spread(facts: Any) -> None:  # noqa: ANN401 - JSON
        facts["ranks"][0]["non_finite_losses"] = 10
        facts["ranks"][0]["losses"][-1][1] = None

    def source(facts: Any) -> None:  # noqa: ANN401 - JSON
        spread(facts)
        facts["ranks"][0]["non_finite_losses"] = 11

    found = judged({0: spread, 1: source, 2: spread, 3: spread})

    assert verdicts(found) == [("FAIL", ("gpu-1",)), ("PASS", names(ask()))]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda facts: facts["ranks"][0]["losses"].pop(), "rank 1 on gpu-1 does not tell its first and its last loss"),
        (lambda facts: facts["ranks"][0]["losses"].pop(0), "rank 1 on gpu-1 does not tell its first and its last loss"),
        (
            lambda facts: facts["ranks"][0]["losses"].clear(),
            "rank 1 on gpu-1 does not tell its first and its last loss",
        ),
        (lambda facts: facts["ranks"].clear(), "of 4 ranks these answered: 0, 2, 3"),
        (
            lambda facts: facts["ranks"][0].update(step_seconds=-1),
            "rank 1 on gpu-1 answered with a time or an amount of work that cannot be",
        ),
        (
            lambda facts: facts["ranks"][0]["resumed"].pop(),
            "rank 1 on gpu-1 does not tell its losses after the checkpoint",
        ),
    ],
)
def test_an_answer_with_a_part_missing_is_an_error(change: Any, reason: str) -> None:  # noqa: ANN401 - a change of JSON
    """Never a pass."""
    assert [(finding.verdict, finding.reason) for finding in judged({1: change})] == [(Verdict.ERROR, reason)]


def test_the_arguments_say_how_many_steps() -> None:
    """After who meets where."""
    question = ask({"training": {"steps": 25}})

    assert training_step.CHECK.arguments(question, question.nodes[0])[-6:] == [
        *("--port", "29400", "--steps", "25", "--scratch", "~"),
    ]
