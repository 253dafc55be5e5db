from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from playbooks.plan.answers import Answers
from playbooks.plan.make import make
from playbooks.plan.plan import Fits
from stacks.environment import Environment, load
from stacks.settings import Budget

PROJECT, TODAY = Path(__file__).parents[3], date(2026, 11, 22)


def environment(monthly_usd: float) -> Environment:
    """Dev with a budget."""
    found = load(PROJECT, "dev")
    return replace(found, settings=found.settings.model_copy(update={"budget": Budget(monthlyUsd=monthly_usd)}))


@pytest.mark.parametrize(("monthly_usd", "over"), [(1, True), (1_000_000, False)])
def test_the_budget_of_the_settings_bounds_the_cost(monthly_usd: float, over: bool) -> None:
    """A plan that exceeds it is not fine."""
    plan = make(environment(monthly_usd), TODAY)

    assert (plan.cost.monthly_limit_usd, plan.cost.over_budget) == (Decimal(monthly_usd), over)
    assert not (over and plan.fine)


def test_what_the_account_answers_decides() -> None:
    """It is asked for the plan's own instances; no quota is no vCPU."""
    asked: list[str] = []

    def ask(instances: object) -> Answers:
        asked.extend(each.type.name for each in instances)  # type: ignore[attr-defined]  # instances
        return Answers(quotas={"L-DB2E81BA": 0.0})

    plan = make(load(PROJECT, "dev"), TODAY, ask=ask)

    assert "g6.8xlarge" in asked
    assert [each.fits for each in plan.fit if "L-DB2E81BA" in each.where] == [Fits.NO]
    assert not plan.fine
