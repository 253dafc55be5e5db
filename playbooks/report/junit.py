"""report.xml: the findings as JUnit test cases, for Jenkins, GitLab and GitHub.

One suite is one check on one fleet. The format has no schema of its own; what stands here is what Jenkins' xUnit
plugin (junit-10.xsd) allows and GitLab ("Unit test reports") reads: GitLab keeps one case of each class name and name.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC
from xml.etree import ElementTree as ET

from playbooks.findings import Finding, Verdict
from playbooks.report.digest import Group, Named, groups, named
from playbooks.report.legible import clipped, legible
from playbooks.report.quantities import shown
from playbooks.report.run import Run

EVIDENCE_CHARACTERS = 4_000  # of each piece: GitLab refuses a file of 30 MB

OUTCOMES: Mapping[Verdict, str] = {
    Verdict.FAIL: "failure",
    Verdict.ERROR: "error",
    Verdict.INCONCLUSIVE: "skipped",
    Verdict.SKIPPED: "skipped",
}


def to_junit(run: Run) -> bytes:
    """The run as JUnit XML in UTF-8."""
    about = {"name": f"smoke {run.environment}", "time": f"{run.seconds:.3f}"}
    root = ET.Element("testsuites", {**about, **_totals(run.findings)})
    for group in groups(run):
        root.append(_suite(run, group))
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _suite(run: Run, group: Group) -> ET.Element:
    name = ".".join(part for part in (run.environment, group.fleet, group.check) if part)
    started = run.started.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    about = {"name": name, "timestamp": started, **_time(run, group)}
    suite = ET.Element("testsuite", {**about, **_totals(group.findings)})
    suite.extend(_case(name, case) for case in named(group))
    return suite


def _time(run: Run, group: Group) -> dict[str, str]:
    """How long the check's program took; nothing where another check's program asked for it."""
    took = [each.seconds for each in run.took if (each.check, each.fleet) == (group.check, group.fleet)]
    return {"time": f"{sum(took):.3f}"} if took else {}


def _totals(findings: tuple[Finding, ...]) -> dict[str, str]:
    found = Counter(OUTCOMES.get(finding.verdict, "passed") for finding in findings)
    every = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    return {"tests": str(len(findings))} | {name: str(found[outcome]) for name, outcome in every.items()}


def _case(suite: str, case: Named) -> ET.Element:
    element = ET.Element("testcase", {"classname": suite, "name": legible(case.name)})
    finding = case.finding
    outcome = OUTCOMES.get(finding.verdict)
    if outcome is None:
        return element
    message = legible(f"{finding.verdict}: {finding.reason}")
    ET.SubElement(element, outcome, {"type": finding.verdict, "message": message}).text = legible(_told(finding))
    if finding.evidence:
        evidence = (f"{name}:\n{clipped(text, EVIDENCE_CHARACTERS)}" for name, text in finding.evidence.items())
        ET.SubElement(element, "system-out").text = legible("\n".join(evidence))
    return element


def _told(finding: Finding) -> str:
    lines = [finding.reason]
    if finding.figure:
        figure, limit = shown(finding.figure, finding.threshold)
        lines.append(f"Measured: {finding.figure.name} {figure}{f', wanted {limit}' if limit else ''}")
    if finding.threshold:
        lines.append(f"Threshold from: {finding.threshold.source}")
    if finding.action:
        lines.append(f"To do: {finding.action}")
    return "\n".join(lines)
