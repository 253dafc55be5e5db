"""Writes every form of the report into a folder."""

from pathlib import Path
from typing import NamedTuple

from playbooks.report.json_report import to_json
from playbooks.report.junit import to_junit
from playbooks.report.page import to_html
from playbooks.report.run import Run
from playbooks.whole_files import replace_files


class Reports(NamedTuple):
    """Where the reports lie."""

    json: Path
    junit: Path
    html: Path


def write(run: Run, folder: Path) -> Reports:
    """Write report.json, report.xml and report.html; a kill at any moment leaves whole files, old or new.

    Raises:
        OSError: the folder or a file in it cannot be written.
    """
    reports = Reports(folder / "report.json", folder / "report.xml", folder / "report.html")
    contents = (to_json(run), to_junit(run), to_html(run))
    replace_files(folder, {path.name: content for path, content in zip(reports, contents, strict=True)})
    return reports
