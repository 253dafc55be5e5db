"""One verdict over a node's GPUs, from what was read of each."""

import shlex
from collections.abc import Callable, Mapping
from typing import NamedTuple

from playbooks.checks.node import nvidia_smi
from playbooks.checks.node.check import Output, Words
from playbooks.findings import Figure, Finding, Threshold, Verdict
from playbooks.nodes import Node

EVIDENCE_CHARACTERS = 16_000  # of a command's output: more than eight GPUs fill
SAID = 4  # sentences that a reason holds; the evidence has all
RUN_AGAIN = "Run the smoke gate again; where it stays so, see on the node what the commands of the evidence print."


class Seen(NamedTuple):
    """What a check has read, in sentences that name the GPU.

    Attributes:
        faults: what is wrong with one.
        unread: what could not be read; the line is shown.
        doubts: what cannot be judged.
    """

    faults: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


class Terms(NamedTuple):
    """What a check calls things: its name, the figure that counts faults, its limit, and what to do about them."""

    check: str
    figure: str
    threshold: Threshold
    action: str
    doubt_action: str = RUN_AGAIN
    unread_action: str = RUN_AGAIN


def see(node: Node, command: Words, output: Output, look: Callable[[nvidia_smi.Row], Seen]) -> Seen:
    """What `look` sees in the rows of a query."""
    table = nvidia_smi.read(command, output.stdout)
    found = [Seen(unread=tuple(nvidia_smi.unread(node, output, table)))]
    for row in table.rows:
        try:
            found.append(look(row))
        except nvidia_smi.UnreadableValueError as error:
            found.append(Seen(unread=(str(error),)))
    return together(*found)


def together(*seen: Seen) -> Seen:
    """All of several."""
    return Seen(
        tuple(said for each in seen for said in each.faults),
        tuple(said for each in seen for said in each.unread),
        tuple(said for each in seen for said in each.doubts),
    )


def finding(terms: Terms, node: Node, seen: Seen, sound: str, evidence: Mapping[str, str]) -> Finding:
    """What was seen as a verdict; `sound` is the reason of a PASS, which needs no evidence."""
    verdict, said, action = _verdict(terms, seen, sound)
    figure = None if verdict is Verdict.ERROR else Figure(terms.figure, len(seen.faults), "")
    threshold = terms.threshold if figure else None
    shown = {} if verdict is Verdict.PASS else evidence
    reason = "; ".join(said[:SAID]) + (f"; and {len(said) - SAID} more" if said[SAID:] else "")
    return Finding(terms.check, (node.name,), verdict, reason, figure, threshold, action, evidence=shown)


def _verdict(terms: Terms, seen: Seen, sound: str) -> tuple[Verdict, tuple[str, ...], str]:
    """A fault decides, whatever else could not be read; then what could not be read, then what cannot be judged."""
    if seen.faults:
        return Verdict.FAIL, seen.faults, terms.action
    if seen.unread:
        return Verdict.ERROR, seen.unread, terms.unread_action
    if seen.doubts:
        return Verdict.INCONCLUSIVE, seen.doubts, terms.doubt_action
    return Verdict.PASS, (sound,), ""


def evidence(commands: Mapping[str, Words], outputs: Mapping[str, Output]) -> dict[str, str]:
    """What each command printed, by the command's own words."""
    return {shlex.join(words): text(outputs[name]) for name, words in commands.items()}


def text(output: Output) -> str:
    """What a command printed, and what was wrong with it."""
    said = (output.stdout.strip(), output.stderr.strip(), output.wrong)
    return "\n".join(filter(None, said))[:EVIDENCE_CHARACTERS]
