"""tickets/<node>.md: what a vendor needs to take a machine back; the first half fits into an AWS Support case."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC
from functools import cache
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, pass_context
from jinja2.runtime import Context

from playbooks.checks.node import versions
from playbooks.findings import Finding, Part
from playbooks.history.entry import parts
from playbooks.history.past import Past, Story, stories
from playbooks.nodes import Node
from playbooks.report import digest
from playbooks.report.legible import clipped, legible
from playbooks.report.masked import masked
from playbooks.report.quantities import compact, shown
from playbooks.report.run import Output, Run

FOLDER = "tickets"
CASE_CHARACTERS = 8_000  # AWS Support API, CreateCase: the most that `communicationBody` takes
END_OF_CASE = "<!-- Up to here it fits into a support case; attach the file for what follows. -->"
EVIDENCE_CHARACTERS = 40_000  # of each piece; a case takes files of 5 MB
MOST_FAULTS = 6  # told in full in what is pasted; the raw outputs have all
MOST_WORDS = 300  # characters of one reason
MOST_RUNS = 8  # of the history


class Ticket(NamedTuple):
    """One node that is to blame, and everything that is known of it."""

    run: Run
    node: Node
    faults: tuple[Finding, ...]
    others: list[Finding]
    gpus: list[Part]
    versions: Mapping[str, str]
    story: Story | None

    @property
    def checks(self) -> str:
        """The checks that blame it."""
        return ", ".join(dict.fromkeys(finding.check for finding in self.faults))

    def outputs(self, finding: Finding) -> list[Output]:
        """What the programs printed on the node from which a fault was read."""
        return [each for each in self.run.outputs if each.node == self.node.name and finding.check in each.checks]

    def commands(self, finding: Finding) -> list[str]:
        """What showed a fault: the command that its check names, and the programs that were run for it."""
        every = [finding.evidence.get("command", ""), *(output.command for output in self.outputs(finding))]
        return [command for command in dict.fromkeys(every) if command]


def to_tickets(run: Run, past: Past) -> dict[str, bytes]:
    """A Markdown file for every node that a check blames by itself, by the file's name.

    A node that is declared and does not exist has none: there is nothing that a vendor could look at.
    """
    known = stories(past, run)
    return {file_name(ticket.node.name): to_markdown(ticket).encode() for ticket in tickets(run, known)}


def file_name(node: str) -> str:
    """The name of a node's ticket; a node may be called anything."""
    return re.sub(r"[^A-Za-z0-9._-]+|^\.+", "-", node) + ".md"


def tickets(run: Run, known: Mapping[str, Story]) -> Iterator[Ticket]:
    """One for each node that is blamed, in the fleet's order."""
    blamed = digest.blamed(run)
    for node in run.nodes:
        if faults := blamed.get(node.name):
            own = [finding for finding in run.findings if node.name in finding.nodes]
            others = [finding for finding in own if finding not in faults]
            gpus = list(parts(own).values())
            yield Ticket(run, node, faults, others, gpus, _versions(run, node.name), known.get(node.name))


def to_markdown(ticket: Ticket) -> str:
    """The ticket as Markdown: what is pasted first, with as many faults as there is room for; then the raw outputs."""
    for told in range(min(MOST_FAULTS, len(ticket.faults)), 0, -1):
        text = _rendered(ticket, told)
        if text.index(END_OF_CASE) < CASE_CHARACTERS:
            break
    return text


def _rendered(ticket: Ticket, told: int) -> str:
    text = _template().render(
        ticket=ticket,
        node=ticket.node,
        run=ticket.run,
        time=ticket.run.started.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        faults=ticket.faults[:told],
        more=len(ticket.faults) - told,
        end=END_OF_CASE,
        earlier=ticket.story.earlier[-MOST_RUNS:] if ticket.story else [],
        names={node.address: node.name for node in ticket.run.nodes},
    )
    return re.sub(r"\n{3,}", "\n\n", text)


def _versions(run: Run, node: str) -> dict[str, str]:
    """What the node runs, of each kind, as the comparison over the fleet lists it: `6.1.0: train-0, train-1`."""
    found = {}
    for finding in run.findings:
        for kind, text in finding.evidence.items() if finding.check == versions.NAME else ():
            for line in text.splitlines():
                version, _, nodes = line.rpartition(": ")
                if node in nodes.split(", "):
                    found[kind] = version
    return found


@cache
def _template() -> Template:
    # What is made is Markdown: `finalize` makes harmless what a node said, and `cell` what stands in a table.
    environment = Environment(  # noqa: S701
        loader=PackageLoader("playbooks.report", "."),
        undefined=StrictUndefined,
        finalize=lambda value: masked(legible(value)) if isinstance(value, str) else value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "brief": lambda text: text if len(text) <= MOST_WORDS else f"{text[:MOST_WORDS]}…",
        "cell": _cell,
        "compact": lambda figure: compact(figure.value, figure.unit),
        "fenced": _fenced,
        "named": _named,
        "shown": lambda finding: shown(finding.figure, finding.threshold),
        "utc": lambda time: time.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "value": lambda taken: compact(taken.value, taken.unit),
    }
    return environment.get_template("ticket.md.j2")


@pass_context
def _named(context: Context, text: str) -> str:
    """The text with the nodes' names in place of their private addresses, which say nothing to a vendor."""
    names = context["names"]
    return re.sub(r"\d{1,3}(?:\.\d{1,3}){3}", lambda found: names.get(found[0], found[0]), text)


def _cell(text: str) -> str:
    """Text that does not break a table."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _fenced(text: str) -> str:
    """An output between fences that are longer than any in it, masked while it is whole."""
    text = masked(legible(text))
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{clipped(text, EVIDENCE_CHARACTERS).rstrip()}\n{fence}"
