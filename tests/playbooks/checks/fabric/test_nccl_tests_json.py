import json
from collections.abc import Callable
from typing import Any

import pytest

from components.catalogue.collectives import Collective
from playbooks.checks.answer import UnreadableAnswerError
from playbooks.checks.fabric.nccl_tests import Report
from playbooks.checks.fabric.nccl_tests_json import parse_json
from tests.playbooks.checks.fabric.test_nccl_tests import CAPTURED

H100 = (CAPTURED / "all-reduce.8-h100.2.19.7.json").read_text(encoding="utf-8")


def parse(text: str) -> Report:
    """An all-reduce."""
    return parse_json(text, Collective.ALL_REDUCE)


def changed(change: Callable[[Any], object]) -> str:
    """The report with one thing changed."""
    report = json.loads(H100)
    change(report)
    return json.dumps(report)


def test_a_report_of_version_2_19() -> None:
    """Of eight processes with a GPU each."""
    found = parse(H100)

    assert (found.ranks, found.out_of_bounds, len(found.rows)) == (8, 0, 1)
    assert found.rows[0].bytes == 16 << 30
    assert found.rows[0].out_of_place == (62517.395194, 274.801423, 480.902491, 0)


def test_one_process_lists_only_the_first_of_its_ranks() -> None:
    """So that ranks are counted by the processes and what each was told."""

    def one_process(report: Any) -> None:  # noqa: ANN401 - JSON
        report["config"].update(ngpus=8, devices=report["config"]["devices"][:1])

    assert parse(changed(one_process)).ranks == 8


def test_what_was_not_looked_at_is_null() -> None:
    """As all-to-all in place."""
    assert parse(changed(lambda report: report["results"][0]["in_place"].update(nwrong=None))).wrong == {
        "17179869184 B, out of place": 0,
        "17179869184 B, in place": 0,
    }


def test_wrong_elements_are_counted() -> None:
    """In the row and in the sum."""

    def sick(report: Any) -> None:  # noqa: ANN401 - JSON
        report["results"][0]["out_of_place"]["nwrong"] = 5.0
        report["out_of_bounds"] = {"count": 5, "okay": "false"}

    assert sum(parse(changed(sick)).wrong.values()) == 5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda report: report["results"].clear(), "results: List should have at least 1 item"),
        (lambda report: report["results"][0].update(out_of_place=None), "results.0.out_of_place"),
        (lambda report: report["results"][0]["in_place"].update(bus_bw="nan"), "results.0.in_place.bus_bw"),
        (lambda report: report["results"][0]["in_place"].update(bus_bw=float("nan")), "not whole or not right"),
        (lambda report: report["results"][0]["out_of_place"].update(bus_bw=300.0), "do not make 274.801 and 300 GB/s"),
        (lambda report: report["results"][0]["out_of_place"].update(time=0.0), "results.0.out_of_place.time"),
        (lambda report: report["config"].update(minimum_bytes=8), "told of 1 of 32 message sizes"),
        (lambda report: report["config"]["devices"].pop(), "over 7 ranks"),
        (lambda report: report["average_bus_bandwidth"].update(bandwidth=500.0), "do not make 500 on average"),
        (lambda report: report.pop("out_of_bounds"), "out_of_bounds: Field required"),
        (lambda report: report["out_of_bounds"].update(okay="false"), "contradicts itself"),
        (lambda report: report.update(errors=["remote process exited"]), "tells an error: remote process exited"),
    ],
)
def test_what_is_wrong_is_said(change: Callable[[Any], object], message: str) -> None:
    """With the place in the report."""
    with pytest.raises(UnreadableAnswerError, match=message):
        parse(changed(change))
