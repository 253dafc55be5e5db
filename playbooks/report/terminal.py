"""The end of a run in the terminal: what to act on first, then a line per check and fleet, then the verdict."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from playbooks.findings import Finding, Verdict
from playbooks.report import digest
from playbooks.report.legible import legible
from playbooks.report.marks import MARKS, encodable
from playbooks.report.quantities import shown, span
from playbooks.report.run import Run

MOST_PROBLEMS = 20  # a screen or two; the reports have all of them
MOST_NODES = 8  # whose instance and address stand under a problem
MOST_ROWS = 20  # of one check on one fleet
MOST_CHARACTERS = 40  # of a list of nodes in the table


class Screen(NamedTuple):
    """What the stream can show."""

    encoding: str

    def text(self, text: str, style: str = "") -> Text:
        """Text that is harmless, and that the stream can hold."""
        return Text(encodable(legible(text), self.encoding), style, overflow="fold")

    def verdict(self, verdict: Verdict) -> Text:
        """A verdict with its sign and colour."""
        return self.text(f"{MARKS[verdict].sign} {verdict}", MARKS[verdict].style)

    def rule(self, title: str) -> Rule:
        """A line with a title in it."""
        return Rule(self.text(title, "bold"), align="left", style="dim", characters=encodable("─", self.encoding)[0])


def show(run: Run, console: Console, reports: Path | None = None) -> None:
    """Print the report of a run at the console's width; `reports` is the folder in which its other forms lie."""
    console.print(Group(*_parts(run, Screen(console.encoding), reports)))


def _parts(run: Run, screen: Screen, reports: Path | None) -> Iterator[RenderableType]:
    found = digest.problems(run)
    if found or run.not_ended:
        yield screen.rule("To act on")
    for problem in found[:MOST_PROBLEMS]:
        yield _problem(run, problem, screen)
    if len(found) > MOST_PROBLEMS:
        yield screen.text(f"and {len(found) - MOST_PROBLEMS:,} more, in the reports\n", "bold")
    if run.not_ended:
        yield screen.text(digest.left_running(run) + "\n", "bold yellow")
    yield screen.rule(f"Smoke gate of {run.environment}")
    yield _table(run, screen)
    yield from _last_lines(run, screen, reports)


def _problem(run: Run, problem: digest.Problem, screen: Screen) -> Group:
    title = Text.assemble(
        screen.verdict(problem.finding.verdict),
        screen.text(f"  {', '.join(problem.checks)} on {digest.hostlist(problem.nodes)}", "bold"),
        overflow="fold",
    )
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True, min_width=7)
    grid.add_column(overflow="fold")
    for label, text in _told(run, problem):
        grid.add_row(f"  {label}", screen.text(text))
    return Group(title, grid, "")


def _told(run: Run, problem: digest.Problem) -> Iterator[tuple[str, str]]:
    for finding in problem.findings[:MOST_NODES]:
        if finding.figure:
            figure, limit = shown(finding.figure, finding.threshold)
            yield "what", f"{finding.figure.name} {figure}{f', wanted {limit}' if limit else ''}"
    threshold = problem.finding.threshold
    if threshold:
        yield "", f"threshold from {threshold.source}"
    places = digest.places(run, problem)
    yield from (("where" if index == 0 else "", place) for index, place in enumerate(places[:MOST_NODES]))
    if len(places) > MOST_NODES:
        yield "", f"and {len(places) - MOST_NODES:,} more nodes"
    yield "why", problem.finding.reason
    if problem.finding.action:
        yield "do", problem.finding.action


def _table(run: Run, screen: Screen) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("verdict", "check", "nodes", "measured", "wanted"):
        table.add_column(name, no_wrap=name == "verdict", overflow="fold")
    for group in digest.groups(run):
        rows = _rows(group)
        for findings in rows[:MOST_ROWS]:
            table.add_row(*_cells(group.check, findings, screen))
        if len(rows) > MOST_ROWS:
            table.add_row("", group.check, f"and {len(rows) - MOST_ROWS:,} more")
    return table


def _rows(group: digest.Group) -> list[tuple[Finding, ...]]:
    """Findings that stand in one line because they agree; where nodes deviate, each of those has its own."""
    alike: dict[tuple[Verdict, str], list[Finding]] = {}
    for finding in group.findings:
        said = finding.figure.name if finding.figure else finding.reason
        alike.setdefault((finding.verdict, said), []).append(finding)
    all_agree = len({finding.verdict for finding in group.findings}) == 1
    rows: list[tuple[Finding, ...]] = []
    for (verdict, _), findings in alike.items():
        together = all_agree or verdict in (Verdict.PASS, Verdict.SKIPPED)
        rows.extend([tuple(findings)] if together else [(finding,) for finding in findings])
    return rows


def _cells(check: str, findings: tuple[Finding, ...], screen: Screen) -> list[Text]:
    nodes = digest.nodes_of(findings)
    listed = digest.hostlist(nodes)
    measured, wanted = _measured(findings)
    figures = Text("\n").join([screen.text(measured), *(screen.text(line, "dim") for line in _measurements(findings))])
    return [
        screen.verdict(findings[0].verdict),
        screen.text(check),
        screen.text(listed if len(listed) <= MOST_CHARACTERS else digest.several(len(nodes), "node")),
        figures,
        screen.text(wanted),
    ]


def _measured(findings: tuple[Finding, ...]) -> tuple[str, str]:
    figures = [finding.figure for finding in findings if finding.figure]
    if not figures:
        return "not measured" if findings[0].verdict in digest.NEEDS_ACTION else findings[0].reason, ""
    thresholds = {finding.threshold for finding in findings}
    values, limit = span(figures, next(iter(thresholds)))
    return f"{figures[0].name} {values}", limit if len(thresholds) == 1 else "see the reports"


def _measurements(findings: tuple[Finding, ...]) -> list[str]:
    names = dict.fromkeys(figure.name for finding in findings for figure in finding.measurements)
    every = [figure for finding in findings for figure in finding.measurements]
    return [f"{name} {span([figure for figure in every if figure.name == name], None)[0]}" for name in names]


def _last_lines(run: Run, screen: Screen, reports: Path | None) -> Iterator[RenderableType]:
    told = f"{digest.headline(run)} · {digest.counted(run)} · {run.seconds:.0f} s"
    yield Text.assemble("\n", screen.verdict(run.verdict), screen.text(f"  {told}"), overflow="fold")
    if reports:
        yield screen.text(f"{reports / 'report.html'}, report.json and report.xml", "dim")
