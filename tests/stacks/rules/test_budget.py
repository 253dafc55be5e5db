import pytest

from stacks.settings import Settings
from tests.stacks.documents import changed, settings_of, told

BUDGET = {"monthlyUsd": 1000, "emails": ["us@example.com"]}


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        (
            {"monthlyUsd": 1000},
            "budget.emails: nobody would be told\n    Add `emails: [you@example.com]`, or the `topic` of an SNS topic.",
        ),
        (
            {**BUDGET, "actualPercent": [10, 20, 30, 40, 50, 60, 70, 80, 90], "forecastPercent": [90, 100]},
            (
                "budget.actualPercent: 11 thresholds, those of forecastPercent counted\n"
                "    Write 1 to 10 thresholds, those of forecastPercent counted."
            ),
        ),
        (
            {**BUDGET, "actualPercent": [], "forecastPercent": []},
            (
                "budget.actualPercent: 0 thresholds, those of forecastPercent counted\n"
                "    Write 1 to 10 thresholds, those of forecastPercent counted."
            ),
        ),
        (
            {**BUDGET, "actualPercent": [50, 100, 50.0]},
            "budget.actualPercent: 50 stands there more than once\n    Write each once.",
        ),
    ],
)
def test_a_rule_that_is_broken_is_told_once_and_whole(budget: dict[str, object], expected: str) -> None:
    """Where, what, and what to write instead."""
    assert told(changed(budget=budget)) == [expected]


@pytest.mark.parametrize(
    "budget",
    [
        BUDGET,
        {**BUDGET, "actualPercent": [100], "forecastPercent": [100]},
        {"monthlyUsd": 1000.5, "topic": "arn:aws:sns:us-east-1:111111111111:costs"},
    ],
)
def test_what_the_rules_allow(budget: dict[str, object]) -> None:
    """The same percentage once of each kind; a topic alone."""
    assert isinstance(settings_of(changed(budget=budget)), Settings)
