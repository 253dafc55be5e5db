"""Whether a node's scratch folder gives back what was written to it, and how fast it writes and reads."""

from collections.abc import Mapping

from pydantic import Field

from playbooks import thresholds
from playbooks.checks import answer, blame
from playbooks.checks.check import Ask, Check, Scope
from playbooks.checks.data import throughput
from playbooks.checks.data.throughput import UNIT, Measure, Window
from playbooks.findings import Figure, Finding, Verdict, judge
from playbooks.nodes import Node
from playbooks.thresholds import disks
from playbooks.transport.outcome import Outcome

NAME, SPEED = "storage", "storage-speed"
SPEED_TITLE = "No scratch disk is slower than it must be, or than the others"
SECONDS = 10  # of writing, and of reading: what a disk's own cache takes at once is a small part of that
STREAMS = 16  # two for each disk of the largest stripes
STAND_IN_STREAMS = 2  # many nodes share one machine's memory and disk, and the figures say nothing of them
SLOWEST_MIB_PER_SECOND = 60  # half of a gp3 volume that nobody has made faster; writing, reading and comparing
_SLOW = (
    "See `dmesg`, `cat /proc/mdstat` and `iostat -x 1` on the node; stop and start it, or replace it, if it stays slow."
)
_NOT_MOUNTED = "See `systemctl status stripe-local-disks` on the node, which mounts them at boot, and `disks` here."


class Storage(answer.Answer):
    """What `payload/storage.py` answers."""

    hostname: str
    folder: str
    device: str
    mounted_at: str
    file_system: str
    bytes: int
    free_bytes: int
    streams: int
    direct: bool
    written: Window
    read: Window
    differing_bytes: int = Field(ge=0)


def parse(text: str) -> Storage:
    """The answer in what the program printed.

    Raises:
        UnreadableAnswerError: it is not the program's answer.
    """
    return answer.parse(Storage, text)


def _arguments(ask: Ask, _: Node) -> list[str]:
    streams, seconds = (STAND_IN_STREAMS, 0) if ask.stand_in else (STREAMS, SECONDS)
    size = ["--size-mib", str(ask.smoke.storage.size_mib)]
    return ["--scratch", ask.scratch, *size, "--streams", str(streams), "--seconds", str(seconds)]


def _seconds(ask: Ask) -> float:
    """Three times what is written, at the slowest; and some for a machine that is busy."""
    return 600 + 3 * ask.smoke.storage.size_mib / SLOWEST_MIB_PER_SECOND


def _judge(ask: Ask, outcomes: Mapping[str, Outcome]) -> list[Finding]:
    answers, failures = answer.read(ask, outcomes, parse)
    wrong = {node: why for node, each in answers.items() if (why := _not_asked(ask, each))}
    right = {node: each for node, each in answers.items() if node not in wrong}
    found = blame.each(NAME, failures)
    for node, (reason, action) in wrong.items():
        found.append(Finding(NAME, (node,), Verdict.ERROR, reason, action=action, evidence=_evidence(answers[node])))
    return [*found, *(_finding(node, each) for node, each in right.items()), *_speeds(ask, right)]


def _not_asked(ask: Ask, found: Storage) -> tuple[str, str] | None:
    """Why an answer says nothing of what was asked, and what to do; None where it does."""
    asked = ask.smoke.storage.size_mib << 20
    moved = min(found.bytes, found.written.bytes, found.read.bytes)
    if found.bytes != asked or moved < asked:
        return f"the answer is about {moved} of {found.bytes} bytes, and {asked} were asked for", ""
    local = ask.local_disks
    if local and f"{ask.scratch}/".startswith(f"{local}/") and found.mounted_at != local:
        where = f"{found.folder} is on {found.device}, mounted at {found.mounted_at}"
        return f"the local disks are not mounted at {local}: {where}", _NOT_MOUNTED
    return None


def _speeds(ask: Ask, answers: Mapping[str, Storage]) -> list[Finding]:
    minimum, kind = ask.smoke.storage, ask.nodes[0].instance_type
    local = all(each.mounted_at == ask.local_disks for each in answers.values())
    write = Measure(
        *(SPEED, "scratch write", _SLOW),
        said=disks.of_settings(minimum.minimum_write_gb_per_second, "minimumWriteGbPerSecond"),
        known=disks.local_write(kind) if local else None,
    )
    read = Measure(
        *(SPEED, "scratch read", _SLOW),
        said=disks.of_settings(minimum.minimum_read_gb_per_second, "minimumReadGbPerSecond"),
        known=disks.local_read(kind) if local else None,
    )
    writes = {node: each.written.gb_per_second for node, each in answers.items()}
    reads = {node: each.read.gb_per_second for node, each in answers.items()}
    return throughput.findings(ask, write, writes) + throughput.findings(ask, read, reads)


def _finding(node: str, found: Storage) -> Finding:
    measured = (
        Figure("scratch write", found.written.gb_per_second, UNIT),
        Figure("scratch read", found.read.gb_per_second, UNIT),
    )
    threshold = thresholds.NO_DIFFERENT_BYTES
    figure = Figure("different bytes", found.differing_bytes, "B")
    verdict = judge(figure, threshold)
    back = "what was written"
    if verdict is Verdict.FAIL:
        back = f"{found.differing_bytes} bytes that are not what was written"
    reason = f"{found.folder} on {found.device} gave back {back}"
    action = "" if verdict is Verdict.PASS else "Replace the node: its disk or its memory corrupts data."
    return Finding(NAME, (node,), verdict, reason, figure, threshold, action, measured, evidence=_evidence(found))


def _evidence(found: Storage) -> dict[str, str]:
    return {
        "folder": found.folder,
        "on": f"{found.device}, {found.file_system}, mounted at {found.mounted_at}",
        "streams": f"{found.streams}, {'past' if found.direct else 'through'} the page cache",
    }


CHECK = Check(
    name=NAME,
    title="The scratch disk gives back what was written",
    scope=Scope.NODE,
    payload="storage.py",
    command_seconds=_seconds,
    arguments=_arguments,
    judge=_judge,
)
