"""Whether the run has brought up a fault of a GPU: `ecc` and `xid` are asked again, and what is new counts.

Both are read before anything works; a fault of the memory, a link or the power supply often shows only under load.
"""

import json
import re
import shlex
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from playbooks.checks import answer, blame
from playbooks.checks.check import Ask, Check, Scope
from playbooks.checks.node import ecc, gpus, per_gpu, xid
from playbooks.checks.node.check import Output, Words
from playbooks.findings import Finding, Verdict
from playbooks.nodes import Node
from playbooks.transport.outcome import Outcome

NAME = "gpu-errors"
COMMANDS: Mapping[str, Words] = {**ecc.COMMANDS, **xid.COMMANDS}
COMMANDS_SECONDS = 60.0
LOGS = ("kernel log", "journal")
EVENT = re.compile(r"(NVRM: |nvidia-nvswitch).*")  # a line without its time, which the journal writes in another way
_MEMORY = ecc.TERMS._replace(check=NAME, figure="new memory faults")
Outputs = Mapping[str, Output]


class Readings(answer.Answer):
    """What `payload/commands_again.py` answers: how each command ended when the gate began, where it ran, and now."""

    hostname: str
    before: Outputs
    after: Outputs


def parse(text: str) -> Readings:
    """The answer in what the program printed.

    Raises:
        UnreadableAnswerError: it is not the program's answer, or lacks a command that was asked for.
    """
    found = answer.parse(Readings, text)
    if missing := sorted({shlex.join(words) for words in COMMANDS.values()} - found.after.keys()):
        raise answer.UnreadableAnswerError(f"the answer says nothing of {', '.join(missing)}")
    return found


def new_lines(before: Outputs, after: Output) -> Output:
    """What the node picked of a log, without the events that it had when the gate began.

    Of one Xid of one GPU the node picks only so many lines: where it left out more than before, nobody knows which of
    them are new, and none is taken away.
    """
    if _more(after) > max((_more(each) for each in before.values()), default=0):
        return after
    known: Counter[str] = Counter()
    for each in before.values():
        known |= Counter(found[0] for found in EVENT.finditer(each.stdout))
    kept = []
    for line in after.stdout.splitlines(keepends=True):
        found = EVENT.search(line)
        if found and known[found[0]] > 0:
            known[found[0]] -= 1
        else:
            kept.append(line)
    return after.model_copy(update={"stdout": "".join(kept)})


def _more(output: Output) -> int:
    with suppress(xid.UnreadableLogError):  # said where the log is judged
        return xid.parse(output.stdout).more
    return 0


def _skip(ask: Ask) -> str:
    reasons = [gpus.no_gpus(ask, node) for node in ask.nodes]
    return ", ".join(dict.fromkeys(reasons)) if all(reasons) else ""


def _arguments(_ask: Ask, _node: Node) -> list[str]:
    commands = {shlex.join(words): words for words in COMMANDS.values()}
    return ["--commands", json.dumps(commands), "--seconds", f"{COMMANDS_SECONDS:g}"]


def _judge(ask: Ask, outcomes: Mapping[str, Outcome]) -> list[Finding]:
    bare = {node.name: reason for node in ask.nodes if (reason := gpus.no_gpus(ask, node))}
    found = [Finding(NAME, (node,), Verdict.SKIPPED, reason) for node, reason in bare.items()]
    ask = ask._replace(nodes=tuple(node for node in ask.nodes if node.name not in bare))
    answers, failures = answer.read(ask, outcomes, parse)
    found += blame.each(NAME, failures)
    for node in ask.nodes:
        if node.name in answers:
            before, after = (_named(each) for each in (answers[node.name].before, answers[node.name].after))
            found += [_memory(node, before, after), _log(node, before, after)]
    return found


def _named(outputs: Outputs) -> dict[str, Output]:
    """The outputs by the names that the checks give to their commands."""
    return {name: outputs[key] for name, words in COMMANDS.items() if (key := shlex.join(words)) in outputs}


def _memory(node: Node, before: Outputs, after: Outputs) -> Finding:
    known = ecc.seen(node, before).faults if ecc.COMMANDS.keys() <= before.keys() else ()
    now = ecc.seen(node, after)
    new = now._replace(faults=tuple(said for said in now.faults if said not in known))
    sound = "the GPUs' memory has no error and no row to remap that it had not when the gate began"
    return per_gpu.finding(_MEMORY, node, new, sound, per_gpu.evidence(ecc.COMMANDS, after))


def _log(node: Node, before: Outputs, after: Outputs) -> Finding:
    logs = {name: before[name] for name in LOGS if name in before}
    outputs = {**after, **{name: new_lines(logs, after[name]) for name in LOGS}}
    found = xid.finding(node, outputs)
    figure = found.figure and replace(found.figure, name="new hardware Xids")
    if found.verdict is Verdict.PASS:
        reason = "the kernel log tells of no new fault of the hardware of GPUs and NVSwitches since the gate began"
        return replace(found, check=NAME, figure=figure, reason=reason)
    return replace(found, check=NAME, figure=figure)


CHECK = Check(
    name=NAME,
    title="The run has brought up no fault of a GPU",
    scope=Scope.NODE,
    payload="commands_again.py",
    command_seconds=120,
    arguments=_arguments,
    judge=_judge,
    skip=_skip,
)
