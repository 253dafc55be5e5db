"""A plan as JUnit XML: a case for every rule on every resource, for everything that must fit, and for the budget."""

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from playbooks.plan.digest import usd
from playbooks.plan.plan import Fits, Plan
from playbooks.report.legible import legible
from policies.rule import Level
from policies.verdicts import Verdict


def to_junit(plan: Plan) -> bytes:
    """The plan as JUnit XML in UTF-8. Advisory violations and what is not evaluated are skipped cases, with words."""
    root = ET.Element("testsuites", {"name": f"plan {plan.environment}"})
    root.append(_suite(f"{plan.environment}.policies", _policies(plan)))
    root.append(_suite(f"{plan.environment}.fit", _fit(plan)))
    root.append(_suite(f"{plan.environment}.cost", _budget(plan)))
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


Case = tuple[str, str, str]  # its name; `failure`, `skipped` or nothing; what there is to say


def _suite(name: str, cases: Iterable[Case]) -> ET.Element:
    cases = list(cases)
    failures, skipped = (sum(outcome == each for _, outcome, _ in cases) for each in ("failure", "skipped"))
    counts = {"tests": len(cases), "failures": failures, "errors": 0, "skipped": skipped}
    suite = ET.Element("testsuite", {"name": name, **{key: str(count) for key, count in counts.items()}})
    for title, outcome, told in cases:
        case = ET.SubElement(suite, "testcase", {"classname": name, "name": legible(title)})
        if outcome:
            ET.SubElement(case, outcome, {"message": legible(told)}).text = legible(told)
    return suite


def _policies(plan: Plan) -> Iterable[Case]:
    for each in plan.rulings:
        bad = each.verdict is Verdict.VIOLATION and each.level is Level.MANDATORY
        outcome = "failure" if bad else "" if each.verdict is Verdict.PASS else "skipped"
        yield f"{each.rule}: {each.resource}", outcome, f"{each.verdict}: {each.message}"


def _fit(plan: Plan) -> Iterable[Case]:
    outcomes = {Fits.YES: "", Fits.NO: "failure", Fits.NOT_EVALUATED: "skipped"}
    for each in plan.fit:
        told = f"{each.fits}: {each.needed} {each.unit} needed, {each.available} there: {each.reason}"
        yield f"{each.what}: {each.where}", outcomes[each.fits], told


def _budget(plan: Plan) -> Iterable[Case]:
    cost = plan.cost
    if cost.monthly_limit_usd is None:
        yield "budget", "skipped", "the settings have no budget"
    else:
        told = f"{usd(cost.usd_a_month)} a month of {usd(cost.monthly_limit_usd)}"
        yield "budget", "failure" if cost.over_budget else "", told
