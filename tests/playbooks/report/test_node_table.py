"""Tests of the figures of single nodes."""

from playbooks.findings import Verdict
from playbooks.report.node_table import columns
from tests.playbooks.report.runs import failing, passing


def test_there_is_a_column_for_every_figure_of_single_nodes() -> None:
    """In the order of the checks; a collective's figure is no node's own."""
    found = {check: [column.name for column in figures] for check, figures in columns(passing()).items()}

    assert found == {
        "host-facts": ["clock offset", "CPUs", "memory", "free disk"],
        "storage": ["wrong bytes", "write", "read"],
        "checkpoint": ["wrong bytes", "upload", "download"],
    }


def test_a_cell_has_its_number_in_the_columns_unit_and_its_verdict() -> None:
    """A node that was not measured has none."""
    clock = columns(failing())["host-facts"][0]

    assert clock.unit == "ms"
    assert clock.wanted == "≤ 1 s"
    assert clock.cells["train-1"] == ("4,270.00", Verdict.FAIL)
    assert "train-2" not in clock.cells
