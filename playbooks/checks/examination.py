"""One program on every node, for all checks of `playbooks/checks/node/`: runs their commands and reads the clock."""

import json
import shlex
from collections.abc import Iterable, Mapping
from functools import partial

from playbooks.checks import answer, blame
from playbooks.checks.broken import guarded
from playbooks.checks.check import Ask, Check, Scope
from playbooks.checks.node import NODE_CHECKS
from playbooks.checks.node.check import Examined, HostFacts, NodeCheck, Output, Words
from playbooks.findings import Finding, Verdict
from playbooks.nodes import Node
from playbooks.transport.outcome import Completed, Outcome

NAME = "host-facts"
COMMANDS_SECONDS = 120.0  # for all commands of a node together
_AGAIN = "Run the smoke gate again; where it stays so, the node or its connection corrupts what it sends."


class Examination(answer.Answer):
    """What `payload/host_facts.py` answers; outputs by the command's own words, as a shell would take them."""

    facts: HostFacts
    outputs: Mapping[str, Output]


def parse(text: str) -> Examination:
    """The answer in what the program printed.

    Raises:
        UnreadableAnswerError: it is not the program's answer.
    """
    return answer.parse(Examination, text)


def clock_offset(facts: HostFacts, seconds: float, ended_at: float) -> tuple[float, float]:
    """The node's clock less this machine's, and how far that may be wrong, both in seconds.

    The program read the node's clock before its exit status came back (`ended_at`), and `run_seconds` after it was
    made, which was after the request left (`ended_at - seconds`): the offset lies between these two, and what the
    program took adds nothing.
    """
    highest = facts.clock - (ended_at - seconds + facts.run_seconds)
    lowest = facts.clock - ended_at
    return (highest + lowest) / 2, max(0.0, (highest - lowest) / 2)


def _applying(ask: Ask, node: Node) -> list[NodeCheck]:
    return [check for check in NODE_CHECKS if not check.skip(ask, node)]


def _arguments(ask: Ask, node: Node) -> list[str]:
    words = [words for check in _applying(ask, node) for words in check.commands(ask, node).values()]
    commands = {shlex.join(each): each for each in words}
    return [
        *("--scratch", ask.scratch),
        *("--commands", json.dumps(commands), "--seconds", f"{COMMANDS_SECONDS:g}", "--keep"),
    ]


def _judge(ask: Ask, outcomes: Mapping[str, Outcome]) -> list[Finding]:
    answers, failures = answer.read(ask, outcomes, parse)
    ended = {name: outcome for name, outcome in outcomes.items() if isinstance(outcome, Completed)}
    lacking = {node.name: _lacking(ask, node, answers[node.name]) for node in ask.nodes if node.name in answers}
    found = blame.each(NAME, failures)
    found += [Finding(NAME, (node,), Verdict.ERROR, why, action=_AGAIN) for node, why in lacking.items() if why]
    answered = [node for node in ask.nodes if node.name in answers and not lacking[node.name]]
    for check in NODE_CHECKS:
        found += _skipped(check, ask, answered)
        examined = [
            _examined(node, answers[node.name], ended[node.name], check.commands(ask, node))
            for node in answered
            if not check.skip(ask, node)
        ]
        if examined:
            nodes = [each.node for each in examined]
            found += guarded(check.name, nodes, partial(check.judge, ask, examined))
    return found


def _skipped(check: NodeCheck, ask: Ask, nodes: Iterable[Node]) -> list[Finding]:
    """A finding a reason, for those to which the check does not apply."""
    reasons: dict[str, list[str]] = {}
    for node in nodes:
        if reason := check.skip(ask, node):
            reasons.setdefault(reason, []).append(node.name)
    return [Finding(check.name, tuple(names), Verdict.SKIPPED, reason) for reason, names in reasons.items()]


def _lacking(ask: Ask, node: Node, found: Examination) -> str:
    """What is wrong with an answer that lacks commands that were asked for; empty where it has all."""
    asked = {shlex.join(words) for check in _applying(ask, node) for words in check.commands(ask, node).values()}
    missing = sorted(asked - found.outputs.keys())
    return f"the answer says nothing of {', '.join(missing)}" if missing else ""


def _examined(node: Node, found: Examination, ended: Completed, commands: Mapping[str, Words]) -> Examined:
    outputs = {name: found.outputs[shlex.join(words)] for name, words in commands.items()}
    return Examined(node, found.facts, outputs, clock_offset(found.facts, ended.seconds, ended.ended_at))


CHECK = Check(
    name=NAME,
    title="The machines answer for themselves",
    scope=Scope.NODE,
    payload="host_facts.py",
    command_seconds=180,
    arguments=_arguments,
    judge=_judge,
)
