"""Asks checkov, in a virtual environment of its own, what it finds in environments that are written as Terraform."""

import csv
import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from benchmarks.as_terraform import as_terraform, terraform_type
from playbooks.plan.evaluate import Answer
from playbooks.plan.graph import Graph
from policies.identity import DOCUMENTS

WAIVERS = Path(__file__).with_name("checkov_waivers.csv")
FILE = "main.tf.json"
TYPE = re.compile(r'  "([a-z0-9_]+)": {')  # where a type begins in the file, by its indentation
FRAMEWORK = ("--framework", "terraform", "terraform_json")
# No guidelines from the network, no source lines, and an exit status that tells of faults only.
QUIET = ("--skip-download", "--compact", "--quiet", "--soft-fail", "--output", "json")


class Finding(NamedTuple):
    """One check that failed on one resource."""

    check: str
    title: str
    type: str
    name: str


def write(folder: Path, graph: Graph, answers: Mapping[str, Answer]) -> None:
    """Write a graph into a folder of its own, which is a module to Terraform.

    What IAM's policies say is written in HCL as well: checkov looks into them there only.
    """
    folder.mkdir(parents=True)
    terraform = as_terraform(graph, answers)
    (folder / FILE).write_text(json.dumps(terraform, indent=1))
    policies = {kind: terraform["resource"].get(kind, {}) for kind in map(terraform_type, DOCUMENTS)}
    blocks = [_block(kind, name, each) for kind, found in policies.items() for name, each in found.items()]
    (folder / "policies.tf").write_text("\n".join(blocks))


def _block(kind: str, name: str, arguments: Mapping[str, object]) -> str:
    """A resource in HCL, of text alone."""
    lines = [f"  {key} = {_quoted(value)}" for key, value in arguments.items() if isinstance(value, str)]
    return "\n".join([f'resource "{kind}" "{name}" {{', *lines, "}", ""])


def _quoted(text: str) -> str:
    return json.dumps(text) if text.startswith("${") else json.dumps(text).replace("${", "$${")


def command(environment: Path, folder: Path) -> list[str | Path]:
    """The words that scan a folder and all below it."""
    return [environment / "bin" / "checkov", "--directory", folder, *FRAMEWORK, *QUIET]


def findings(environment: Path, folder: Path) -> dict[str, frozenset[Finding]]:
    """What checkov finds, by the folder right below the given one.

    Raises:
        CalledProcessError: checkov failed.
        ValueError: it could not read one of the files.
    """
    answer = subprocess.run(command(environment, folder), check=True, capture_output=True, text=True).stdout
    found: dict[str, set[Finding]] = {each.name: set() for each in folder.iterdir()}
    types = {module: _types(folder / module / FILE) for module in found}
    reports = json.loads(answer)
    for report in reports if isinstance(reports, list) else [reports]:  # one alone where only JSON was to be read
        if report["summary"]["parsing_errors"]:
            raise ValueError(f"checkov can't read {report['results']['parsing_errors']}")
        for failed in report["results"]["failed_checks"]:
            module, file = Path(failed["file_path"]).parts[-2:]
            kind, _, name = failed["resource"].rpartition(".")
            kind = types[module][failed["file_line_range"][0] - 1] if file == FILE else kind
            found[module].add(Finding(failed["check_id"], failed["check_name"], kind, name))
    return {module: frozenset(each) for module, each in found.items()}


def _types(file: Path) -> list[str]:
    """The type that each line of a file belongs to; checkov tells it for some of its checks only."""
    found, current = [], ""
    for line in file.read_text().splitlines():
        begins = TYPE.fullmatch(line)
        current = begins[1] if begins else current
        found.append(current)
    return found


def waivers() -> dict[tuple[str, str], str]:
    """Why a check that fails on a resource type of our clean environments is not heeded, by check and type."""
    with WAIVERS.open(encoding="utf-8", newline="") as file:
        return {(row["check"], row["type"]): row["reason"] for row in csv.DictReader(file)}
