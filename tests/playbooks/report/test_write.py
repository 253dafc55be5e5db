"""Tests that every form of the report is written."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

from playbooks.report.json_report import from_json
from playbooks.report.write import write
from tests.playbooks.report.runs import failing, passing


def test_three_reports_of_one_run_lie_in_the_folder(tmp_path: Path) -> None:
    """And nothing else does; a second run takes their place."""
    write(failing(), tmp_path)
    second = replace(passing(), run="second")
    reports = write(second, tmp_path)

    assert sorted(reports) == sorted(tmp_path.iterdir())
    assert second == from_json(reports.json.read_bytes())
    assert ET.parse(reports.junit).getroot().get("failures") == "0"  # noqa: S314 - written above
    assert "second" in reports.html.read_text("utf-8")


def test_the_environment_does_not_reach_a_report(tmp_path: Path) -> None:
    """Nothing of the process that writes it."""
    for report in write(failing(), tmp_path):
        assert "PATH=" not in report.read_text("utf-8")
