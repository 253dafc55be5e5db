"""Runs of the smoke gate as they happen: every check of the gate on a fleet that is well, and on one that is not."""

import math
import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from playbooks.findings import (
    Bound,
    Figure,
    Finding,
    Matrix,
    Part,
    Samples,
    Series,
    Threshold,
    Verdict,
    judge,
)
from playbooks.nodes import Node
from playbooks.report.run import Run

TITLES = {
    "host-facts": "the machine is the one that was ordered",
    "storage": "the scratch folder keeps what is written",
    "checkpoint": "a checkpoint reaches the bucket and comes back",
    "all-reduce": "the nodes add up numbers together, exactly and fast enough",
    "training-step": "a model trains over all nodes",
}
CLOCK = Threshold(Bound.AT_MOST, 1.0, "smoke.clockOffsetSeconds in Pulumi.sandbox.yaml")
NO_WRONG = Threshold(Bound.AT_MOST, 0, "every byte must come back")
BANDWIDTH = Threshold(Bound.AT_LEAST, 0.05, "smoke.allReduce.minimumBusBandwidthGbPerSecond in Pulumi.sandbox.yaml")
LOSS = Threshold(Bound.AT_MOST, 0.5, "smoke.training.lossFraction, its default")
SIZES = tuple(float(8 * 4**step) for step in range(14))  # bytes, 8 B to 512 MiB


def fleet(size: int, name: str = "train") -> tuple[Node, ...]:
    """Nodes on addresses as the sandbox gives them."""
    return tuple(
        Node(
            name=f"{name}-{index}",
            fleet=name,
            index=index,
            instance_id=f"i-{0x0A1B2C3D4E5F60000 + index * 7919:017x}",
            instance_type="p5.48xlarge",
            address=f"127.10.{index // 250}.{index % 250 + 1}",
            python="/opt/pytorch/bin/python",
            zone="eu-north-1a",
        )
        for index in range(size)
    )


def host_facts(node: Node, dice: random.Random) -> Finding:
    """A node whose clock is right, with its size beside it."""
    offset = Figure("clock offset", abs(dice.gauss(0, 0.004)), "s")
    sizes = (Figure("CPUs", 2, ""), Figure("memory", 7.6 * 2**30, "B"), Figure("free disk", 41.3 * 2**30, "B"))
    evidence = {"kernel": "Linux 6.1.0-41-amd64", "lscpu": "Architecture: x86_64\nCPU(s): 2\nThread(s) per core: 1"}
    reason = f"The clock is {offset.value * 1000:.1f} ms off."
    verdict = judge(offset, CLOCK)
    return Finding("host-facts", (node.name,), verdict, reason, offset, CLOCK, "", sizes, evidence=evidence)


def storage(node: Node, dice: random.Random) -> Finding:
    """A scratch folder that gave everything back."""
    speeds = (
        Figure("write", dice.gauss(1.21e9, 4e7), "B/s"),
        Figure("read", dice.gauss(2.43e9, 6e7), "B/s"),
    )
    reason = "1 GiB was written, synced and read back with the same checksum."
    wrong = Figure("wrong bytes", 0, "B")
    return Finding("storage", (node.name,), judge(wrong, NO_WRONG), reason, wrong, NO_WRONG, measurements=speeds)


def checkpoint(node: Node, dice: random.Random) -> Finding:
    """A checkpoint that came back from the bucket."""
    speeds = (Figure("upload", dice.gauss(1.4e8, 9e6), "B/s"), Figure("download", dice.gauss(2.1e8, 9e6), "B/s"))
    wrong = Figure("wrong bytes", 0, "B")
    reason = "64 MiB went to the bucket and came back with the same checksum."
    return Finding("checkpoint", (node.name,), judge(wrong, NO_WRONG), reason, wrong, NO_WRONG, measurements=speeds)


def all_reduce(nodes: Iterable[Node], peak: float = 0.62) -> Finding:
    """A collective of all nodes that reaches this bus bandwidth, in GB/s, with its largest message."""
    names = tuple(node.name for node in nodes)
    curve = tuple((size, peak * size / (size + 2**19)) for size in SIZES)
    bus = Series("bus bandwidth", "message size", "B", "bus bandwidth", "GB/s", curve)
    slower = tuple((size, value * len(names) / (2 * (len(names) - 1))) for size, value in curve)
    algorithm = Series("algorithm bandwidth", "message size", "B", "algorithm bandwidth", "GB/s", slower)
    figure = Figure("bus bandwidth", curve[-1][1], "GB/s")
    verdict = judge(figure, BANDWIDTH)
    slow = "Find the slow node: run the check on halves of the fleet." if verdict is Verdict.FAIL else ""
    reason = f"{len(names)} ranks over gloo; every result was exact."
    return Finding("all-reduce", names, verdict, reason, figure, BANDWIDTH, slow, (), (bus, algorithm))


def training_step(nodes: Iterable[Node]) -> Finding:
    """A model whose loss falls as it should."""
    names = tuple(node.name for node in nodes)
    curve = tuple((float(step), 2.31 * math.exp(-step / 18) + 0.07 * math.cos(step)) for step in range(1, 61))
    loss = Series("loss", "step", "", "loss", "", curve)
    figure = Figure("loss fraction", curve[-1][1] / curve[0][1], "")
    speeds = (
        Figure("step time", 0.0412, "s"),
        Figure("throughput", 3106.0, "samples/s"),
        Figure("rate", 3.7e9, "FLOP/s"),
    )
    reason = "Parameters are bit-equal on all ranks after 60 steps."
    return Finding(
        "training-step", names, judge(figure, LOSS), reason, figure, LOSS, measurements=speeds, series=(loss,)
    )


def passing(size: int = 4) -> Run:
    """A fleet on which everything is as it should be."""
    nodes, dice = fleet(size), random.Random(size)  # noqa: S311 - figures that look measured, not secrets
    per_node = (check(node, dice) for check in (host_facts, storage, checkpoint) for node in nodes)
    findings = (*per_node, all_reduce(nodes), training_step(nodes))
    return Run(
        "20261127-031200-7f3a", "sandbox", datetime(2026, 11, 27, 3, 12, tzinfo=UTC), 43.2, nodes, TITLES, findings
    )


def failing(size: int = 4) -> Run:
    """The same with a slow collective, a clock that is off, an unreachable node, and a check that does not apply."""
    run = passing(size)
    late, lost = run.nodes[1].name, run.nodes[2].name
    reached = [node for node in run.nodes if node.name != lost]
    findings = []
    for finding in run.findings:
        if finding.check == "host-facts" and finding.nodes == (late,):
            findings.append(_late(finding))
        elif finding.nodes == (lost,):
            findings.append(_lost(finding, run.nodes[2]))
        elif finding.check == "checkpoint":
            findings.append(Finding("checkpoint", finding.nodes, Verdict.SKIPPED, "The settings name no bucket."))
        elif finding.check == "all-reduce":
            findings.append(all_reduce(reached, 0.0321))
        elif finding.check == "training-step":
            findings.append(_unjudged(training_step(reached)))
        else:
            findings.append(finding)
    return replace(run, findings=tuple(findings))


def _unjudged(finding: Finding) -> Finding:
    action = "Set smoke.training.lossFraction."
    return replace(finding, verdict=Verdict.INCONCLUSIVE, threshold=None, action=action)


def _late(finding: Finding) -> Finding:
    offset = Figure("clock offset", 4.27, "s")
    action = "Start the time service: sudo systemctl restart chrony, then chronyc tracking."
    evidence = {
        "chronyc tracking": "\x1b[31mReference ID    : 00000000 ()\x1b[0m\nLeap status     : Not synchronised\n"
    }
    reason = "The clock is 4.27 s behind this machine's."
    return replace(finding, verdict=Verdict.FAIL, figure=offset, reason=reason, action=action, evidence=evidence)


def _lost(finding: Finding, node: Node) -> Finding:
    reason = f"No connection to {node.address} port 22 within 20 s: connection refused."
    action = f"See whether {node.instance_id} runs: aws ec2 describe-instance-status; replace it where it does not."
    return Finding(
        finding.check, finding.nodes, Verdict.ERROR, reason, action=action, evidence={"attempts": "7 in 20 s"}
    )


GEMM = Threshold(
    Bound.AT_LEAST, 715.0, "90 % of 794.5 TFLOP/s, which H100s reach in public runs of matmul-FLOPS finder"
)
PAIR_BANDWIDTH = Threshold(Bound.AT_LEAST, 322.0, "70 % of the fleet's own median")
GPUS = 8
FEW = 2  # nodes that are no fleet to tell a slow one in


def parts(node: Node) -> tuple[Part, ...]:
    """The GPUs of a p5 as nvidia-smi names them; numbers made up, of the real ones' form."""
    number = node.index * GPUS
    return tuple(
        Part(
            f"GPU {gpu}",
            "NVIDIA H100 80GB HBM3",
            f"16524{number + gpu:08d}",
            f"GPU-{0x5B1F0C00 + number + gpu:08x}-8f2c-4d0e-9a77-{0xA1B2C3D40000 + number + gpu:012x}",
        )
        for gpu in range(GPUS)
    )


def gemm(node: Node, dice: random.Random, slow: tuple[int, ...] = ()) -> Finding:
    """What each GPU of a node reaches; public runs on H100s give 794.5 TFLOP/s, with a spread of some percent."""
    values = tuple(dice.gauss(794.5, 9.0) * (0.72 if gpu in slow else 1.0) for gpu in range(GPUS))
    memory = tuple(dice.gauss(2.97, 0.008) for _ in range(GPUS))
    worst = Figure("bf16 GEMM, slowest GPU", min(values), "TFLOP/s")
    names = tuple(f"GPU {gpu}" for gpu in range(GPUS))
    samples = Samples("bf16 GEMM", "TFLOP/s", names, values), Samples("memory triad", "TB/s", names, memory)
    verdict = judge(worst, GEMM)
    reason = f"{names[values.index(worst.value)]} is the slowest of {GPUS}"
    action = "Stop and start the node to get another host, or replace it." if verdict is Verdict.FAIL else ""
    evidence = {"command": "torch 2.15.0+cu132: 8192 x 8192 x 8192 in bf16, 50 times", "clocks": "1,980 MHz throughout"}
    name = (node.name,)
    return Finding(
        "gemm", name, verdict, reason, worst, GEMM, action, samples=samples, parts=parts(node), evidence=evidence
    )


def pairs(nodes: tuple[Node, ...], dice: random.Random, slow: str = "", broken: tuple[str, str] = ("", "")) -> Finding:
    """All-reduce over two nodes, each with each; two p5 reach 487 GB/s with large messages, and a sick node 60 %."""
    cells: list[tuple[str, str, float | None]] = []
    for row, left in enumerate(nodes):
        for right in nodes[:row]:
            value = dice.gauss(460.0, 13.8) * (0.6 if slow in (left.name, right.name) else 1.0)
            cells.append((left.name, right.name, None if {left.name, right.name} == set(broken) else value))
    names = tuple(node.name for node in nodes)
    lowest = Figure("lowest bus bandwidth", min(value for *_, value in cells if value is not None), "GB/s")
    matrix = Matrix("bus bandwidth", "GB/s", names, tuple(cells))
    blamed = (slow,) if slow else names
    verdict = judge(lowest, PAIR_BANDWIDTH)
    reason = f"pairs with {slow} are slow" if slow else "all pairs are alike"
    action = f"Replace {slow}." if slow else ""
    return Finding("pairs", blamed, verdict, reason, lowest, PAIR_BANDWIDTH, action, matrices=(matrix,))


def gpu_fleet(size: int = 16, *, sick: bool = True) -> Run:
    """A fleet of p5; of a sick one, node 1 has a slow GPU, node 2 is slow in every pair, and one pair failed."""
    run = passing(size)
    nodes, dice = run.nodes, random.Random(size)  # noqa: S311 - figures that look measured, not secrets
    found = [gemm(node, dice, (3,) if sick and node.index == 1 else ()) for node in nodes]
    if size > FEW:
        broken = (nodes[0].name, nodes[-1].name) if sick else ("", "")
        found.append(pairs(nodes, dice, nodes[2].name if sick else "", broken))
    ceiling = 50.0 * (GPUS * size - 1) / max(1, size - 1)  # the fabric's, of 50 GB/s for each GPU
    curve = Series("bus bandwidth", "message size", "B", "bus bandwidth", "GB/s", _curve(380.0), min(ceiling, 480.0))
    figure, floor = Figure("bus bandwidth", 379.9, "GB/s"), Threshold(Bound.AT_LEAST, 330.0, "the catalogue")
    names = tuple(node.name for node in nodes)
    found.append(Finding("all-reduce", names, Verdict.PASS, "fast enough", figure, floor, series=(curve,)))
    titles = {"gemm": "each GPU computes at its speed", "pairs": "each pair is as fast as the others", **TITLES}
    kept = [finding for finding in run.findings if finding.check != "all-reduce"]
    return replace(run, environment="prod", region="eu-north-1", titles=titles, findings=(*kept, *found))


def _curve(peak: float) -> tuple[tuple[float, float], ...]:
    return tuple((size, peak * size / (size + 2**23)) for size in (float(8 * 4**step) for step in range(16)))


def later(run: Run, number: int) -> Run:
    """A run so many days later."""
    return replace(run, run=f"run-{number}", started=run.started + timedelta(days=number))
