"""report.html: the run as one page that needs no network, for the person who decides what happens to the machines."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from playbooks.findings import Finding, Verdict
from playbooks.history.past import Past, Story, stories
from playbooks.nodes import Node
from playbooks.report import digest, distribution, sparkline
from playbooks.report.distribution import distributions
from playbooks.report.heat_map import heat_maps
from playbooks.report.legible import clipped, legible
from playbooks.report.marks import MARKS
from playbooks.report.node_table import columns
from playbooks.report.plot import plots
from playbooks.report.quantities import compact, shown
from playbooks.report.run import Run
from playbooks.report.ticket import FOLDER, file_name

EVIDENCE_CHARACTERS = 8_000  # of each piece; report.json has all of it
LARGE_TILES = 32  # nodes whose tiles have room for an address
UNFOLDED = 4  # findings of a section that need nothing done and are shown all the same


class Tile(NamedTuple):
    """A node in the picture of its fleet.

    Attributes:
        name: the node's name.
        number: its number in the fleet.
        verdict: its worst.
        checks: the checks that gave it this verdict.
        alone: whether one of them says it of this node and no other; what a collective says is said of all its nodes.
        node: None where it was declared and not found.
    """

    name: str
    number: str
    verdict: Verdict
    checks: tuple[str, ...]
    alone: bool
    node: Node | None


class Section(NamedTuple):
    """The findings of one check on one fleet: those to act on, and the others."""

    group: digest.Group
    urgent: list[digest.Named]
    calm: list[digest.Named]

    @property
    def folded(self) -> bool:
        """Whether the others would bury what matters."""
        return len(self.calm) > UNFOLDED


def to_html(run: Run, past: Past = Past()) -> bytes:  # noqa: B008 - a tuple that nobody can change
    """The run as a page in UTF-8."""
    known = stories(past, run)
    page = _template().render(
        run=run,
        past=past,
        changes=past.changes(run),
        stories=_urgent_first(run, known),
        known=known,
        blamed=digest.blamed(run),
        ticket=lambda name: f"{FOLDER}/{file_name(name)}",
        maps=heat_maps(run),
        distributions=distributions(run),
        css=Markup(files(__package__).joinpath("page.css").read_text("utf-8")),  # noqa: S704 - this package's own file
        problems=[(problem, digest.places(run, problem)) for problem in digest.problems(run)],
        fleets=_fleets(run),
        large=len(digest.node_verdicts(run)) <= LARGE_TILES,
        sections=[_section(group) for group in digest.groups(run)],
        columns=columns(run),
        plots=plots(run),
        longest=max((each.seconds for each in run.took), default=0.0) or 1.0,
    )
    return page.encode()


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader(__package__, "."),
        autoescape=True,
        finalize=_harmless,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"Verdict": Verdict, "MARKS": MARKS, "digest": digest, "strips": distribution}
    environment.filters |= {
        "anchor": lambda text: re.sub(r"[^a-zA-Z0-9]+", "-", text).strip("-"),
        "clipped": lambda text: clipped(text, EVIDENCE_CHARACTERS),
        "compact": lambda figure: compact(figure.value, figure.unit),
        "points": sparkline.points,
        "shown": lambda finding: shown(finding.figure, finding.threshold),
        "value": compact,
    }
    return environment.get_template("page.html.j2")


def _urgent_first(run: Run, known: Mapping[str, Story]) -> list[Story]:
    """Every node's story, of those that need something done first."""
    verdicts = digest.node_verdicts(run)
    return sorted(known.values(), key=lambda story: verdicts[story.now.node] not in digest.NEEDS_ACTION)


def _harmless(value: object) -> object:
    """What stands for a value in the page, before it is escaped."""
    return legible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _fleets(run: Run) -> dict[str, list[Tile]]:
    """Every node by its fleet, those that were declared and not found among them."""
    nodes = {node.name: node for node in run.nodes}
    spoken_of: dict[str, list[Finding]] = {}
    for finding in run.findings:
        for name in finding.nodes:
            spoken_of.setdefault(name, []).append(finding)
    fleets: dict[str, list[Tile]] = {}
    for name, verdict in digest.node_verdicts(run).items():
        worst = [finding for finding in spoken_of.get(name, []) if finding.verdict is verdict]
        checks = tuple(dict.fromkeys(finding.check for finding in worst))
        stem, _, number = name.rpartition("-")
        node = nodes.get(name)
        tile = Tile(name, number, verdict, checks, any(len(finding.nodes) == 1 for finding in worst), node)
        fleets.setdefault(node.fleet if node else stem, []).append(tile)
    return fleets


def _section(group: digest.Group) -> Section:
    found = digest.named(group)
    urgent = [each for each in found if each.finding.verdict in digest.NEEDS_ACTION]
    return Section(group, urgent, [each for each in found if each.finding.verdict not in digest.NEEDS_ACTION])
