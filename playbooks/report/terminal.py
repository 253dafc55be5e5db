"""The end of a run in the terminal: what to act on first, then a line per check and fleet, then the verdict."""

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from playbooks.findings import Finding, Verdict
from playbooks.history.past import Past, stories
from playbooks.history.retest import Change
from playbooks.report import digest, problem_lines
from playbooks.report.legible import legible
from playbooks.report.marks import MARKS, encodable
from playbooks.report.masked import masked_run
from playbooks.report.quantities import span
from playbooks.report.run import Run

MOST_PROBLEMS = 20  # a screen or two; the reports have all of them
MOST_NOTES = 3
MOST_TIMES = 4
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


def show(run: Run, console: Console, reports: Path | None = None, past: Past = Past()) -> None:  # noqa: B008 - a tuple
    """Print the report of a run at the console's width.

    Args:
        run: the run.
        console: where to.
        reports: the folder in which its other forms lie; None where they could not be written.
        past: what was known before.
    """
    console.print(Group(*_parts(masked_run(run), Screen(console.encoding), reports, past)))


def _parts(run: Run, screen: Screen, reports: Path | None, past: Past) -> Iterator[RenderableType]:
    found, known, held, changes = digest.problems(run), stories(past, run), digest.blamed(run), past.changes(run)
    if run.injected:
        yield screen.text(f"{digest.injected(run)}\n", "bold yellow")
    if found or run.not_ended:
        yield screen.rule("To act on")
    for problem in found[:MOST_PROBLEMS]:
        lines = problem_lines.found(run, problem), problem_lines.before(problem, known, changes)
        yield _problem(problem, screen, chain(*lines, problem_lines.ticket(problem, held, reports)))
    if len(found) > MOST_PROBLEMS:
        yield screen.text(f"and {len(found) - MOST_PROBLEMS:,} more, in the reports\n", "bold")
    if run.not_ended:
        yield screen.text(digest.left_running(run) + "\n", "bold yellow")
    well = [change for change in changes if change.after.finding.verdict not in digest.NEEDS_ACTION]
    yield from _changes(well, digest.compared(run), screen)
    yield screen.rule(f"Smoke gate of {run.environment}")
    yield _table(run, screen)
    yield from _skipped(run, screen)
    yield from _last_lines(run, screen, reports, past)


def _problem(problem: digest.Problem, screen: Screen, lines: Iterable[tuple[str, str]]) -> Group:
    title = Text.assemble(
        screen.verdict(problem.finding.verdict),
        screen.text(f"  {', '.join(problem.checks)} on {digest.hostlist(problem.nodes)}", "bold"),
        overflow="fold",
    )
    return Group(title, _grid(lines, screen), "")


def _changes(changes: list[Change], heading: str, screen: Screen) -> Iterator[RenderableType]:
    if changes:
        yield screen.rule(heading)
    for change in changes[:MOST_PROBLEMS]:
        title = screen.text(f"{change.check} on {digest.hostlist(change.nodes)}", "bold")
        yield Group(title, _grid(problem_lines.changed(change), screen), "")
    if len(changes) > MOST_PROBLEMS:
        yield screen.text(f"and {len(changes) - MOST_PROBLEMS:,} more, in the reports\n", "bold")


def _grid(lines: Iterable[tuple[str, str]], screen: Screen) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True, min_width=7)
    grid.add_column(overflow="fold")
    for label, text in lines:
        grid.add_row(f"  {label}", screen.text(text))
    return grid


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


def _is_bare(finding: Finding) -> bool:
    """Whether all that a finding says is why its check does not apply."""
    return finding.verdict is Verdict.SKIPPED and not (finding.figure or finding.measurements)


def _skipped(run: Run, screen: Screen) -> Iterator[RenderableType]:
    """What was not asked, a line a reason: most of it has the same few, such as that a type has no GPUs."""
    alike: dict[str, list[Finding]] = {}
    for finding in run.findings:
        if _is_bare(finding):
            alike.setdefault(finding.reason, []).append(finding)
    for reason, findings in alike.items():
        checks = ", ".join(dict.fromkeys(finding.check for finding in findings))
        where = digest.hostlist(digest.nodes_of(findings))
        yield screen.text(f"{MARKS[Verdict.SKIPPED].sign} skipped on {where}: {checks}: {reason}", "dim")


def _rows(group: digest.Group) -> list[tuple[Finding, ...]]:
    """Findings that stand in one line because they agree; where nodes deviate, each of those has its own."""
    alike: dict[tuple[Verdict, str], list[Finding]] = {}
    for finding in group.findings:
        if _is_bare(finding):
            continue
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
    """What else was measured, where somebody must act; of what is fine the page has it."""
    if findings[0].verdict not in digest.NEEDS_ACTION:
        return []
    names = dict.fromkeys(figure.name for finding in findings for figure in finding.measurements)
    every = [figure for finding in findings for figure in finding.measurements]
    return [f"{name} {span([figure for figure in every if figure.name == name], None)[0]}" for name in names]


def _last_lines(run: Run, screen: Screen, reports: Path | None, past: Past) -> Iterator[RenderableType]:
    told = f"{digest.headline(run)} · {digest.counted(run)} · {run.seconds:.0f} s"
    yield Text.assemble("\n", screen.verdict(run.verdict), screen.text(f"  {told}"), overflow="fold")
    if longest := digest.longest(run)[:MOST_TIMES]:
        yield screen.text(f"Longest: {', '.join(f'{check} {seconds:.1f} s' for check, seconds in longest)}.", "dim")
    for note in past.notes[:MOST_NOTES]:
        yield screen.text(f"Not all is known of the earlier runs: {note}.", "dim")
    if reports:
        yield screen.text(f"{reports / 'report.html'}, report.json and report.xml", "dim")
