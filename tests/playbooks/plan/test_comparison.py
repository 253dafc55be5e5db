from dataclasses import replace
from decimal import Decimal

from playbooks.plan.comparison import MISSING, Kind, PropertyChange, compared
from playbooks.plan.graph import Graph
from playbooks.plan.plan import Cost
from policies.verdicts import Verdict
from tests.playbooks.plan.plans import NETWORK, PLAN, ruled, with_vpc


def test_the_same_plan_differs_in_nothing() -> None:
    """Not in cost either."""
    found = compared("main", PLAN, PLAN)

    assert (found.changes, found.new, found.fixed) == ((), (), ())
    assert found.usd_an_hour_before == found.usd_an_hour_after == Decimal("0.045")


def test_a_change_is_told_by_property_at_any_depth() -> None:
    """Before and after; what is new or gone has a word for it."""
    (change,) = compared("main", PLAN, with_vpc(cidrBlock="10.1.0.0/16", tags={"owner": "them", "team": "b"})).changes

    assert change.kind is Kind.CHANGED
    assert change.properties == (
        PropertyChange("tags.owner", "us", "them"),
        PropertyChange("tags.team", MISSING, "b"),
    )


def test_lists_are_compared_by_place() -> None:
    """An item that is gone is told as such."""
    (change,) = compared("main", with_vpc(zones=["a", "b"]), with_vpc(zones=["c"])).changes

    assert change.properties == (
        PropertyChange("zones[0]", "a", "c"),
        PropertyChange("zones[1]", "b", MISSING),
    )


def test_added_and_removed_resources_are_told() -> None:
    """By the engine's name of them."""
    without = replace(PLAN, graph=Graph((NETWORK,)))

    assert [(each.kind, each.name) for each in compared("main", without, PLAN).changes] == [(Kind.ADDED, "dev-vpc")]
    assert [(each.kind, each.name) for each in compared("main", PLAN, without).changes] == [(Kind.REMOVED, "dev-vpc")]


def test_new_and_fixed_violations_are_apart() -> None:
    """One that both have is neither."""
    bad = ruled(Verdict.VIOLATION)

    assert [each.rule for each in compared("main", PLAN, bad).new] == ["default-sg-closed"]
    assert [each.rule for each in compared("main", bad, PLAN).fixed] == ["default-sg-closed"]
    assert (compared("main", bad, bad).new, compared("main", bad, bad).fixed) == ((), ())


def test_cost_before_and_after() -> None:
    """Of what is known."""
    found = compared("main", replace(PLAN, cost=Cost(())), PLAN)

    assert (found.usd_an_hour_before, found.usd_an_hour_after) == (Decimal(0), Decimal("0.045"))
