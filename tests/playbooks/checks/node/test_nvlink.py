import pytest

from playbooks.checks.node import nvlink
from playbooks.findings import Verdict
from tests.playbooks.checks.asks import ask
from tests.playbooks.checks.node.gpu_answers import DATA, finding, judged, printed, refused, rows

H200 = (DATA / "nvidia-smi" / "nvlink-status.h200.txt").read_text(encoding="utf-8")


def status(name: str) -> str:
    """What a file of the test data says."""
    return (DATA / "nvidia-smi" / f"nvlink-status.{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "instance_type", "said"),
    [
        ("a100-sxm4-80gb", "p4de.24xlarge", "every GPU has all of its 12 NVLinks up at 25 GB/s"),
        ("h200", "p5en.48xlarge", "every GPU has all of its 18 NVLinks up at 26.562 GB/s"),
        ("b200", "p6-b200.48xlarge", "every GPU has all of its 18 NVLinks up at 50 GB/s"),
    ],
)
def test_all_links_up(name: str, instance_type: str, said: str) -> None:
    """As many as NVIDIA states, at one rate."""
    found = finding(nvlink.CHECK, {"links": printed(status(name))}, instance_type)

    assert (found.verdict, found.reason) == (Verdict.PASS, said)


def test_a_gpu_without_links_is_named() -> None:
    """It lists none at all; its node fails, and no other."""
    _, found = judged(nvlink.CHECK, {}, {"links": printed(status("h100-one-without-links"))})

    assert [each.verdict.value for each in found] == ["PASS", "FAIL"]
    assert found[1].reason == "GPU 1 has 0 of 18 NVLinks up"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (H200.replace("Link 10: 26.562 GB/s", "Link 10: <inactive>", 1), "GPU 0 has 17 of 18 NVLinks up"),
        (H200.replace("\t Link 17: 26.562 GB/s\n", "", 1), "GPU 0 has 17 of 18 NVLinks up"),
        (
            H200.replace("Link 10: 26.562 GB/s", "Link 10: 1.562 GB/s", 1),
            "1 NVLinks of GPU 0 run below 26.562 GB/s, the slowest at 1.562",
        ),
    ],
)
def test_a_link_that_is_down_missing_or_slow_fails(text: str, said: str) -> None:
    """In words for the person who must act."""
    found = finding(nvlink.CHECK, {"links": printed(text)}, "p5en.48xlarge")

    assert (found.verdict, found.reason) == (Verdict.FAIL, said)


def test_a_node_whose_links_are_all_slow_is_held_against_the_fleet() -> None:
    """Alike on one node is not yet right."""
    _, found = judged(nvlink.CHECK, {}, {"links": printed(H200.replace("26.562", "12.5"))})

    assert [each.verdict.value for each in found] == ["PASS", "FAIL"]


@pytest.mark.parametrize(
    "text",
    [H200.replace("26.562", "26,562", 1), "\x1b[1m" + H200, H200.replace("GB/s", "Go/s", 1), H200[:700], ""],
    ids=["decimal comma", "colour", "unit", "cut", "empty"],
)
def test_what_is_no_status_never_passes(text: str) -> None:
    """The line is shown where it cannot be read."""
    found = finding(nvlink.CHECK, {"links": printed(text)}, "p5en.48xlarge")

    assert found.verdict in (Verdict.ERROR, Verdict.FAIL)
    if found.verdict is Verdict.ERROR and text:
        assert "cannot be read" in found.reason or "tells of the NVLinks of" in found.reason


@pytest.mark.parametrize(
    ("line", "instead"),
    [("Link 17: 26.562 GB/s", "Link 16: 26.562 GB/s"), ("GPU 1:", "GPU 0:")],
)
def test_a_link_or_a_gpu_that_is_told_twice_stands_for_no_other(line: str, instead: str) -> None:
    """The line is shown, and what is missing beside it is not counted as a fault."""
    found = finding(nvlink.CHECK, {"links": printed(H200.replace(line, instead, 1))}, "p5en.48xlarge")

    assert found.verdict is Verdict.ERROR
    assert f"'{instead}" in found.reason


@pytest.mark.parametrize(
    ("state", "status_text", "said"),
    [
        ("In Progress", "N/A", "GPU 3 has not joined the fabric: In Progress"),
        ("Not Started", "N/A", "GPU 3 has not joined the fabric: Not Started"),
        ("Completed", "Insufficient Resources", "GPU 3 could not join the fabric: Insufficient Resources"),
    ],
)
def test_a_gpu_that_has_not_joined_the_fabric_fails(state: str, status_text: str, said: str) -> None:
    """Its links may be up all the same."""
    text = rows(nvlink.FABRIC, 8, {3: {"fabric.state": state, "fabric.status": status_text}})
    found = finding(nvlink.CHECK, {"fabric": printed(text)})

    assert (found.verdict, found.reason) == (Verdict.FAIL, said)


def test_a_driver_that_knows_no_fabric_is_judged_by_its_links() -> None:
    """And so is a GPU that has none, such as an A100."""
    none = {gpu: {"fabric.state": "N/A", "fabric.status": "N/A"} for gpu in range(8)}

    assert finding(nvlink.CHECK, {"fabric": refused("fabric.state")}).verdict is Verdict.PASS
    assert finding(nvlink.CHECK, {"fabric": printed(rows(nvlink.FABRIC, 8, none))}).verdict is Verdict.PASS


@pytest.mark.parametrize("instance_type", ["g6e.48xlarge", "p5.4xlarge"])
def test_where_there_is_nothing_to_link_the_check_is_skipped(instance_type: str) -> None:
    """Cards have no NVLinks, and one GPU has nobody to talk to."""
    question = ask(instance_type=instance_type)

    assert nvlink.CHECK.skip(question, question.nodes[0]) == f"{instance_type} has no NVLinks"


def test_a_type_that_nobody_knows_is_not_judged() -> None:
    """How many links there should be is not known."""
    assert finding(nvlink.CHECK, {}, "p99.metal").verdict is Verdict.INCONCLUSIVE
