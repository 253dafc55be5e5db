"""What every rule must be, whatever it asks."""

import re

import pytest

from policies.rule import Rule, subjects
from policies.rules import AREAS, RULES
from policies.stack import Stack
from policies.verdicts import Verdict, ruling
from tests.policies.documents import TODAY, settings

by_name = pytest.mark.parametrize("rule", AREAS, ids=lambda rule: rule.name)


def test_names_are_unique_and_in_kebab_case() -> None:
    """Waivers and reports name a rule by it."""
    names = [rule.name for rule in RULES]

    assert len(set(names)) == len(names)
    assert [name for name in names if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", name) is None] == []


@by_name
def test_its_example_breaks_it(rule: Rule) -> None:
    """A rule that nothing breaks is no rule: the first resource of the example is in violation, in words."""
    stack = Stack(rule.example)
    found = [ruling(rule, subject) for subject in subjects(rule, stack, settings(), TODAY)]
    (first,) = [each for each in found if each.urn == rule.example[0].urn]

    assert first.verdict is Verdict.VIOLATION
    assert "crashed" not in first.message
    assert len(first.message.split()) >= 3


@by_name
def test_it_says_what_must_be_what_to_do_and_why(rule: Rule) -> None:
    """Whoever meets a violation reads these three."""
    assert rule.description.endswith(".")
    assert rule.remediation.endswith(".")
    assert re.match(r"https://|docs/|[A-Z]", rule.reference)


@by_name
def test_no_property_at_all_is_no_crash(rule: Rule) -> None:
    """A resource may say nothing; the rule has a word on it all the same."""
    of = settings()
    for kind in rule.types:
        bare = type(rule.example[0])(kind, "bare", f"urn:pulumi:dev::p::{kind}::bare", {})
        (subject,) = subjects(rule, Stack([bare]), of, TODAY)

        assert "crashed" not in ruling(rule, subject).message
