import io
from dataclasses import replace
from decimal import Decimal

from rich.console import Console

from playbooks.plan.comparison import Comparison, compared
from playbooks.plan.digest import short_type
from playbooks.plan.plan import Cost, Plan
from playbooks.plan.terminal import show
from policies.verdicts import Verdict
from tests.playbooks.plan.plans import PLAN, ruled, with_vpc


def shown(plan: Plan, comparison: Comparison | None = None) -> list[str]:
    """The lines that a person sees at 120 columns."""
    written = io.StringIO()
    show(plan, Console(file=written, width=120), comparison)
    return [line.rstrip() for line in written.getvalue().splitlines()]


def test_resources_stand_below_their_components_and_are_counted() -> None:
    """What a person reads before anything is created."""
    lines = shown(PLAN)

    assert lines[0] == "dev  1 resources in 1 components"
    assert lines[1:3] == ["└── dev  Network", "    └──    1 ec2 Vpc"]
    assert lines[-1] == "Fine. Nothing was created."


def test_what_is_wrong_is_the_last_word() -> None:
    """It stands above the prompt."""
    plan = replace(ruled(Verdict.VIOLATION), cost=Cost(PLAN.cost.lines, Decimal(1)))

    assert shown(plan)[-1] == "Not fine: 1 mandatory violation; the budget is exceeded. Nothing was created."


def test_a_change_shows_before_and_after() -> None:
    """A line a property."""
    changed = with_vpc(cidrBlock="10.9.0.0/16", tags={"owner": "us"})
    lines = shown(changed, compared("main", PLAN, changed))

    assert "~ dev-vpc  ec2 Vpc" in lines
    assert "    cidrBlock: 10.1.0.0/16 -> 10.9.0.0/16" in lines


def test_types_are_told_without_what_repeats() -> None:
    """The module and the class, which is how people speak of them."""
    assert short_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule") == "vpc SecurityGroupIngressRule"
    assert short_type("ai-datacenter:components:Network") == "Network"
