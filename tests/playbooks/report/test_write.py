"""Tests that every form of the report is written."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

from playbooks.findings import Finding, Part, Verdict
from playbooks.history.past import Past, look_back
from playbooks.report.json_report import Document
from playbooks.report.write import write
from tests.playbooks.report.runs import failing, gpu_fleet, passing


def test_three_reports_of_one_run_lie_in_the_folder(tmp_path: Path) -> None:
    """And nothing else does; a second run takes their place."""
    write(failing(), tmp_path, Past())
    second = replace(passing(), run="second")
    reports = write(second, tmp_path, Past())

    assert {path.name for path in tmp_path.iterdir()} == {
        "report.json",
        "report.xml",
        "report.html",
        "history.jsonl",
        "last_findings.json",
    }
    assert second == Document.model_validate_json(reports.json.read_bytes()).run
    assert ET.parse(reports.junit).getroot().get("failures") == "0"  # noqa: S314 - written above
    assert "second" in reports.html.read_text("utf-8")


def test_the_environment_does_not_reach_a_report(tmp_path: Path) -> None:
    """Nothing of the process that writes it."""
    write(failing(), tmp_path, Past())
    files = [path for path in tmp_path.rglob("*") if path.is_file()]

    assert len(files) == 7
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


KEY_BODY = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ"
CANARIES = ("AKIAIOSFODNN7EXAMPLE", "canary0Secret/Value", "canary1Bearer", KEY_BODY, "canary2", "0123456789abcdef")
SECRETS = f"""\
AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE
AWS_SECRET_ACCESS_KEY=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
curl -H 'Authorization: Bearer canary1Bearer.eyJhbGciOiJIUzI1NiJ9'
-----BEGIN OPENSSH PRIVATE KEY-----
{KEY_BODY}
-----END OPENSSH PRIVATE KEY-----
GET https://b.s3.amazonaws.com/k?X-Amz-Credential=canary2%2F20261122&X-Amz-Signature=0123456789abcdef&X-Amz-Expires=60
GET https://b.s3.amazonaws.com/k?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=canary2%2Bv%3D&Expires=1795316400
"""
ORDINARY = "tokens: 42, tokens a second: 48102.3, max_tokens: 1048576, serial 1650000000007"


def test_a_secret_that_a_node_prints_is_in_none_of_the_files(tmp_path: Path) -> None:
    """Row 44: in a reason, in a program's stderr, and where an output begins within a key; what is ordinary stays."""
    cut = f"{KEY_BODY}\n-----END OPENSSH PRIVATE KEY-----\nafter"
    findings = tuple(
        Finding("a", (name,), Verdict.ERROR, SECRETS, evidence={"stderr": f"{SECRETS}{ORDINARY}", "stdout": cut})
        for name in ("train-0", "train-1")
    )
    write(replace(passing(), findings=findings), tmp_path, Past())
    files = {path.name: path.read_text("utf-8") for path in tmp_path.rglob("*") if path.is_file()}

    assert len(files) == 7
    assert [(name, each) for name, text in files.items() for each in CANARIES if each in text] == []
    for name in ("report.json", "report.xml", "report.html", "train-0.md"):
        assert ORDINARY in files[name]
        assert "after" in files[name]


def test_a_lone_surrogate_reaches_no_file(tmp_path: Path) -> None:
    r"""A node can answer `"\ud800"` as the serial number of a GPU, and in what a ticket shows."""
    finding = Finding("a", ("train-0",), Verdict.ERROR, "\ud800", parts=(Part("GPU 0", "\ud800", "\ud800", ""),))
    write(replace(passing(), findings=(finding,)), tmp_path, Past())

    assert look_back(tmp_path).earlier[0].parts[0].serial == "?"


def test_faults_on_purpose_are_no_history(tmp_path: Path) -> None:
    """A machine that was broken for a demonstration has never failed."""
    write(replace(failing(), injected=("train-1=slow",)), tmp_path, Past())

    assert {path.name for path in tmp_path.iterdir()} == {"report.json", "report.xml", "report.html", "tickets"}
    assert look_back(tmp_path) == Past()
