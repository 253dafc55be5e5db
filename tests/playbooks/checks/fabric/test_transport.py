from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.catalogue.instance_types import instance_type
from playbooks.checks.fabric import transport
from playbooks.checks.fabric.transport import Told, faults
from playbooks.findings import Finding, Verdict
from playbooks.payload.nccl_log import told
from tests.playbooks.checks.asks import verdicts
from tests.playbooks.checks.fabric.test_nccl_tests import TAGGED

LOGS = Path(__file__).parents[4] / "tests" / "data" / "nccl-log"
GOOD = (  # a node of two p5en, as NCCL 2.27 with aws-ofi-nccl 1.18 words it
    "NET/OFI Selected provider is efa, fabric is efa-direct (found 16 nics)",
    "Using network Libfabric",
    "via NET/Libfabric/0/GDRDMA",
    "via NET/Libfabric/15/GDRDMA/Shared",
)


NO_PLUGIN = (  # a node of EKS's image, as torch's own NCCL words it
    "NET/Plugin: Could not find: libnccl-net.so.",
    "NET/Socket : Using [0]ens32:10.0.0.1<0>",
    "Using network Socket",
    "via NET/Socket/0",
)


def judged(*lines: str, sent: int | None = 1000, type_name: str = "p5en.48xlarge") -> list[Finding]:
    """Two nodes, of which the second has another log."""
    both = {"gpu-0": Told(GOOD, 1000, 1000.0), "gpu-1": Told(lines or GOOD, sent, 1000.0)}
    return transport.findings(both, instance_type(type_name), in_cluster=False)


def judged_in_cluster(*logs: tuple[str, ...]) -> list[Finding]:
    """Nodes of a cluster, with a log each."""
    told = {f"gpu-{index}": Told(lines, 0, 1000.0) for index, lines in enumerate(logs)}
    return transport.findings(told, instance_type("p5en.48xlarge"), in_cluster=True)


def lines_of(log: str) -> list[str]:
    """The lines that the program on the node keeps of a log."""
    lines = told(log)["transport"]
    assert isinstance(lines, list)
    return lines


def test_a_fleet_over_efa_passes_twice() -> None:
    """By its log and by its counters."""
    found = judged()

    assert verdicts(found) == [("PASS", ("gpu-0", "gpu-1"))] * 2
    assert "GDRDMA" in found[0].evidence["transport"]


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ([line.replace("16 nics", "15 nics") for line in GOOD], "NCCL found 15 of 16 network cards"),
        ([*GOOD[:3], "via NET/Libfabric/1"], "not by GPUDirect RDMA: via NET/Libfabric/1"),
        ([*GOOD, "via NET/Socket/0"], "NCCL speaks TCP: via NET/Socket/0"),
        (["Using network Socket", "via NET/Socket/0"], "NCCL speaks TCP: Using network Socket"),
        ([*GOOD, "via NET/IB/0/GDRDMA"], "not over libfabric: via NET/IB/0/GDRDMA"),
        (["NET/OFI Selected Provider is tcp;ofi_rxm (found 16 nics)", *GOOD[1:]], "provider is tcp;ofi_rxm, not efa"),
        (GOOD[1:], "the log names no libfabric provider"),
        (GOOD[:2], "the log shows no channel to another node"),
    ],
)
def test_what_is_not_proven_is_a_failure_of_that_node(lines: list[str], fault: str) -> None:
    """With the line that shows it."""
    chosen, _ = judged(*lines)

    assert verdicts([chosen]) == [("FAIL", ("gpu-1",))]
    assert fault in chosen.reason
    assert lines[0] in chosen.evidence["gpu-1"]


def test_a_clusters_nodes_without_a_plugin_prove_nothing() -> None:
    """Pods bring it. Elsewhere the node must have it, and where one has it, so must all."""
    [skipped] = judged_in_cluster(NO_PLUGIN, NO_PLUGIN)

    assert verdicts([skipped]) == [("SKIPPED", ("gpu-0", "gpu-1"))]
    assert "pods bring aws-ofi-nccl" in skipped.reason
    assert NO_PLUGIN[0] in skipped.evidence["transport"]
    assert verdicts(judged(*NO_PLUGIN)[:1]) == [("FAIL", ("gpu-1",))]
    assert verdicts(judged_in_cluster(GOOD, NO_PLUGIN)[:1]) == [("FAIL", ("gpu-1",))]


@pytest.mark.parametrize("lines", [NO_PLUGIN[1:], NO_PLUGIN[:3], (*NO_PLUGIN, "via NET/IB/0"), (*NO_PLUGIN, GOOD[0])])
def test_another_fall_back_of_a_cluster_fails(lines: tuple[str, ...]) -> None:
    """The log does not say that there is no plugin, shows no channel, or says that there is one."""
    assert verdicts(judged_in_cluster(lines, lines)[:1]) == [("FAIL", ("gpu-0", "gpu-1"))]


def test_gpu_direct_is_asked_for_where_a_node_has_several_gpus() -> None:
    """aws-ofi-nccl does not require it of p5.4xlarge, with its one H100."""
    assert transport.gpu_direct(instance_type("p5.48xlarge"))
    assert not transport.gpu_direct(instance_type("p5.4xlarge"))
    assert not transport.gpu_direct(instance_type("g6.48xlarge"))


def test_a_socket_for_the_first_meeting_is_no_fall_back() -> None:
    """NCCL lists TCP's interfaces before it loads the plugin."""
    assert faults(["NET/Socket : Using [0]eth0:10.0.0.1<0>", *GOOD], 16, gpu_direct=True) == []


def test_logs_that_were_captured() -> None:
    """Of a p4d with one interface in its container, and of a T4 without GPUDirect."""
    p4d = lines_of((LOGS / "efa-p4d.txt").read_text(encoding="utf-8"))
    t4 = lines_of(TAGGED)

    assert faults(p4d, 1, gpu_direct=True) == []
    assert faults(p4d, 4, gpu_direct=True) == ["NCCL found 1 of 4 network cards"]
    assert faults(t4, 1, gpu_direct=False) == []
    assert faults(t4, 1, gpu_direct=True) == ["not by GPUDirect RDMA: via NET/AWS Libfabric/0"]


def test_counters_that_stand_still_are_a_failure() -> None:
    """Whatever the log says."""
    chosen, counted = judged(sent=10)

    assert chosen.verdict is Verdict.PASS
    assert verdicts([counted]) == [("FAIL", ("gpu-1",))]
    assert counted.evidence["gpu-1"] == "10 B sent, at least 1000 B had to be"


def test_counters_that_are_not_there_are_an_error() -> None:
    """Never a pass."""
    assert verdicts(judged(sent=None)[1:]) == [("ERROR", ("gpu-1",))]


@given(st.lists(st.text(max_size=60), max_size=5))
def test_no_other_lines_prove_anything(lines: list[str]) -> None:
    """And nothing is raised."""
    assert faults(lines, 16, gpu_direct=True)
