"""Mistakes planted in the environments as they are: each is found by its rule, and nothing else is."""

from datetime import date
from functools import cache

import pytest

from benchmarks.mistakes.changes import Address, Declared, drop
from benchmarks.mistakes.mistake import Mistake
from benchmarks.planted_mistakes import MISTAKES
from playbooks.plan.evaluate import evaluate
from playbooks.plan.policies import judged
from policies.rules import RULES
from policies.verdicts import Ruling, Verdict
from stacks.environment import load, names
from tests.projects import ROOT

TODAY = date(2026, 11, 22)


@cache
def clean(environment: str) -> Declared:
    """What an environment declares; evaluated once."""
    loaded = load(ROOT, environment)
    return Declared(loaded, evaluate(loaded))


def violations(declared: Declared) -> list[Ruling]:
    """What the rules find that no waiver covers."""
    found = judged(declared.graph, declared.environment, TODAY)
    return [each for each in found if each.verdict is Verdict.VIOLATION]


@pytest.mark.parametrize("environment", names(ROOT))
def test_a_clean_environment_has_no_finding(environment: str) -> None:
    """Nothing but what its settings waive; and nothing that could not be told."""
    declared = clean(environment)
    found = judged(declared.graph, declared.environment, TODAY)

    assert [each for each in found if each.verdict not in (Verdict.PASS, Verdict.WAIVED)] == []
    assert {each.rule for each in found} >= {"sg-no-world-ingress", "efa-nic-layout", "tags-required"}


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_is_found_by_its_rule(mistake: Mistake) -> None:
    """On the resource where it was made; what else speaks of it is written beside it."""
    found = violations(mistake.change(clean(mistake.environment)))

    assert (mistake.rule, mistake.resource) in {(each.rule, each.resource) for each in found}
    assert {each.rule for each in found} == {mistake.rule, *mistake.also}
    assert not [each.message for each in found if "crashed" in each.message]


def test_every_rule_has_a_mistake() -> None:
    """Sixty at least, of different names."""
    assert {each.rule for each in MISTAKES} == {rule.name for rule in RULES}
    assert len({each.name for each in MISTAKES}) == len(MISTAKES) >= 60


def test_a_change_of_what_is_not_there_is_refused() -> None:
    """Or a mistake of the set would plant nothing."""
    nowhere = drop(Address("aws:ec2/vpc:Vpc", "dev-nowhere"))

    with pytest.raises(LookupError, match="0 resources are a aws:ec2/vpc:Vpc called dev-nowhere"):
        nowhere(clean("dev"))
