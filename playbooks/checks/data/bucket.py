"""Whether a checkpoint that a node puts into the bucket comes back bit for bit."""

from collections.abc import Mapping

from pydantic import Field

from playbooks import thresholds
from playbooks.checks import answer, blame
from playbooks.checks.check import Ask, Check, Scope
from playbooks.checks.data import throughput
from playbooks.checks.data.throughput import UNIT, Measure, gb_per_second
from playbooks.findings import Figure, Finding, Verdict, judge
from playbooks.nodes import Node
from playbooks.thresholds import disks
from playbooks.transport.outcome import Outcome

NAME, SPEED = "checkpoint", "checkpoint-speed"
SPEED_TITLE = "No node reaches the bucket more slowly than it must, or than the others"
_SLOW = "Compare the node's network with the others' (`ethtool -S`, its route to S3); replace it if it stays slow."
SLOWEST_MIB_PER_SECOND = 20  # there, and back again
ENOUGH = 0.9  # of what was asked: the tensors are squares


class Checkpoint(answer.Answer):
    """What `payload/checkpoint.py` answers."""

    hostname: str
    key: str
    bytes: int = Field(gt=0)
    put_seconds: float = Field(gt=0)
    get_seconds: float = Field(gt=0)
    differing_bytes: int = Field(ge=0)


def parse(text: str) -> Checkpoint:
    """The answer in what the program printed.

    Raises:
        UnreadableAnswerError: it is not the program's answer.
    """
    return answer.parse(Checkpoint, text)


def _arguments(ask: Ask, node: Node) -> list[str]:
    where = ["--bucket", ask.bucket or "", "--region", ask.region]
    return [*where, "--run", ask.run, "--node", node.name, "--size-mib", str(ask.smoke.storage.checkpoint_mib)]


def _skip(ask: Ask) -> str:
    declared = ask.smoke.storage.bucket
    if declared is None:
        return "smoke.storage.bucket of the settings names no bucket"
    return "" if ask.bucket else f"no bucket with the tags of {declared} exists, which is a FAIL of `declared`"


def _judge(ask: Ask, outcomes: Mapping[str, Outcome]) -> list[Finding]:
    answers, failures = answer.read(ask, outcomes, parse)
    found = blame.each(NAME, failures) + [_finding(ask, node, each) for node, each in answers.items()]
    whole = {node: each for node, each in answers.items() if _is_whole(ask, each)}
    puts = {node: gb_per_second(each.bytes, each.put_seconds) for node, each in whole.items()}
    gets = {node: gb_per_second(each.bytes, each.get_seconds) for node, each in whole.items()}
    minimum = ask.smoke.storage
    said_put = disks.of_settings(minimum.minimum_put_gb_per_second, "minimumPutGbPerSecond")
    said_get = disks.of_settings(minimum.minimum_get_gb_per_second, "minimumGetGbPerSecond")
    found += throughput.findings(ask, Measure(SPEED, "checkpoint put", _SLOW, said_put), puts)
    return found + throughput.findings(ask, Measure(SPEED, "checkpoint get", _SLOW, said_get), gets)


def _is_whole(ask: Ask, found: Checkpoint) -> bool:
    return found.bytes >= ENOUGH * (ask.smoke.storage.checkpoint_mib << 20)


def _finding(ask: Ask, node: str, found: Checkpoint) -> Finding:
    evidence = {"object": f"s3://{ask.bucket}/{found.key}, {found.bytes} bytes, deleted afterwards"}
    if not _is_whole(ask, found):
        reason = f"the answer is about {found.bytes} bytes, and {ask.smoke.storage.checkpoint_mib} MiB were asked for"
        return Finding(NAME, (node,), Verdict.ERROR, reason, evidence=evidence)
    threshold = thresholds.NO_DIFFERENT_BYTES
    figure = Figure("different bytes", found.differing_bytes, "B")
    verdict = judge(figure, threshold)
    reason = f"the checkpoint came back from {ask.bucket} as it was"
    if verdict is Verdict.FAIL:
        reason = f"the checkpoint came back from {ask.bucket} with {found.differing_bytes} bytes that differ"
    action = "" if verdict is Verdict.PASS else "Replace the node: its memory or its network corrupts data."
    measured = (
        Figure("checkpoint put", gb_per_second(found.bytes, found.put_seconds), UNIT),
        Figure("checkpoint get", gb_per_second(found.bytes, found.get_seconds), UNIT),
    )
    return Finding(NAME, (node,), verdict, reason, figure, threshold, action, measured, evidence=evidence)


CHECK = Check(
    name=NAME,
    title="A checkpoint survives the bucket",
    scope=Scope.NODE,
    payload="checkpoint.py",
    command_seconds=lambda ask: 600 + 2 * ask.smoke.storage.checkpoint_mib / SLOWEST_MIB_PER_SECOND,
    arguments=_arguments,
    judge=_judge,
    skip=_skip,
)
