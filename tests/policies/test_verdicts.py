from dataclasses import replace

from policies.fabric import EFA_SG_SELF
from policies.rule import Level, Subject
from policies.rules import RULES
from policies.stack import Resource, Stack
from policies.unknown import Unknown
from policies.verdicts import Verdict, rulings
from tests.policies.documents import ROOT, TODAY, settings

NAME = EFA_SG_SELF.example[0].name
WAIVER = {"rule": "efa-sg-self", "resource": NAME, "reason": "a trial of one week", "expires": "2026-11-22"}


def verdicts(*waivers: dict[str, str], resources: tuple[Resource, ...] = EFA_SG_SELF.example) -> dict[str, Verdict]:
    """Each rule's worst word on the example and the environment."""
    found = rulings(RULES, Stack([ROOT, *resources]), settings(waivers=list(waivers)), TODAY)
    return {each.rule: each.verdict for each in found if each.rule in ("efa-sg-self", "waiver-has-reason-and-expiry")}


def test_a_waiver_covers_until_its_last_day() -> None:
    """The violation is told, and does not count."""
    assert verdicts(WAIVER) == {"efa-sg-self": Verdict.WAIVED, "waiver-has-reason-and-expiry": Verdict.PASS}


def test_an_expired_waiver_covers_nothing_and_is_a_violation_itself() -> None:
    """Or it would be forgotten."""
    both = {"efa-sg-self": Verdict.VIOLATION, "waiver-has-reason-and-expiry": Verdict.VIOLATION}

    assert verdicts({**WAIVER, "expires": "2026-11-21"}) == both


def test_an_unused_waiver_is_a_violation() -> None:
    """It would cover the next mistake."""
    (group, template, *rules) = EFA_SG_SELF.example
    sound = [
        replace(rule, property_dependencies={**rule.property_dependencies, "referencedSecurityGroupId": (group.urn,)})
        for rule in rules
    ]

    assert verdicts(WAIVER, resources=(group, template, *sound)) == {
        "efa-sg-self": Verdict.PASS,
        "waiver-has-reason-and-expiry": Verdict.VIOLATION,
    }


def test_a_waiver_of_a_rule_that_there_is_not_is_a_violation() -> None:
    """A slip of the pen."""
    assert verdicts({**WAIVER, "rule": "efa-sg-shelf"})["waiver-has-reason-and-expiry"] is Verdict.VIOLATION


def test_a_rule_that_crashes_fails_closed_by_name() -> None:
    """It is mandatory then, whatever it was."""

    def crash(_: Subject) -> str | None:
        raise KeyError("cidrIpv4")

    rule = replace(EFA_SG_SELF, judge=crash, level=Level.ADVISORY)
    (only,) = rulings([rule], Stack(EFA_SG_SELF.example), settings(), TODAY)

    assert (only.verdict, only.level) == (Verdict.VIOLATION, Level.MANDATORY)
    assert only.message == "the rule efa-sg-self crashed: KeyError: 'cidrIpv4'"


def test_a_value_that_is_not_known_yet_is_not_evaluated() -> None:
    """Never a pass, and never a violation."""
    group, template, *rules = EFA_SG_SELF.example
    unknown = replace(template, properties={"networkInterfaces": Unknown("networkInterfaces")})
    (only,) = rulings([EFA_SG_SELF], Stack([group, unknown, *rules]), settings(), TODAY)

    assert only.verdict is Verdict.NOT_EVALUATED
    assert only.message == "networkInterfaces is not known before the update"
