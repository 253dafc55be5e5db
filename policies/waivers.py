"""Waivers themselves: each covers a violation that exists, and has not expired."""

from collections.abc import Sequence

from policies.rule import Level, Rule, Severity, Subject, example, subjects
from policies.stack import STACK
from policies.verdicts import Verdict, ruling


def waiver_rule(others: Sequence[Rule]) -> Rule:
    """The rule that waivers of these other rules are held to."""

    def judge(subject: Subject) -> str | None:
        """Judge the environment: what is wrong with each of its waivers."""
        names = {rule.name: rule for rule in others}
        wrong = []
        for waiver in subject.settings.waivers:
            what = f"the waiver of {waiver.rule} for {waiver.resource}"
            rule = names.get(waiver.rule)
            if rule is None:
                wrong.append(f"{what}: there is no such rule")
            elif waiver.expires < subject.today:
                wrong.append(f"{what} expired on {waiver.expires}")
            elif not _covers(rule, waiver.resource, subject):
                wrong.append(f"{what} covers nothing")
        return "; ".join(wrong) or None

    return Rule(
        name="waiver-has-reason-and-expiry",
        description="Every waiver has a reason, has not expired, and covers a violation that exists.",
        types=(STACK,),
        judge=judge,
        level=Level.MANDATORY,
        severity=Severity.HIGH,
        remediation="Put the resource right and remove the waiver, or renew it with a reason that holds today.",
        reference="docs/policies.md#waivers",
        example=(example(STACK, {}),),
    )


def _covers(rule: Rule, resource: str, subject: Subject) -> bool:
    every = subjects(rule, subject.stack, subject.settings, subject.today)
    return any(each.resource.name == resource and ruling(rule, each).verdict is Verdict.VIOLATION for each in every)
