from dataclasses import replace
from decimal import Decimal

import pytest
from junitparser import JUnitXml

from playbooks.plan.junit import to_junit
from playbooks.plan.plan import Fits, Plan
from policies.rule import Level
from policies.verdicts import Verdict
from tests.playbooks.plan.plans import PLAN, ruled


def failures(plan: Plan) -> list[str]:
    """The names of the cases that fail, as a CI would read them."""
    parsed = JUnitXml.fromstring(to_junit(plan))
    return [case.name for suite in parsed for case in suite if any(each._tag == "failure" for each in case.result)]


def test_every_ruling_and_fit_and_the_budget_are_a_case() -> None:
    """The totals say how many."""
    parsed = JUnitXml.fromstring(to_junit(PLAN))

    assert [(suite.name, suite.tests) for suite in parsed] == [("dev.policies", 1), ("dev.fit", 1), ("dev.cost", 1)]
    assert failures(PLAN) == []


@pytest.mark.parametrize(
    ("plan", "failing"),
    [
        (ruled(Verdict.VIOLATION), ["default-sg-closed: dev-default"]),
        (ruled(Verdict.VIOLATION, Level.ADVISORY), []),
        (ruled(Verdict.WAIVED), []),
        (ruled(Verdict.NOT_EVALUATED), []),
        (replace(PLAN, fit=(replace(PLAN.fit[0], fits=Fits.NO),)), ["free addresses: 10.1.0.0/19"]),
        (replace(PLAN, cost=replace(PLAN.cost, monthly_limit_usd=Decimal(1))), ["budget"]),
    ],
)
def test_what_fails_the_plan_fails_its_case(plan: Plan, failing: list[str]) -> None:
    """And nothing else."""
    assert failing == failures(plan)
    assert plan.fine == (failing == [])
