"""What the tests of policies judge."""

from dataclasses import replace
from datetime import date
from typing import Any

from policies.rule import Rule, Subject
from policies.stack import STACK, Resource, Stack
from stacks.settings import Settings
from tests.stacks.documents import changed, settings_of

TODAY = date(2026, 11, 22)
ROOT = Resource(STACK, "ai-datacenter-dev", f"urn:pulumi:dev::ai-datacenter::{STACK}::ai-datacenter-dev", {})


def settings(**changes: Any) -> Settings:  # noqa: ANN401 - what a setting may be
    """Valid settings with other values; `__` stands for the dot."""
    return settings_of(changed(**changes))


def called(name: str, resource: Resource) -> Resource:
    """The same resource under another name: two of one type stand side by side."""
    return replace(resource, name=name, urn=f"{resource.urn}-{name}")


def word(rule: Rule, *resources: Resource, of: Settings | None = None) -> str | None:
    """What a rule says is wrong with the first of these resources, among the others."""
    return rule.judge(Subject(resources[0], Stack(resources), of or settings(), TODAY))
