"""Writes every form of the report into a folder, and keeps what it says of each machine for the runs to come."""

from pathlib import Path
from typing import NamedTuple

from playbooks.history import journal, last_words
from playbooks.history.entry import entries
from playbooks.history.past import Past
from playbooks.report import json_report, ticket
from playbooks.report.junit import to_junit
from playbooks.report.masked import masked_run
from playbooks.report.page import to_html
from playbooks.report.run import Run
from playbooks.whole_files import replace_files


class Reports(NamedTuple):
    """Where the reports lie; a ticket for each node that is to blame."""

    json: Path
    junit: Path
    html: Path
    tickets: tuple[Path, ...]


def write(run: Run, folder: Path, past: Past) -> Reports:
    """Write report.json, report.xml, report.html and tickets/, and add the run to the history and to the last words.

    A kill at any moment leaves whole files, old or new. `past` is what `look_back` told of the folder before.

    Raises:
        OSError: the folder or a file in it cannot be written.
    """
    run = masked_run(json_report.encodable(run))  # before any form is made, so that none can hold a secret
    files = folder / json_report.FILE, folder / "report.xml", folder / "report.html"
    contents = (json_report.to_json(run, past.changes(run)), to_junit(run), to_html(run, past))
    tickets = ticket.to_tickets(run, past)
    replace_files(folder, {path.name: content for path, content in zip(files, contents, strict=True)})
    _replace_tickets(folder / ticket.FOLDER, tickets)
    if not run.injected:  # what was done to a machine on purpose is none of its history
        journal.append(folder, entries(run))
        last_words.keep(folder, run)
    return Reports(*files, tuple(folder / ticket.FOLDER / name for name in tickets))


def _replace_tickets(folder: Path, tickets: dict[str, bytes]) -> None:
    """Those of earlier runs go: nobody is to file one for a machine that is well."""
    if tickets:
        replace_files(folder, tickets)
    for path in folder.glob("*.md") if folder.is_dir() else ():
        if path.name not in tickets:
            path.unlink()
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
