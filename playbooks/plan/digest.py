"""A plan's figures and values as people read them: what every form of a plan for people shares."""

import json
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from components.catalogue.instance_types import instance_type, names
from playbooks.plan.cost import USE, VOLUME
from playbooks.plan.plan import HOURS_A_MONTH, Cost, CostLine, Fits, Plan
from policies.rule import Level
from policies.verdicts import Ruling, Verdict

MOST_CHARACTERS = 120  # of a value


class ComponentCost(NamedTuple):
    """What one component costs: US dollars an hour of what is known, and what is not in that sum."""

    name: str
    usd_an_hour: Decimal
    unknown: tuple[str, ...]


def by_component(cost: Cost) -> list[ComponentCost]:
    """The cost of each component, the dearest first."""
    lines: dict[str, list[CostLine]] = {}
    for line in cost.lines:
        lines.setdefault(line.component, []).append(line)
    found = [
        ComponentCost(name, sum((each.usd_an_hour or Decimal(0) for each in own), Decimal(0)), _unknown(own))
        for name, own in lines.items()
    ]
    return sorted(found, key=lambda each: (-each.usd_an_hour, each.name))


def _unknown(lines: Sequence[CostLine]) -> tuple[str, ...]:
    quantities: dict[str, Decimal] = {}
    for line in lines:
        if line.price is None:
            what = f"{line.item} ({'by use' if line.note == USE else 'price not known'})"
            quantities[what] = quantities.get(what, Decimal(0)) + line.quantity
    return tuple(what if quantity == 1 else f"{quantity:,} x {what}" for what, quantity in quantities.items())


def idle(cost: Cost) -> list[str]:
    """What costs although nobody uses it, each once: an accelerator that waits, a NAT gateway, a volume left behind."""
    told: dict[str, None] = {}
    for line in cost.lines:
        if line.price and (text := _idle(line)):
            told[text] = None
    return list(told)


def _idle(line: CostLine) -> str:
    each = (line.usd_an_hour or Decimal(0)) / line.quantity
    kind, _, _ = line.item.partition(",")
    if line.item == "NAT gateway":
        return f"a NAT gateway, used or not: {usd(each * HOURS_A_MONTH)} a month"
    if line.item.endswith(VOLUME):
        month = each * HOURS_A_MONTH * int(line.item.partition(" ")[0])
        return f"a volume left of a node, {line.item.removesuffix(VOLUME)}: {usd(month)} a month"
    if kind in names() and (count := instance_type(kind).accelerators):
        return f"each {instance_type(kind).accelerator} of {kind} that waits: {usd(each / count)} an hour"
    return ""


def not_fine(plan: Plan) -> list[str]:
    """Why a plan is not fine, in words; empty where it is."""
    violations, words = len(plan.violations), []
    if violations:
        words.append(f"{violations} mandatory violation{'s'[: violations > 1]}")
    words += [f"{each.where} does not fit ({each.what})" for each in plan.fit if each.fits is Fits.NO]
    return [*words, "the budget is exceeded"] if plan.cost.over_budget else words


def not_passed(rulings: Sequence[Ruling]) -> list[Ruling]:
    """What there is to say of the policies, the worst first."""
    told = [each for each in rulings if each.verdict is not Verdict.PASS]
    return sorted(told, key=lambda each: (SEVEREST.index(each.verdict), each.level is not Level.MANDATORY, each.rule))


SEVEREST = (Verdict.VIOLATION, Verdict.NOT_EVALUATED, Verdict.WAIVED)


def policy_summary(rulings: Sequence[Ruling]) -> str:
    """How many rules looked at how many resources, and with what verdicts."""
    count = Counter(each.verdict for each in rulings)
    told = ", ".join(f"{count[verdict]} {verdict}" for verdict in Verdict if count[verdict])
    return f"{len({each.rule for each in rulings})} rules on {len({each.urn for each in rulings})} resources: {told}."


def usd(amount: Decimal) -> str:
    """US dollars: cents below a thousand, whole dollars above."""
    return f"${amount:,.2f}" if amount < 1000 else f"${amount:,.0f}"  # noqa: PLR2004 - as the docstring says


def shown_value(value: Any) -> str:  # noqa: ANN401 - JSON
    """A property's value on one line, cut where it is long."""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    text = " ".join(text.split())
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}…"


def short_type(token: str) -> str:
    """A type's token without what repeats: `aws:ec2/vpc:Vpc` is `ec2 Vpc`, a component's its class's name."""
    module, _, name = token.removeprefix("aws:").removeprefix("ai-datacenter:").rpartition(":")
    return name if module == "components" else f"{module.split('/')[0]} {name}"
