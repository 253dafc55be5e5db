"""Tests that every form of the report is written."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

from playbooks.findings import Finding, Part, Verdict
from playbooks.history.past import Past, look_back
from playbooks.report.json_report import from_json
from playbooks.report.write import write
from tests.playbooks.report.runs import failing, gpu_fleet, passing


def test_three_reports_of_one_run_lie_in_the_folder(tmp_path: Path) -> None:
    """And nothing else does; a second run takes their place."""
    write(failing(), tmp_path, Past())
    second = replace(passing(), run="second")
    reports = write(second, tmp_path, Past())

    assert {path.name for path in tmp_path.iterdir()} == {"report.json", "report.xml", "report.html", "history.jsonl"}
    assert second == from_json(reports.json.read_bytes())
    assert ET.parse(reports.junit).getroot().get("failures") == "0"  # noqa: S314 - written above
    assert "second" in reports.html.read_text("utf-8")


def test_the_environment_does_not_reach_a_report(tmp_path: Path) -> None:
    """Nothing of the process that writes it."""
    write(failing(), tmp_path, Past())
    files = [path for path in tmp_path.rglob("*") if path.is_file()]

    assert len(files) == 6
    for file in files:
        assert "PATH=" not in file.read_text("utf-8")


def test_tickets_are_those_of_this_run_alone(tmp_path: Path) -> None:
    """Nobody is to file one for a machine that is well by now."""
    first = write(failing(), tmp_path, Past())
    assert [path.name for path in first.tickets] == ["train-1.md", "train-2.md"]
    assert all(path.is_file() for path in first.tickets)

    sick = gpu_fleet(4)
    one = replace(sick, findings=tuple(finding for finding in sick.findings if finding.check != "pairs"))
    assert [path.name for path in write(one, tmp_path, Past()).tickets] == ["train-1.md"]
    assert [path.name for path in (tmp_path / "tickets").iterdir()] == ["train-1.md"]

    write(passing(), tmp_path, Past())
    assert not (tmp_path / "tickets").exists()


def test_a_lone_surrogate_reaches_no_file(tmp_path: Path) -> None:
    r"""A node can answer `"\ud800"` as the serial number of a GPU, and in what a ticket shows."""
    finding = Finding("a", ("train-0",), Verdict.ERROR, "\ud800", parts=(Part("GPU 0", "\ud800", "\ud800", ""),))
    write(replace(passing(), findings=(finding,)), tmp_path, Past())

    assert look_back(tmp_path).earlier[0].parts[0].serial == "?"
