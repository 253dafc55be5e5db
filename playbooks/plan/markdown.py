"""A plan as Markdown, for a comment in a pull request."""

import re
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from playbooks.plan.comparison import Comparison, Kind
from playbooks.plan.digest import by_component, idle, not_fine, not_passed, policy_summary, short_type, shown_value, usd
from playbooks.plan.graph import Graph
from playbooks.plan.plan import Plan
from policies.rule import Level
from policies.verdicts import Ruling, Verdict

MOST_CHARACTERS = 60_000  # GitHub refuses a comment of more than 65,536


def to_markdown(plan: Plan, comparison: Comparison | None = None) -> str:
    """The plan, its changes first; cut, with a word about it, where GitHub would refuse a comment of that length."""
    components = by_component(plan.cost)
    text = _template().render(
        plan=plan,
        comparison=comparison,
        verdict="; ".join(not_fine(plan)) or "fine",
        told=not_passed(plan.rulings),
        summary=policy_summary(plan.rulings),
        components=components,
        idle=idle(plan.cost),
        unknown=[what for each in components for what in each.unknown if "by use" not in what],
        sources=sorted({f"{line.price.source} ({line.price.date})" for line in plan.cost.lines if line.price}),
        kinds=list(Kind),
    )
    text = re.sub(r"\n{3,}", "\n\n", text)  # what conditions that did not hold leave
    if len(text) <= MOST_CHARACTERS:
        return text
    end = text.rfind("\n", 0, MOST_CHARACTERS)
    return f"{text[:end]}\n\n</details>\n\n**Cut here: `aidc plan {plan.environment}` shows the whole of it.**\n"


@cache
def _template() -> Template:
    # What is made is Markdown, and `cell` makes harmless what comes from the settings.
    environment = Environment(  # noqa: S701
        loader=PackageLoader("playbooks.plan", "."),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"cell": _cell, "mark": _mark, "figure": _figure, "custom": _custom}
    environment.globals |= {"usd": usd, "short_type": short_type, "shown_value": shown_value}
    return environment.get_template("plan.md.j2")


def _cell(text: str) -> str:
    """Text that breaks neither a table nor the page, whatever a setting holds."""
    harmless = {"|": "\\|", "<": "&lt;", "`": "'", "@": "@\u200b"}  # a mention would send mail to somebody
    return "".join(harmless.get(each, each) for each in " ".join(text.split()))


def _mark(each: Ruling) -> str:
    if each.verdict is Verdict.VIOLATION:
        return "❌" if each.level is Level.MANDATORY else "⚠️"
    return {Verdict.WAIVED: "waived", Verdict.NOT_EVALUATED: "❔"}[each.verdict]


def _figure(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:,.10g} {unit}"


def _custom(graph: Graph) -> int:
    return sum(resource.custom for resource in graph)
