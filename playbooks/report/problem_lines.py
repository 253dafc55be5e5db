"""A problem in labelled lines for the terminal: what, where, why, what to do, how it was before, and the ticket."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from playbooks.findings import Finding, Verdict
from playbooks.history.machines import Trend
from playbooks.history.past import Story
from playbooks.history.retest import Change, Said
from playbooks.report import digest, sparkline
from playbooks.report.marks import MARKS
from playbooks.report.quantities import compact, shown
from playbooks.report.run import Run
from playbooks.report.ticket import FOLDER, file_name

MOST_NODES = 8  # whose instance and address stand under a problem
MOST_TRENDS = 3

Lines = Iterator[tuple[str, str]]


def found(run: Run, problem: digest.Problem) -> Lines:
    """What was measured, where, why it is a problem, and what to do."""
    for finding in problem.findings[:MOST_NODES]:
        if finding.figure:
            yield "what", measured(finding)
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


def before(problem: digest.Problem, known: Mapping[str, Story], changes: Sequence[Change]) -> Lines:
    """What was said of it last and is now; and how the same machine did in its earlier runs, for one node or two."""
    of_it = (change for change in changes if any(change.after.finding is finding for finding in problem.findings))
    for change in islice(of_it, MOST_NODES):
        yield "before", _said(change.before, change.others(change.before))
        yield "now", f"{_when(change.after)}: {measured(change.after.finding)}"  # why stands above
        yield from _replaced(change)
    for name in problem.nodes if len(problem.nodes) <= digest.PAIR else ():
        if name not in known:
            continue
        story, who = known[name], f"{name} " if len(problem.nodes) > 1 else ""
        if story.former:
            yield "runs", f"{who}was {story.former}: this is another machine"
        if story.earlier:
            yield "runs", f"{who}{_verdicts(story)}"
        checks = set(problem.checks)
        for trend in islice((each for each in story.trends if each.check in checks), MOST_TRENDS):
            yield "", _trend(trend)
        for sighting in story.moved[:MOST_NODES]:
            part, last = sighting.part, sighting.last
            number = part.serial or part.uuid
            yield "", f"{part.name} ({number}) was in {last.instance_id} on {last.time:%Y-%m-%d}: {last.verdict} there"


def ticket(problem: digest.Problem, held: Mapping[str, Sequence[Finding]], reports: Path | None) -> Lines:
    """The files for the vendor."""
    names = [] if reports is None else digest.with_ticket(problem, held)
    for name in names[:MOST_NODES]:
        yield "ticket", f"{reports}/{FOLDER}/{file_name(name)}"
    if len(names) > MOST_NODES:
        yield "", f"and {len(names) - MOST_NODES:,} more in {reports}/{FOLDER}"


def changed(change: Change) -> Lines:
    """A finding before and after."""
    for label, said in (("before", change.before), ("now", change.after)):
        yield label, _said(said, change.others(said))
    yield from _replaced(change)


def measured(finding: Finding) -> str:
    """A finding's figure, and what was wanted."""
    if finding.figure is None:
        return "not measured"
    figure, limit = shown(finding.figure, finding.threshold)
    return f"{finding.figure.name} {figure}{f', wanted {limit}' if limit else ''}"


def _replaced(change: Change) -> Lines:
    if change.replaced:
        yield "", f"{digest.hostlist(change.replaced)}: another instance than before"


def _when(said: Said) -> str:
    return f"{said.finding.verdict} on {said.time:%Y-%m-%d %H:%M} UTC"


def _said(said: Said, others: Sequence[str]) -> str:
    finding = said.finding
    figure = f"{measured(finding)}; " if finding.figure else ""
    together = f", with {digest.hostlist(others)}" if others else ""
    return f"{_when(said)}{together}: {figure}{finding.reason}"


def _verdicts(story: Story) -> str:
    """The earlier verdicts as signs, the oldest first, and since when nothing has been well."""
    signs = " ".join(MARKS[entry.verdict].sign for entry in story.earlier[-sparkline.MOST :])
    last = story.earlier[-1]
    passed = [entry for entry in story.earlier if entry.verdict is Verdict.PASS]
    if last.verdict is Verdict.PASS:
        return f"{signs}, PASS on {last.time:%Y-%m-%d %H:%M} UTC"
    since = f"last PASS on {passed[-1].time:%Y-%m-%d %H:%M} UTC" if passed else "never a PASS"
    return f"{signs}, {since}"


def _trend(trend: Trend) -> str:
    last = compact(trend.values[-1], trend.unit)
    first = compact(trend.values[max(0, len(trend.values) - sparkline.MOST)], trend.unit)
    return f"{trend.figure} {sparkline.blocks(trend.values)} {first} to {last}"
