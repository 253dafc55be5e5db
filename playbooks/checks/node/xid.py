"""Whether the kernel log tells of faults of GPUs (`NVRM: Xid`) and NVSwitches (`SXid`) since the node booted."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from playbooks.checks.check import Ask
from playbooks.checks.node import gpus, nvidia_smi, per_gpu
from playbooks.checks.node.check import Examined, NodeCheck, Output, Words
from playbooks.checks.node.per_gpu import Seen
from playbooks.checks.node.xid_catalogue import (
    FALLEN_OFF_THE_BUS,
    LOOK_UP,
    NVLINK_5,
    RECOVERY_ACTION_CHANGED,
    RESET,
    RESET_SWITCHES,
    Fault,
    Xid,
    look_up,
)
from playbooks.findings import Finding
from playbooks.nodes import Node
from playbooks.thresholds.gpu_health import NO_HARDWARE_XIDS

NAME = "xid"
PICKED = 20  # lines of one Xid of one device
# A kernel log is larger than what a command may print: the node picks the lines, and counts what it has read as proof
# that there was something to read, for `journalctl` of one who may not read it says nothing and ends well.
PICK = r"""
NR == 1 { first = $0 }
/NVRM: Xid|NVRM: .*fallen off the bus|nvswitch[0-9]*: SXid.*[Ff]atal/ {
  key = match($0, /Xid \([^)]*\): *[0-9]+/) ? substr($0, RSTART, RLENGTH) : "other"
  if ($0 ~ /Non-?fatal/) key = key " Nonfatal"
  if (seen[key]++ < PICKED || key ~ /: *154$/) print
  else more++
}
END { print "first " substr(first, 1, 120); print "more " more + 0; print "lines " NR " in all" }
""".replace("PICKED", str(PICKED))
KERNEL_LOG: Words = (
    "sh",
    "-c",
    '{ dmesg 2>/dev/null || sudo -n dmesg 2>/dev/null || journalctl -k -b -o short-iso --no-pager -q; } | awk "$0"',
    PICK,
)
# The ring buffer holds only the last lines: where it has lost the boot's, the journal has all of them, and is read too.
BOOT = ("Linux version", "Booting Linux")  # in the first line of a log that reaches back to the boot; the second: Arm
IN_JOURNAL = r"""
case "$({ dmesg 2>/dev/null || sudo -n dmesg 2>/dev/null; } | head -n 1)" in
  BOOT) exit 0;;
esac
{
  sudo -n journalctl -k -b -o short-iso --no-pager -q 2>/dev/null || journalctl -k -b -o short-iso --no-pager -q
} | awk "$0"
""".replace("BOOT", "|".join(f'*"{words}"*' for words in BOOT))
JOURNAL: Words = ("sh", "-c", IN_JOURNAL, PICK)
COMMANDS: Mapping[str, Words] = {"kernel log": KERNEL_LOG, "journal": JOURNAL, "gpus": gpus.QUERY}
# A MIG GPU's line names the instance too: `(PCI:0000:01:00 GPU-I:05)`, or `GPU-I:01 GPU-CI:02` (as the first stands in
# open-gpu-kernel-modules, where it logs errors that are contained).
XID = re.compile(
    r"NVRM: Xid \((?:PCI:)?([0-9A-Fa-f]{4,}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}|[0-9A-Fa-f:.]+)"
    r"(?: GPU-C?I:[0-9A-Fa-f]+)*\): *(\d+)\b"
)
# "Fatal" or "Non-fatal" is the driver's own word (open-gpu-kernel-modules, NVSWITCH_REPORT_FATAL and _NONFATAL), in one
# line of an error; its severity and its data are in others,
# and its few messages without the word are not judged.
SXID = re.compile(r"nvidia-(nvswitch\d+): SXid \(PCI:([0-9A-Fa-f:.]+)\): *(\d+), ((?:Fatal|Non-fatal), .*\S)")
OFF_THE_BUS = re.compile(r"NVRM: .*?(?:GPU ([0-9A-Fa-f]{4,}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}).*)?fallen off the bus")
SUMMARY = re.compile(r"^first (.*)\nmore (\d+)\nlines ([1-9]\d*) in all\s*\Z", re.MULTILINE)
HARMLESS = {Fault.APPLICATION: "of applications", Fault.NOT_FATAL: "of NVSwitches that are not fatal"}
_LET_READ = (
    "Let the user read the kernel log: `sudo -n dmesg` or `journalctl -k` (group systemd-journal or adm) must answer."
)


class UnreadableLogError(ValueError):
    """The kernel log was not read, or not to its end; the message says what came instead."""


class Event(NamedTuple):
    """One Xid: which, of which PCI device (empty where the line names none), and the line.

    `words` are what an NVSwitch's says of itself, such as `Fatal, Link 30 sourcetrack timeout error`; a GPU's has none.
    """

    code: int
    device: str
    line: str
    words: str = ""

    @property
    def name(self) -> str:
        """As NVIDIA calls it."""
        return f"SXid {self.code}" if self.words else f"Xid {self.code}"


class Log(NamedTuple):
    """What a kernel log says of GPUs; `lines` is how many it has, `more` how many events were left out as repeated."""

    events: tuple[Event, ...]
    garbled: tuple[str, ...]
    more: int
    lines: int
    first: str

    @property
    def is_whole(self) -> bool:
        """Whether it reaches back to the boot."""
        return any(words in self.first for words in BOOT)


def parse(text: str) -> Log:
    """The events in what the node picked.

    Raises:
        UnreadableLogError: its end is missing, or there was no log to pick from.
    """
    summary = SUMMARY.search(text)
    if summary is None:
        last = text.strip().splitlines()[-1:] or ["nothing"]
        raise UnreadableLogError(f"the kernel log could not be read to its end: {last[0]!r}")
    lines = [line.strip() for line in text[: summary.start()].splitlines() if line.strip()]
    events = [(line, _event(line)) for line in lines]
    found = tuple(event for _, event in events if event)
    garbled = tuple(line for line, event in events if event is None)
    return Log(found, garbled, int(summary[2]), int(summary[3]), summary[1])


def whole(ring: Log, journal: Output) -> tuple[Log, str]:
    """The log since the boot, and why it is not all of it; empty where it is.

    Raises:
        UnreadableLogError: the ring buffer has lost its beginning, and what the journal printed is cut.
    """
    if ring.is_whole:
        return ring, ""
    lost = f"the kernel log has lost what came before {ring.first!r}"
    if not journal.stdout.strip() or "\nlines 0 in all" in journal.stdout:
        said = (journal.wrong or journal.stderr or "it says nothing").strip().splitlines()[-1]
        return ring, f"{lost}, and the journal cannot be read: {said}"
    kept = parse(journal.stdout)
    known = {(event.code, event.device) for event in kept.events}
    more = tuple(event for event in ring.events if (event.code, event.device) not in known)
    log = kept._replace(events=kept.events + more, garbled=tuple(dict.fromkeys(kept.garbled + ring.garbled)))
    return log, "" if kept.is_whole else f"{lost}, and so has the journal: {kept.first!r}"


def _event(line: str) -> Event | None:
    if found := XID.search(line):
        return Event(int(found[2]), found[1].lower(), line)
    if switch := SXID.search(line):
        return Event(int(switch[3]), f"{switch[1]} ({switch[2].lower()})", line, switch[4])
    if lost := OFF_THE_BUS.search(line):
        return Event(FALLEN_OFF_THE_BUS, (lost[1] or "").lower(), line)
    return None


def meaning(event: Event) -> Xid:
    """What an event means; of some Xids, and of every SXid, the line itself says how bad it is."""
    if event.words:
        fault = Fault.HARDWARE if event.words.startswith("Fatal") else Fault.NOT_FATAL
        return Xid(event.words, fault, RESET_SWITCHES)
    if event.code == RECOVERY_ACTION_CHANGED:
        needs = re.search(r" to 0x[0-9a-f]+ \((.+)\)", event.line)
        needed = needs[1] if needs else "something that cannot be read"
        fault = Fault.APPLICATION if needed == "None" else Fault.HARDWARE
        return Xid(f"that it needs: {needed}", fault, RESET)
    known = look_up(event.code)
    if event.code in NVLINK_5 and "Nonfatal" in event.line:
        return Xid(f"{known.meaning} that is not fatal", Fault.UNDECIDED, LOOK_UP)
    return known


def current(events: Iterable[Event]) -> list[Event]:
    """The events without those that a later one replaced: of what a GPU needs, its last word counts."""
    found = list(events)
    last = {event.device: event for event in found if event.code == RECOVERY_ACTION_CHANGED}
    return [event for event in found if event.code != RECOVERY_ACTION_CHANGED or last[event.device] is event]


def _names(output: Output) -> dict[str, str]:
    """The GPUs by their PCI device as the kernel writes it: `0000:9b:00` of `00000000:9B:00.0`."""
    rows = nvidia_smi.read(gpus.QUERY, output.stdout).rows
    return {
        row.values["pci.bus_id"]
        .lower()[4:]
        .rpartition(".")[0]: f"{row.name} (serial {row.told('serial') or 'unknown'})"
        for row in rows
    }


def _said(events: Sequence[Event], names: Mapping[str, str]) -> tuple[str, ...]:
    """A sentence a device and Xid."""
    counts: dict[tuple[str, str, str], int] = {}
    for event in events:
        key = (event.device, event.name, meaning(event).meaning)
        counts[key] = counts.get(key, 0) + 1
    return tuple(
        f"{names.get(device) or device or 'a GPU'} reported {name}, {what}{_times(times)}"
        for (device, name, what), times in counts.items()
    )


def _times(count: int) -> str:
    return "" if count == 1 else f", {count} times" + (" or more" if count >= PICKED else "")


def _commands(_ask: Ask, _node: Node) -> Mapping[str, Words]:
    return COMMANDS


def _judge(_ask: Ask, examined: Sequence[Examined]) -> list[Finding]:
    return [finding(each.node, each.outputs) for each in examined]


def finding(node: Node, outputs: Mapping[str, Output]) -> Finding:
    """What a node's log says, by the names of `COMMANDS`."""
    output, journal = outputs["kernel log"], outputs["journal"]
    terms = per_gpu.Terms(NAME, "hardware Xids", NO_HARDWARE_XIDS, RESET, LOOK_UP)
    shown = {"kernel log": per_gpu.text(output), "journal": per_gpu.text(journal)}
    try:
        log, lost = whole(parse(output.stdout), journal)
    except UnreadableLogError as error:
        said = output.stderr.strip().splitlines()[-1:] or output.wrong.splitlines()[:1]
        seen = Seen(unread=("; ".join([str(error), *said]),))
        return per_gpu.finding(terms._replace(unread_action=_LET_READ), node, seen, "", shown)
    events, names = current(log.events), _names(outputs["gpus"])
    by_fault = {fault: [event for event in events if meaning(event).fault is fault] for fault in Fault}
    actions = " ".join(dict.fromkeys(meaning(event).action for event in by_fault[Fault.HARDWARE]))
    unread = tuple(f"the line {line!r} cannot be read" for line in log.garbled)
    doubts = _said(by_fault[Fault.UNDECIDED], names)
    seen = Seen(_said(by_fault[Fault.HARDWARE], names), unread, (*doubts, lost) if lost else doubts)
    doubt_action = " ".join([*([LOOK_UP] if doubts else []), *([_LET_READ] if lost else [])])
    sound = f"{log.lines} lines of the kernel log tell of no fault of the hardware of GPUs and NVSwitches"
    for fault, whose in HARMLESS.items():
        if told := by_fault[fault]:
            sound += f", and of {len(told)} {whose}: {'; '.join(_said(told, names))}"
    if log.more:
        sound += f"; {log.more} more like these were left out"
    terms = terms._replace(action=actions, doubt_action=doubt_action)
    return per_gpu.finding(terms, node, seen, sound, {name: text for name, text in shown.items() if text})


CHECK = NodeCheck(NAME, "The kernel log tells of no fault of a GPU or an NVSwitch", _judge, _commands, gpus.no_gpus)
