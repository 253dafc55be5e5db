import pytest

from playbooks.checks.node import efa
from playbooks.checks.node.check import Output
from playbooks.findings import Finding, Verdict
from tests.playbooks.checks.asks import ask
from tests.playbooks.checks.node.machines import DATA, HANGS, NOT_INSTALLED, judged, output

P4D = (DATA / "efa" / "fi_info-p4d-2022.txt").read_text(encoding="utf-8")
TWO_FABRICS = (DATA / "efa" / "fi_info-one-card-libfabric-2.1.txt").read_text(encoding="utf-8")
NONE = (DATA / "efa" / "fi_info-none.stderr").read_text(encoding="utf-8")
KEPT = output('{"interfaces": ["rdmap16s27", "rdmap32s27", "rdmap144s27", "rdmap160s27"]}\n')


def found(fi_info: Output, instance_type: str = "p4d.24xlarge", kept: Output = KEPT) -> Finding:
    """What is found of one node."""
    question = ask(count=1, instance_type=instance_type)
    [finding] = judged(efa.CHECK, question, {"fi_info": fi_info, "counters kept": kept})
    return finding


def test_a_p4d_shows_its_four() -> None:
    """As fi_info of 2022 prints them."""
    finding = found(output(P4D))

    assert (finding.verdict, finding.reason) == (Verdict.PASS, "libfabric shows 4 of 4 EFA interfaces")
    assert finding.evidence["domains"] == "efa_0-rdm, efa_1-rdm, efa_2-rdm, efa_3-rdm"


def test_an_interface_with_two_fabrics_counts_once() -> None:
    """Version 2 of libfabric shows each as efa and as efa-direct: 16 of a p5.48xlarge's 32 would look whole."""
    cards = [TWO_FABRICS.replace("rdmap49", f"rdmap{card}") for card in range(16)]
    finding = found(output("".join(cards)), "p5.48xlarge")

    assert (finding.verdict, finding.reason) == (Verdict.FAIL, "libfabric shows 16 of 32 EFA interfaces")
    assert finding.action


def test_a_node_without_interfaces_fails() -> None:
    """fi_info says so by its exit status and in words."""
    finding = found(output(stderr=NONE, status=195))

    assert (finding.verdict, finding.reason) == (Verdict.FAIL, "libfabric shows 0 of 4 EFA interfaces")


def test_without_fi_info_the_kernels_devices_are_counted() -> None:
    """EKS's images have no libfabric; the report says how they were counted."""
    whole, lacking = found(NOT_INSTALLED), found(NOT_INSTALLED, kept=output('{"interfaces": ["rdmap16s27"]}'))

    assert (whole.verdict, lacking.verdict) == (Verdict.PASS, Verdict.FAIL)
    assert whole.reason == "fi_info is not installed, and the kernel shows 4 of 4 EFA interfaces"
    assert whole.evidence["counted"] == "/sys/class/infiniband/*/device/driver: efa"
    assert whole.evidence["fi_info"] == NOT_INSTALLED.wrong
    assert lacking.evidence["interfaces"] == "rdmap16s27"


@pytest.mark.parametrize(
    "kept", [HANGS, output(), output('{"interfaces": ["a", "a", "b", "c"]}'), output('{"interfaces": ["a"')]
)
def test_devices_that_nobody_could_count_are_an_error(kept: Output) -> None:
    """The program hangs, says nothing, says one twice or is cut."""
    assert found(NOT_INSTALLED, kept=kept).verdict is Verdict.ERROR


@pytest.mark.parametrize("ended", [HANGS, output(stderr="Segmentation fault", status=139)])
def test_interfaces_that_nobody_counted_are_an_error(ended: Output) -> None:
    """Never none of four; how fi_info ended is told."""
    finding = found(ended)

    assert (finding.verdict, finding.reason, finding.figure) == (Verdict.ERROR, ended.wrong, None)
    assert "/opt/amazon/efa/bin" in finding.action


def test_other_providers_and_endpoints_are_none() -> None:
    """Such as the datagrams of the same interface, and what is layered on them."""
    text = TWO_FABRICS.replace("provider: efa\n", "provider: efa;ofi_rxd\n") + TWO_FABRICS.replace("_RDM", "_DGRAM")

    assert efa.domains(efa.parse(text)) == []


def test_an_unknown_type_is_measured_and_not_judged() -> None:
    """There is nothing to hold it against."""
    finding = found(output(P4D), "p99.48xlarge")

    assert (finding.verdict, finding.threshold) == (Verdict.INCONCLUSIVE, None)
    assert "refresh_instance_types" in finding.action


def test_where_there_is_none_it_does_not_apply() -> None:
    """By the type, and in the sandbox whatever the type: its machine has no such card, and nothing passes unseen."""
    small, sandbox = ask(instance_type="c6in.large"), ask()._replace(stand_in=True)

    assert efa.CHECK.skip(small, small.nodes[0]) == "c6in.large has no EFA"
    assert "none of c6in.32xlarge's network cards" in efa.CHECK.skip(sandbox, sandbox.nodes[0])
    assert efa.CHECK.skip(ask(), ask().nodes[0]) == ""


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[1mprovider: efa\x1b[0m\n",
        "provider : efa\n",
        "provider: efa\n",
        "domain: efa_0-rdm\nprovider: efa\nfabric: efa\nversion: 1.0\ntype: FI_EP_RDM\nprotocol: FI_PROTO_EFA\n",
        "fi_info: command not found\n",
    ],
)
def test_what_is_not_fi_info_is_an_error_with_its_line(text: str) -> None:
    """Coloured, cut or out of order."""
    finding = found(output(text))

    assert finding.verdict is Verdict.ERROR
    assert finding.reason.startswith("fi_info")
    assert finding.evidence["fi_info"] == text
