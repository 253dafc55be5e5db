"""Whether a node's scratch folder gives back what was written to it, and how fast it writes and reads."""

from collections.abc import Mapping

from pydantic import Field

from playbooks import thresholds
from playbooks.checks import answer, blame
from playbooks.checks.check import Ask, Check, Scope
from playbooks.checks.data import throughput
from playbooks.checks.data.throughput import gb_per_second
from playbooks.findings import Figure, Finding, Verdict, judge
from playbooks.nodes import Node
from playbooks.transport.outcome import Outcome

NAME, SPEED = "storage", "storage-speed"
SPEED_TITLE = "No scratch disk is slower than the others"
_SLOW = (
    "See `dmesg`, `cat /proc/mdstat` and `iostat -x 1` on the node; stop and start it, or replace it, if it stays slow."
)


class Storage(answer.Answer):
    """What `payload/storage.py` answers."""

    hostname: str
    folder: str
    bytes: int
    free_bytes: int
    write_seconds: float = Field(gt=0)
    read_seconds: float = Field(gt=0)
    sha256_written: str
    sha256_read: str
    differing_bytes: int


def parse(text: str) -> Storage:
    """The answer in what the program printed.

    Raises:
        UnreadableAnswerError: it is not the program's answer.
    """
    return answer.parse(Storage, text)


def _arguments(ask: Ask, _: Node) -> list[str]:
    storage = ask.smoke.storage
    return ["--scratch", storage.scratch, "--size-mib", str(storage.size_mib)]


def _judge(ask: Ask, outcomes: Mapping[str, Outcome]) -> list[Finding]:
    answers, failures = answer.read(ask, outcomes, parse)
    found = blame.each(NAME, failures) + [_finding(ask, node, each) for node, each in answers.items()]
    whole = {node: each for node, each in answers.items() if each.bytes == ask.smoke.storage.size_mib << 20}
    writes = {node: gb_per_second(each.bytes, each.write_seconds) for node, each in whole.items()}
    reads = {node: gb_per_second(each.bytes, each.read_seconds) for node, each in whole.items()}
    found += throughput.findings(SPEED, ask, "scratch write", writes, _SLOW)
    return found + throughput.findings(SPEED, ask, "scratch read", reads, _SLOW)


def _finding(ask: Ask, node: str, found: Storage) -> Finding:
    asked = ask.smoke.storage.size_mib << 20
    measured = (
        Figure("scratch write", gb_per_second(found.bytes, found.write_seconds), "GB/s"),
        Figure("scratch read", gb_per_second(found.bytes, found.read_seconds), "GB/s"),
    )
    evidence = {"folder": found.folder, "sha256 written": found.sha256_written, "sha256 read": found.sha256_read}
    if found.bytes != asked:
        reason = f"the answer is about {found.bytes} bytes, and {asked} were asked for"
        return Finding(NAME, (node,), Verdict.ERROR, reason, evidence=evidence)
    threshold = thresholds.NO_DIFFERENT_BYTES
    figure = Figure("different bytes", found.differing_bytes, "B")
    verdict = judge(figure, threshold)
    reason = f"{found.folder} gave back what was written"
    if verdict is Verdict.FAIL:
        reason = f"{found.folder} gave back {found.differing_bytes} bytes that are not what was written"
    action = "" if verdict is Verdict.PASS else "Replace the node: its disk or its memory corrupts data."
    return Finding(NAME, (node,), verdict, reason, figure, threshold, action, measured, evidence=evidence)


CHECK = Check(
    name=NAME,
    title="The scratch disk gives back what was written",
    scope=Scope.NODE,
    payload="storage.py",
    command_seconds=1800,
    arguments=_arguments,
    judge=_judge,
)
