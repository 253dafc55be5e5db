"""Tests of the lines of the history."""

import math
from dataclasses import replace

from playbooks.findings import Figure, Finding, Part, Verdict
from playbooks.history.entry import Entry, Hardware, entries
from tests.playbooks.report.runs import failing, gpu_fleet


def test_a_node_has_a_line_with_its_figures_its_verdicts_and_the_numbers_of_its_gpus() -> None:
    """Of the node whose GPU 3 is slow."""
    line = entries(gpu_fleet(4))[1]
    (judged,) = [taken for taken in line.figures if taken.check == "gemm"]

    assert (line.node, line.verdict, judged.verdict, judged.unit) == ("train-1", "FAIL", "FAIL", "TFLOP/s")
    assert [part.serial for part in line.parts] == [f"16524{number:08d}" for number in range(8, 16)]
    assert [taken.figure for taken in line.parts[3].figures] == ["bf16 GEMM", "memory triad"]
    assert min(line.parts, key=lambda part: part.figures[0].value or math.inf).name == "GPU 3"


def test_what_a_collective_says_is_no_verdict_on_one_node() -> None:
    """It is kept, and told apart."""
    run = failing()
    line = entries(replace(run, findings=tuple(each for each in run.findings if each.check == "all-reduce")))[0]

    assert [(taken.verdict, taken.alone) for taken in line.figures] == [(Verdict.FAIL, False)]
    assert line.verdict is Verdict.INCONCLUSIVE


def test_a_line_is_read_back_as_it_was_nan_too() -> None:
    """JSON has no NaN."""
    finding = Finding("a", ("train-0",), Verdict.INCONCLUSIVE, "", Figure("b", math.nan, "s"))
    line = entries(replace(failing(), findings=(finding,)))[0]
    again = Entry.model_validate_json(line.model_dump_json())

    assert again.figures[0].value is not None
    assert math.isnan(again.figures[0].value)
    assert line.model_dump_json() == again.model_dump_json()


def test_a_part_is_known_by_its_uuid_else_by_its_serial_number_else_not_at_all() -> None:
    """`[N/A]` is no serial number: all GPUs that say so would be one."""
    parts = [Part("GPU 0", "", "1", "GPU-1"), Part("GPU 0", "", "1", ""), Part("GPU 0", "", "[N/A]", "")]
    found = [Hardware(name=part.name, model="", serial=part.serial, uuid=part.uuid).identity for part in parts]

    assert found == ["GPU-1", "1", ""]
