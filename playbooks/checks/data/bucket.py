"""Whether a checkpoint that a node puts into the bucket comes back bit for bit."""

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

NAME, SPEED = "checkpoint", "checkpoint-speed"
SPEED_TITLE = "No node reaches the bucket more slowly than the others"
_SLOW = "Compare the node's network with the others' (`ethtool -S`, its route to S3); replace it if it stays slow."
SIZE_MIB = 16  # more than boto3 sends as one part (8 MiB), so that a multipart upload is tried


class Checkpoint(answer.Answer):
    """What `payload/checkpoint.py` answers."""

    hostname: str
    key: str
    bytes: int
    put_seconds: float = Field(gt=0)
    get_seconds: float = Field(gt=0)
    differing_bytes: int


def parse(text: str) -> Checkpoint:
    """The answer in what the program printed.

    Raises:
        UnreadableAnswerError: it is not the program's answer.
    """
    return answer.parse(Checkpoint, text)


def _arguments(ask: Ask, node: Node) -> list[str]:
    where = ["--bucket", ask.bucket or "", "--region", ask.region]
    return [*where, "--run", ask.run, "--node", node.name, "--size-mib", str(SIZE_MIB)]


def _skip(ask: Ask) -> str:
    declared = ask.smoke.storage.bucket
    if declared is None:
        return "smoke.storage.bucket of the settings names no bucket"
    return "" if ask.bucket else f"no bucket with the tags of {declared} exists, which is a FAIL of `declared`"


def _judge(ask: Ask, outcomes: Mapping[str, Outcome]) -> list[Finding]:
    answers, failures = answer.read(ask, outcomes, parse)
    found = blame.each(NAME, failures) + [_finding(ask, node, each) for node, each in answers.items()]
    puts = {node: gb_per_second(each.bytes, each.put_seconds) for node, each in answers.items()}
    gets = {node: gb_per_second(each.bytes, each.get_seconds) for node, each in answers.items()}
    found += throughput.findings(SPEED, ask, "checkpoint put", puts, _SLOW)
    return found + throughput.findings(SPEED, ask, "checkpoint get", gets, _SLOW)


def _finding(ask: Ask, node: str, found: Checkpoint) -> Finding:
    threshold = thresholds.NO_DIFFERENT_BYTES
    figure = Figure("different bytes", found.differing_bytes, "B")
    verdict = judge(figure, threshold)
    reason = f"the checkpoint came back from {ask.bucket} as it was"
    if verdict is Verdict.FAIL:
        reason = f"the checkpoint came back from {ask.bucket} with {found.differing_bytes} bytes that differ"
    action = "" if verdict is Verdict.PASS else "Replace the node: its memory or its network corrupts data."
    measured = (
        Figure("checkpoint put", gb_per_second(found.bytes, found.put_seconds), "GB/s"),
        Figure("checkpoint get", gb_per_second(found.bytes, found.get_seconds), "GB/s"),
    )
    evidence = {"object": f"s3://{ask.bucket}/{found.key}, {found.bytes} bytes, deleted afterwards"}
    return Finding(NAME, (node,), verdict, reason, figure, threshold, action, measured, evidence=evidence)


CHECK = Check(
    name=NAME,
    title="A checkpoint survives the bucket",
    scope=Scope.NODE,
    payload="checkpoint.py",
    command_seconds=600,
    arguments=_arguments,
    judge=_judge,
    skip=_skip,
)
