"""The rules as a policy pack of Pulumi's: what the engine hands over, judged by the same functions as in a plan."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy import Severity as PulumiSeverity
from pulumi_policy.proxy import UnknownValueError

from policies.rule import Rule
from policies.rules import RULES
from policies.stack import Resource, Stack
from policies.unknown import Unknown
from policies.verdicts import Ruling, Verdict, rulings
from stacks.environment import Environment, load, project_root

NAME = "ai-datacenter"
RULINGS = "AIDC_RULINGS"  # names a folder that every ruling is written to, a file a rule: tests hold it against a plan


def pack() -> PolicyPack:
    """Hand the rules to the engine."""
    return PolicyPack(name=NAME, policies=[_policy(rule) for rule in RULES])


def stack_of(resources: Sequence[PolicyResource]) -> Stack:
    """What the engine hands over, as rules look at it."""
    return Stack([_resource(each) for each in resources])


def _policy(rule: Rule) -> StackValidationPolicy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        settings = _environment(args.resources[0].urn).settings
        found = rulings([rule], stack_of(args.resources), settings, datetime.now(UTC).date())
        for each in found:
            if each.verdict is Verdict.VIOLATION:
                report(f"{each.resource}: {each.message}", each.urn)
            elif each.verdict is Verdict.NOT_EVALUATED:  # reporting it would stop a preview of anything new
                print(f"{rule.name}: {each.resource}: not evaluated: {each.message}", file=sys.stderr)  # noqa: T201
        _keep(rule.name, found)

    return StackValidationPolicy(
        name=rule.name,
        description=rule.description,
        validate=validate,
        enforcement_level=EnforcementLevel(rule.level.value),
        severity=PulumiSeverity(rule.severity.value),
        remediation_steps=rule.remediation,
        url=rule.reference,
    )


@cache
def _environment(urn: str) -> Environment:
    """The environment of a resource: its stack's, whose name the engine writes into every URN."""
    return load(project_root(), urn.split("::", maxsplit=1)[0].removeprefix("urn:pulumi:"))


def _keep(rule: str, found: Sequence[Ruling]) -> None:
    if folder := os.environ.get(RULINGS):
        Path(folder, f"{rule}.json").write_text(json.dumps([asdict(each) for each in found]), encoding="utf-8")


def _resource(given: PolicyResource) -> Resource:
    return Resource(
        type=given.resource_type,
        name=given.name,
        urn=given.urn,
        properties=_known(given.props, ""),
        property_dependencies={
            key: tuple(each.urn for each in made) for key, made in given.property_dependencies.items()
        },
        protect=given.opts.protect,
    )


def _known(value: Any, path: str) -> Any:  # noqa: ANN401 - a property may be anything that JSON can say
    """A value without the SDK's proxies; what is not known yet is marked as such."""
    if isinstance(value, Mapping):
        return {key: _item(value, key, f"{path}.{key}".lstrip(".")) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_item(value, index, f"{path}[{index}]") for index in range(len(value))]
    return value


def _item(container: Any, key: Any, path: str) -> Any:  # noqa: ANN401 - the same
    try:
        return _known(container[key], path)
    except UnknownValueError:
        return Unknown(path)
