"""Whether the file system that the settings name is mounted on a node, and is Lustre."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from playbooks.checks.answer import UnreadableAnswerError
from playbooks.checks.check import Ask, Mount
from playbooks.checks.node.check import Examined, NodeCheck, Words, one_each, printed
from playbooks.findings import Figure, Finding, Verdict, judge
from playbooks.nodes import Node
from playbooks.thresholds import host

NAME = "lustre"
KIND = "lustre"
# The mount is an automount: who looks into the folder brings it about. What stands there then is what counts.
LOOK = 'ls "$1/." >/dev/null; cat /proc/self/mounts'
OCTAL = re.compile(r"\\([0-7]{3})")  # proc(5): spaces and the like in names
FIELDS = 6
_ACTION = (
    "See `journalctl -b | grep -i lustre` and `systemctl status {unit}` on the node, that its security group lets it"
    " reach the file system (TCP 988 and 1018 to 1023), and that the kernel has Lustre's modules."
)


class Mounted(NamedTuple):
    """A row of /proc/mounts."""

    source: str
    folder: str
    kind: str
    options: str


def parse(text: str) -> list[Mounted]:
    """The rows of /proc/mounts.

    Raises:
        UnreadableAnswerError: a row is not whole.
    """
    return [_row(line) for line in text.splitlines() if line.strip()]


def _row(line: str) -> Mounted:
    fields = line.split(" ")
    if len(fields) != FIELDS or not (fields[4].isdecimal() and fields[5].isdecimal()):
        raise UnreadableAnswerError(f"/proc/mounts has a row that is not whole: {line[:200]!r}")
    return Mounted(*(OCTAL.sub(lambda found: chr(int(found[1], 8)), field) for field in fields[:4]))


def mounted(rows: Sequence[Mounted], folder: str) -> Mounted | None:
    """What stands at a folder: of several mounts the last hides the others."""
    return next((row for row in reversed(rows) if row.folder == folder), None)


def no_lustre(ask: Ask, _node: Node) -> str:
    """Why no Lustre is asked for; empty where the settings have the fleet mount one."""
    if ask.lustre is None:
        return f"fleets.{ask.fleet}.lustre of the settings names no file system"
    return "the sandbox makes no Lustre file system" if ask.stand_in else ""


def _commands(ask: Ask, _node: Node) -> Mapping[str, Words]:
    return {"mounts": ("sh", "-c", LOOK, "sh", ask.lustre.folder)} if ask.lustre else {}


def _judge(ask: Ask, examined: Sequence[Examined]) -> list[Finding]:
    wanted = ask.lustre
    if wanted is None:
        return []
    return one_each(NAME, examined, lambda each: _finding(wanted, each), _ACTION.format(unit=_unit(wanted)))


def _unit(wanted: Mount) -> str:
    """The systemd unit of the mount, for folders as the settings allow them."""
    return wanted.folder.strip("/").replace("-", r"\x2d").replace("/", "-") + ".mount"


def _finding(wanted: Mount, examined: Examined) -> Finding:
    shown = examined.outputs["mounts"]
    found = mounted(parse(printed(shown)), wanted.folder)
    threshold, is_there = host.MOUNTED, found is not None and found.kind == KIND
    figure = Figure("Lustre file systems", int(is_there), "")
    verdict = judge(figure, threshold)
    action = "" if verdict is Verdict.PASS else _ACTION.format(unit=_unit(wanted))
    told = {"mount": " ".join(found or ()), "ls": shown.stderr.strip()}
    evidence = {name: text for name, text in told.items() if text}
    reason = f"{wanted.name} is mounted at {wanted.folder}"
    if not is_there:
        reason = (
            f"at {wanted.folder} there is {f'{found.kind} ({found.source})' if found else 'no mount'}, and no Lustre"
        )
    return Finding(NAME, (examined.node.name,), verdict, reason, figure, threshold, action, evidence=evidence)


CHECK = NodeCheck(NAME, "The Lustre file system is mounted", _judge, _commands, no_lustre)
