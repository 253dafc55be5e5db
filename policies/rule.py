"""A rule: a named value with what it is for, how to put it right, and a pure function that judges one resource."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from policies.stack import Resource, Stack
from stacks.settings import Settings


class Level(StrEnum):
    """What a violation means: mandatory ones stop an update, advisory ones are told."""

    MANDATORY = "mandatory"
    ADVISORY = "advisory"


class Severity(StrEnum):
    """How bad a violation is, in the words of Pulumi's policies and of most scanners."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a rule judges: one resource among the others of its stack.

    Attributes:
        resource: the one.
        stack: all of them.
        settings: what the environment's file says.
        today: the day of the judgement, UTC.
    """

    resource: Resource
    stack: Stack
    settings: Settings
    today: date


Judge = Callable[[Subject], str | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule.

    Attributes:
        name: in kebab case, as waivers name it.
        description: what must be, in one sentence.
        types: the resource types that it judges; resources of other types don't concern it.
        judge: what is wrong with the resource, None where all is well; raises `NotEvaluatedError` where it can't tell.
        level: mandatory or advisory.
        severity: how bad a violation is.
        remediation: what to do.
        reference: what it follows, an address or the name of a document.
        example: a stack, as few resources as can be, that breaks it; the first resource is the one in violation.
        checkov: ids of checkov's rules that ask the same; none where no public rule does.
    """

    name: str
    description: str
    types: tuple[str, ...]
    judge: Judge
    level: Level
    severity: Severity
    remediation: str
    reference: str
    example: tuple[Resource, ...]
    checkov: tuple[str, ...] = ()


def example(kind: str, properties: Mapping[str, object], **made_from: Resource) -> Resource:
    """A resource of an example: its properties, and by property (camelCase) which other resource it is made from."""
    name = kind.rpartition(":")[2].lower()
    behind = {key: (other.urn,) for key, other in made_from.items()}
    return Resource(kind, name, f"urn:pulumi:example::ai-datacenter::{kind}::{name}", properties, behind)


def subjects(rule: Rule, stack: Stack, settings: Settings, today: date) -> Iterator[Subject]:
    """What a rule judges in a stack."""
    return (Subject(resource, stack, settings, today) for resource in stack.of(*rule.types))
