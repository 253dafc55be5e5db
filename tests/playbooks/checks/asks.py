"""Questions to a fleet of four and answers as the programs of `playbooks/payload/` really gave them."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from playbooks.checks.check import Ask
from playbooks.findings import Finding
from playbooks.nodes import Node
from playbooks.transport.outcome import Captured, Completed
from stacks.settings import Smoke

CAPTURED = Path(__file__).parents[2] / "data" / "payload-torch-2.15.0"
PYTHON = "/opt/pytorch/bin/python"
ENDED_AT = 1_000_000.0
SIZES = (8, 64, 512, 4096, 32768, 262144, 2097152, 16777216)


def ask(
    smoke: Mapping[str, Any] | None = None,
    *,
    count: int = 4,
    instance_type: str = "c6in.32xlarge",
    bucket: str | None = "checkpoints-1a2b",
    declared: int | None = None,
) -> Ask:
    """A question to the nodes gpu-0, gpu-1 and so on."""
    asked = {
        "allReduce": {"largestMessageMib": 16},
        "storage": {"sizeMib": 8, "bucket": "checkpoints", "checkpointMib": 16},
        **(smoke or {}),
    }
    nodes = tuple(
        Node(f"gpu-{index}", "gpu", index, f"i-{index}", instance_type, f"127.43.0.{10 + index}", PYTHON)
        for index in range(count)
    )
    return Ask(
        "r1", "gpu", nodes, Smoke.model_validate(asked), bucket, "eu-west-1", port=29400, declared=declared or count
    )


def captured(text: str) -> Captured:
    """A stream that lost nothing."""
    return Captured(text, len(text.encode()), 0)


def completed(stdout: str = "", stderr: str = "", exit_status: int = 0, seconds: float = 1.0) -> Completed:
    """A program that ran to its end."""
    return Completed(exit_status, captured(stdout), captured(stderr), seconds, ENDED_AT)


def printed(name: str) -> str:
    """What a program really printed."""
    return (CAPTURED / name).read_text(encoding="utf-8")


def changed(name: str, change: Callable[[Any], None]) -> str:
    """The same with one thing changed."""
    facts = json.loads(printed(name))
    change(facts)
    return json.dumps(facts)


def everywhere(question: Ask, stdout: Callable[[int], str]) -> dict[str, Completed]:
    """A program that ended well on every node, with what it printed on each."""
    return {node.name: completed(stdout(node.index)) for node in question.nodes}


def verdicts(findings: list[Finding]) -> list[tuple[str, tuple[str, ...]]]:
    """What a table of verdicts would show."""
    return [(finding.verdict.value, finding.nodes) for finding in findings]


def names(question: Ask) -> tuple[str, ...]:
    """The names of all nodes."""
    return tuple(node.name for node in question.nodes)
