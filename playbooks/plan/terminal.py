"""A plan on the screen, as its reviewer reads it: what would exist, does it fit, what it costs, what it breaks."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from playbooks.plan.comparison import Change, Comparison, Kind
from playbooks.plan.digest import (
    ComponentCost,
    by_component,
    idle,
    not_fine,
    not_passed,
    policy_summary,
    short_type,
    shown_value,
    usd,
)
from playbooks.plan.graph import Graph, Resource
from playbooks.plan.plan import Cost, Fit, Fits, Plan
from policies.rule import Level
from policies.verdicts import Ruling, Verdict

MOST_CHANGES = 40  # resources; the Markdown and the JSON have all of them
MOST_PROPERTIES = 8  # of one resource
FIT_STYLES = {Fits.YES: "green", Fits.NO: "bold red", Fits.NOT_EVALUATED: "yellow"}
KIND_MARKS = {Kind.ADDED: ("+", "green"), Kind.CHANGED: ("~", "yellow"), Kind.REMOVED: ("-", "bold red")}


def show(plan: Plan, console: Console, comparison: Comparison | None = None) -> None:
    """Print a plan, and what it changes where it is held against another."""
    console.print(Group(*_parts(plan, comparison)))


def _parts(plan: Plan, comparison: Comparison | None) -> Iterator[RenderableType]:
    yield _tree(plan)
    if plan.fit:
        yield _title("Does it fit")
        yield _fit(plan.fit)
    yield _title("What it costs")
    yield from _cost(plan.cost)
    yield _title("Policies")
    yield from _policies(plan.rulings)
    if comparison:
        yield _title(f"Against {comparison.base}")
        yield from _comparison(comparison)
    yield Text()
    yield _verdict(plan)


def _title(text: str) -> Text:
    return Text(f"\n{text}", style="bold")


def _table(*columns: str, right: Iterable[int] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="dim")
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index in right else "left", overflow="fold")
    return table


def _tree(plan: Plan) -> Tree:
    custom = sum(resource.custom for resource in plan.graph)
    count = f"{custom} resources in {len(plan.graph) - custom} components"
    tree = Tree(Text.assemble((plan.environment, "bold"), (f"  {count}", "dim")))
    for resource in plan.graph.children(""):
        _grow(tree, plan.graph, resource)
    return tree


def _grow(tree: Tree, graph: Graph, resource: Resource) -> None:
    children = graph.children(resource.urn)
    branch = tree.add(Text.assemble(resource.name, (f"  {short_type(resource.type)}", "dim")))
    for component in (child for child in children if not child.custom):
        _grow(branch, graph, component)
    for kind, count in sorted(Counter(short_type(child.type) for child in children if child.custom).items()):
        branch.add(Text(f"{count:>4} {kind}"))


def _fit(fits: Iterable[Fit]) -> Table:
    """Two lines each: the figures, and below them what they are made of."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for each in fits:
        told = Text.assemble((each.what, "bold"), f", {each.where}{_figures(each)}", (f"\n{each.reason}", "dim"))
        table.add_row(Text(each.fits, style=FIT_STYLES[each.fits]), told)
    return table


def _figures(each: Fit) -> str:
    needed, available = (f"{figure:,.10g}" if figure is not None else "" for figure in (each.needed, each.available))
    if needed and available:
        return f": {needed} of {available} {each.unit}"
    return f": {needed or available} {each.unit}" if needed or available else ""


def _cost(cost: Cost) -> Iterator[RenderableType]:
    if not cost.lines:
        yield Text("Nothing.")
        return
    table = _table("component", "an hour", "a month", "what is not in the sum", right=(1, 2))
    for each in by_component(cost):
        table.add_row(*_cost_row(each))
    table.add_row(Text("together", style="bold"), usd(cost.usd_an_hour), usd(cost.usd_a_month), "")
    yield table
    if told := idle(cost):
        yield Text(f"What idle costs: {'; '.join(told)}.")
    if cost.monthly_limit_usd is not None:
        style, word = ("bold red", "exceeds") if cost.over_budget else ("green", "is within")
        yield Text(f"This {word} the budget of {usd(cost.monthly_limit_usd)} a month.", style=style)


def _cost_row(each: ComponentCost) -> tuple[str, str, str, str]:
    month = each.usd_an_hour * Decimal(730)
    return each.name, usd(each.usd_an_hour), usd(month), "; ".join(each.unknown)


def _policies(rulings: Sequence[Ruling]) -> Iterator[RenderableType]:
    table = _table("", "rule", "resource", "what")
    for each in not_passed(rulings):
        bad = each.verdict is Verdict.VIOLATION
        style = ("bold red" if each.level is Level.MANDATORY else "yellow") if bad else "dim"
        word = f"{each.level} violation" if bad else each.verdict.value
        table.add_row(Text(word, style=style), each.rule, each.resource, each.message)
    if table.row_count:
        yield table
    yield Text(policy_summary(rulings))


def _comparison(comparison: Comparison) -> Iterator[RenderableType]:
    if not comparison.changes:
        yield Text("No resource differs.")
    for change in comparison.changes[:MOST_CHANGES]:
        yield from _change(change)
    if len(comparison.changes) > MOST_CHANGES:
        yield Text(
            f"and {len(comparison.changes) - MOST_CHANGES} more; --format markdown has all of them", style="bold"
        )
    before, after = comparison.usd_an_hour_before, comparison.usd_an_hour_after
    yield Text(f"Cost an hour: {usd(before)} before, {usd(after)} after.")
    for word, found in (("New", comparison.new), ("Fixed", comparison.fixed)):
        for each in found:
            yield Text(f"{word}: {each.rule} on {each.resource}: {each.message}")


def _change(change: Change) -> Iterator[Text]:
    mark, style = KIND_MARKS[change.kind]
    yield Text.assemble((f"{mark} {change.name}", style), (f"  {short_type(change.type)}", "dim"))
    for each in change.properties[:MOST_PROPERTIES]:
        yield Text(f"    {each.path}: {shown_value(each.before)} -> {shown_value(each.after)}")
    if len(change.properties) > MOST_PROPERTIES:
        yield Text(f"    and {len(change.properties) - MOST_PROPERTIES} more properties")


def _verdict(plan: Plan) -> Text:
    if wrong := not_fine(plan):
        return Text(f"Not fine: {'; '.join(wrong)}. Nothing was created.", style="bold red")
    return Text("Fine. Nothing was created.", style="bold green")
