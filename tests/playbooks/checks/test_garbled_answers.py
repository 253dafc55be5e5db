"""Rows 39 and 40: every parser on texts that are cut, repeated, reordered, coloured, with NaN or a decimal comma.

What is read of such a text is what the whole one says, or nothing: an error, never another figure. Tables that say
nothing of their length may be cut between two rows: what is missing then counts as missing, and never passes.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.catalogue.collectives import Collective
from playbooks.checks import examination
from playbooks.checks.answer import UnreadableAnswerError
from playbooks.checks.check import Ask, Check
from playbooks.checks.data import bucket, lustre_throughput, scratch
from playbooks.checks.fabric import collectives, in_node, nccl_tests, nccl_tests_json, pair, transport
from playbooks.checks.gpu import fixed_computation, gemm, host_device_bandwidth, memory_bandwidth
from playbooks.checks.node import (
    disks,
    ecc,
    efa,
    efa_counters,
    gpus,
    limits,
    lustre,
    names,
    nvlink,
    pcie,
    throttling,
    xid,
)
from playbooks.checks.node.check import NodeCheck, Output
from playbooks.checks.training import ranks
from playbooks.findings import Finding, Verdict, worst
from playbooks.gate.asking import free_port
from playbooks.payload import nccl_log
from tests.playbooks.checks.asks import ask, completed, everywhere, printed
from tests.playbooks.checks.data import test_lustre_throughput
from tests.playbooks.checks.fabric.test_in_node import told as in_node_told
from tests.playbooks.checks.fabric.test_nccl_tests import A100, ALL_TO_ALL, OLD, TAGGED
from tests.playbooks.checks.fabric.test_nccl_tests_json import H100
from tests.playbooks.checks.fabric.test_transport import LOGS as NCCL_LOGS
from tests.playbooks.checks.garbled import garbled
from tests.playbooks.checks.gpu import test_dcgm
from tests.playbooks.checks.node import (
    gpu_answers,
    test_disks,
    test_efa,
    test_efa_counters,
    test_limits,
    test_lustre,
    test_names,
    test_versions,
)
from tests.playbooks.checks.node.machines import DATA, judged, output

Read = Callable[[str], Any]


class Case(NamedTuple):
    """A text as it was captured, and what is read of it; `counts` says that what it lacks counts as missing."""

    read: Read
    text: str
    counts: bool = False


def result(findings: list[Finding]) -> tuple[Verdict, list[float]]:
    """The verdict and the figures.

    Raises:
        UnreadableAnswerError: the verdict is ERROR.
    """
    verdict = worst(each.verdict for each in findings)
    if verdict is Verdict.ERROR:
        raise UnreadableAnswerError([each.reason for each in findings])
    return verdict, [each.figure.value for each in findings if each.figure]


def of_gpus(check: NodeCheck, command: str, instance_type: str = "p5.48xlarge") -> Read:
    """What a check finds on a node where one of its commands printed the text."""
    return lambda text: result([gpu_answers.finding(check, {command: gpu_answers.printed(text)}, instance_type)])


def of_node(check: NodeCheck, command: str, question: Ask, others: Mapping[str, Output] | None = None) -> Read:
    """The same of a check that asks no GPU."""
    return lambda text: result(judged(check, question, {**(others or {}), command: output(text)}))


def of_answer(check: Check, question: Ask) -> Read:
    """What a check finds where a program on the only node printed the text."""
    return lambda text: result(check.judge(question, everywhere(question, lambda _: text)))


def over_efa(text: str) -> tuple[str, ...]:
    """What NCCL's log of a node tells, as evidence that it went over EFA.

    Raises:
        UnreadableAnswerError: it is no such evidence.
    """
    lines = nccl_log.told(text)["transport"]
    assert isinstance(lines, list)
    if found := transport.faults(lines, 1, gpu_direct=True):
        raise UnreadableAnswerError(found)
    return ("efa",)


def port(text: str) -> int:
    """The port that a node tells.

    Raises:
        UnreadableAnswerError: it tells none.
    """
    found = free_port(completed(text))
    if not isinstance(found, int):
        raise UnreadableAnswerError(found)
    return found


def of_versions(command: str) -> Read:
    """What is found of four nodes of which one printed the text, and the others what the first has printed."""
    return lambda text: result(test_versions.judged({3: {command: output(text)}}))


ONE = ask(count=1, instance_type="p5.48xlarge")
STRIPED = ONE._replace(local_disks="/scratch")
OWN, S3 = "own name", names.endpoint("eu-west-1")
EFA_KEPT = {"counters kept": test_efa.KEPT}
P4D = ask(count=1, instance_type="p4d.24xlarge")
LIMITS = {"limits": output(test_limits.limit("unlimited")), "meminfo": output(test_limits.meminfo(5128))}
READINGS = {"hostname": "node", "before": test_efa_counters.BEFORE, "after": test_efa_counters.BEFORE}
NEWER = throttling.COMMANDS["clocks_event_reasons"]

HEALTHY: Mapping[str, Case] = {
    "all-reduce-in-node": Case(in_node.parse, printed("all-reduce-in-node.stdout")),
    "checkpoint": Case(bucket.parse, printed("checkpoint.stdout")),
    "collectives": Case(collectives.parse, printed("collectives.0.stdout")),
    "dcgm 3": Case(lambda text: result([test_dcgm.finding(text)]), test_dcgm.DCGM_3),
    "dcgm 4": Case(lambda text: result([test_dcgm.finding(text)]), test_dcgm.DCGM_4),
    "disks": Case(of_node(disks.CHECK, "lsblk", STRIPED), test_disks.lsblk(8, test_disks.striped), counts=True),
    "ecc": Case(of_gpus(ecc.CHECK, "errors"), gpu_answers.rows(ecc.ERRORS)),
    "ecc, remapped": Case(of_gpus(ecc.CHECK, "remapped"), gpu_answers.rows(ecc.REMAPPED)),
    "efa": Case(of_node(efa.CHECK, "fi_info", P4D, EFA_KEPT), test_efa.P4D, counts=True),
    "efa-counters": Case(efa_counters.parse, json.dumps(READINGS)),
    "fixed-computation": Case(fixed_computation.parse, printed("fixed-computation.0.stdout")),
    "free port": Case(port, "45123\n"),
    "gemm": Case(gemm.parse, printed("gemm.0.stdout")),
    "gpus": Case(of_gpus(gpus.CHECK, "gpus"), gpu_answers.rows(gpus.QUERY), counts=True),
    "host-device-bandwidth": Case(host_device_bandwidth.parse, printed("host-device-bandwidth.stdout")),
    "host-facts": Case(lambda text: examination.parse(text).facts, printed("host-facts.stdout")),
    "limits": Case(of_node(limits.CHECK, "limits", ONE, LIMITS), LIMITS["limits"].stdout),
    "limits, huge pages": Case(of_node(limits.CHECK, "meminfo", ONE, LIMITS), LIMITS["meminfo"].stdout),
    "lustre": Case(
        of_node(lustre.CHECK, "mounts", test_lustre.question()),
        f"proc /proc proc rw,nosuid 0 0\n{test_lustre.AUTOMOUNT}{test_lustre.FSX}",
        counts=True,
    ),
    "lustre-throughput": Case(lustre_throughput.parse, json.dumps(test_lustre_throughput.answer(0.3))),
    "memory-bandwidth": Case(memory_bandwidth.parse, printed("memory-bandwidth.stdout")),
    "names": Case(of_node(names.CHECK, OWN, ask(count=1), {S3: output(test_names.S3)}), test_names.OWN, counts=True),
    "nccl-log": Case(over_efa, (NCCL_LOGS / "efa-p4d.txt").read_text(encoding="utf-8")),
    "nccl-tests 2.19": Case(lambda text: nccl_tests.parse_text(text, Collective.ALL_REDUCE).rows, A100),
    "nccl-tests 2.18": Case(lambda text: nccl_tests.parse_text(text, Collective.ALL_TO_ALL).rows, ALL_TO_ALL),
    "nccl-tests, tagged": Case(lambda text: nccl_tests.parse_text(text, Collective.ALL_REDUCE).rows, TAGGED),
    "nccl-tests before 2.13": Case(lambda text: nccl_tests.parse_text(text, Collective.ALL_REDUCE).rows, OLD),
    "nccl-tests, json": Case(lambda text: nccl_tests_json.parse_json(text, Collective.ALL_REDUCE).rows, H100),
    "nvlink a100": Case(
        of_gpus(nvlink.CHECK, "links", "p4de.24xlarge"),
        (DATA / "nvidia-smi" / "nvlink-status.a100-sxm4-80gb.txt").read_text(encoding="utf-8"),
        counts=True,
    ),
    "nvlink h200": Case(
        of_gpus(nvlink.CHECK, "links", "p5en.48xlarge"),
        (DATA / "nvidia-smi" / "nvlink-status.h200.txt").read_text(encoding="utf-8"),
        counts=True,
    ),
    "nvlink, fabric": Case(of_gpus(nvlink.CHECK, "fabric"), gpu_answers.rows(nvlink.FABRIC)),
    "pair": Case(pair.parse, printed("pair.0.stdout")),
    "pcie": Case(of_gpus(pcie.CHECK, "links"), gpu_answers.rows(pcie.QUERY)),
    "storage": Case(scratch.parse, printed("storage.stdout")),
    "throttling": Case(of_gpus(throttling.CHECK, "clocks_event_reasons"), gpu_answers.rows(NEWER)),
    "training-step": Case(ranks.parse, printed("training-step.0.stdout")),
    "versions, nvidia-smi": Case(of_versions("nvidia-smi"), test_versions.SMI, counts=True),
    "versions, fi_info": Case(of_versions("fi_info"), test_versions.FI_INFO),
    "versions, EFA packages": Case(of_versions("EFA packages"), test_versions.PACKAGES, counts=True),
    "versions, EFA module": Case(of_versions("EFA module"), "2.13.0g\n"),
    "xid": Case(of_gpus(xid.CHECK, "kernel log"), gpu_answers.LOG, counts=True),
}


@pytest.mark.parametrize("case", HEALTHY.values(), ids=HEALTHY)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_what_is_read_of_a_garbled_text_is_the_same_or_an_error(case: Case, data: st.DataObject) -> None:
    """Of one that a healthy node has printed."""
    whole = case.read(case.text)
    try:
        found = case.read(data.draw(garbled(case.text)))
    except UnreadableAnswerError:
        return
    assert found == whole or (case.counts and found[0] is not Verdict.PASS)


ROSE = {**READINGS, "after": test_efa_counters.after(rx_drops=7)}
ECC_FAULT, NARROW = {1: {"ecc.errors.uncorrected.volatile.total": "2"}}, {2: {"pcie.link.width.current": "8"}}
REMAP, HOT = {1: {"remapped_rows.failure": "Yes"}}, {2: {"clocks_event_reasons.hw_thermal_slowdown": "Active"}}
NOT_JOINED, XID = {3: {"fabric.state": "In Progress"}}, "NVRM: Xid (PCI:0000:9b:00): 79, GPU has fallen off the bus.\n"
WRONG = A100.replace("values : 0 OK", "values : 3 FAILED")
SICK: Mapping[str, Case] = {
    "all-reduce-in-node": Case(of_answer(in_node.CHECK, ONE), in_node_told(WRONG, status=1)),
    "dcgm": Case(lambda text: result([test_dcgm.finding(text)]), test_dcgm.ended("Fail", 1)),
    "disks": Case(of_node(disks.CHECK, "lsblk", STRIPED), test_disks.lsblk(7, test_disks.striped)),
    "ecc": Case(of_gpus(ecc.CHECK, "errors"), gpu_answers.rows(ecc.ERRORS, 8, ECC_FAULT)),
    "ecc, remapped": Case(of_gpus(ecc.CHECK, "remapped"), gpu_answers.rows(ecc.REMAPPED, 8, REMAP)),
    "efa": Case(of_node(efa.CHECK, "fi_info", P4D, EFA_KEPT), test_efa.P4D[: test_efa.P4D.rindex("provider: efa")]),
    "efa-counters": Case(of_answer(efa_counters.CHECK, ONE), json.dumps(ROSE)),
    "gpus": Case(of_gpus(gpus.CHECK, "gpus"), gpu_answers.rows(gpus.QUERY, 7)),
    "limits": Case(of_node(limits.CHECK, "limits", ONE, LIMITS), test_limits.limit("8388608")),
    "limits, huge pages": Case(of_node(limits.CHECK, "meminfo", ONE, LIMITS), test_limits.meminfo(0)),
    "lustre": Case(of_node(lustre.CHECK, "mounts", test_lustre.question()), test_lustre.AUTOMOUNT),
    "names": Case(
        of_node(names.CHECK, OWN, ask(count=1), {S3: output(test_names.S3)}),
        test_names.OWN.replace("127.43.0.10", "127.0.1.1"),
    ),
    "nvlink": Case(
        of_gpus(nvlink.CHECK, "links"),
        (DATA / "nvidia-smi" / "nvlink-status.h100-one-without-links.txt").read_text(encoding="utf-8"),
    ),
    "nvlink, fabric": Case(of_gpus(nvlink.CHECK, "fabric"), gpu_answers.rows(nvlink.FABRIC, 8, NOT_JOINED)),
    "pcie": Case(of_gpus(pcie.CHECK, "links"), gpu_answers.rows(pcie.QUERY, 8, NARROW)),
    "throttling": Case(of_gpus(throttling.CHECK, "clocks_event_reasons"), gpu_answers.rows(NEWER, 8, HOT)),
    "xid": Case(of_gpus(xid.CHECK, "kernel log"), f"{XID}{gpu_answers.LOG}"),
}


@pytest.mark.parametrize("case", SICK.values(), ids=SICK)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_a_garbled_text_of_a_sick_node_never_passes(case: Case, data: st.DataObject) -> None:
    """It fails as the whole one does, or nothing is read of it."""
    assert case.read(case.text)[0] is Verdict.FAIL
    try:
        verdict, _ = case.read(data.draw(garbled(case.text)))
    except UnreadableAnswerError:
        return
    assert verdict is not Verdict.PASS
