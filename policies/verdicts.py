"""Every rule on every resource that concerns it: pass, violation or not evaluated; and what waivers make of that."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from policies.rule import Level, Rule, Subject, subjects
from policies.stack import Stack
from policies.unknown import NotEvaluatedError
from stacks.settings import Settings, Waiver


class Verdict(StrEnum):
    """What a rule says of a resource."""

    PASS = "pass"  # noqa: S105 - a verdict
    VIOLATION = "violation"
    WAIVED = "waived"
    NOT_EVALUATED = "not evaluated"


@dataclass(frozen=True, slots=True)
class Ruling:
    """One rule's word on one resource.

    Attributes:
        rule: the rule's name.
        level: the rule's level; a rule that crashes holds as mandatory.
        resource: the resource's name in the program.
        urn: the engine's name of it.
        verdict: what it is.
        message: what is wrong, or not known, or why it is waived; empty for a pass.
    """

    rule: str
    level: Level
    resource: str
    urn: str
    verdict: Verdict
    message: str = ""


def rulings(rules: Iterable[Rule], stack: Stack, settings: Settings, today: date) -> list[Ruling]:
    """The word of every rule on every resource, waivers applied."""
    found = [ruling(rule, subject) for rule in rules for subject in subjects(rule, stack, settings, today)]
    return waived(found, settings.waivers, today)


def ruling(rule: Rule, subject: Subject) -> Ruling:
    """One rule's word on one resource. A rule that crashes fails closed, by name."""
    verdict, message, level = Verdict.PASS, "", rule.level
    try:
        wrong = rule.judge(subject)
    except NotEvaluatedError as error:
        verdict, message = Verdict.NOT_EVALUATED, str(error)
    except Exception as error:  # noqa: BLE001 - fails closed, whatever it is
        verdict, message = Verdict.VIOLATION, f"the rule {rule.name} crashed: {type(error).__name__}: {error}"
        level = Level.MANDATORY
    else:
        if wrong is not None:
            verdict, message = Verdict.VIOLATION, wrong
    return Ruling(rule.name, level, subject.resource.name, subject.resource.urn, verdict, message)


def waived(found: Iterable[Ruling], waivers: Sequence[Waiver], today: date) -> list[Ruling]:
    """The same rulings, violations that a waiver in force covers shown as waived."""
    reasons = {(each.rule, each.resource): each for each in waivers if each.expires >= today}

    def told(each: Ruling) -> Ruling:
        waiver = reasons.get((each.rule, each.resource))
        if each.verdict is not Verdict.VIOLATION or waiver is None:
            return each
        why = f"{each.message} (waived until {waiver.expires}: {waiver.reason})"
        return replace(each, verdict=Verdict.WAIVED, message=why)

    return list(map(told, found))
