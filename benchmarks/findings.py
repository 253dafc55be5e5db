"""What the policies and checkov find, side by side: in each planted mistake, and in the environments as they are."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

from benchmarks import checkov
from benchmarks.as_terraform import terraform_name
from benchmarks.checkov import Finding
from benchmarks.mistakes.changes import Declared
from benchmarks.mistakes.mistake import Mistake
from benchmarks.planted_mistakes import MISTAKES
from playbooks.plan.evaluate import Answer, evaluate, make_up
from playbooks.plan.graph import Resource
from playbooks.plan.policies import judged
from policies.verdicts import Verdict
from stacks.environment import load

PROJECT = Path(__file__).parents[1]
TODAY = date(2026, 11, 22)  # the day on which the mistakes are made


class Recorded(NamedTuple):
    """An environment as it is, and what stood for the cloud."""

    declared: Declared
    answers: Mapping[str, Answer]


def record(name: str) -> Recorded:
    """Evaluate an environment, and keep what its resources were answered."""
    answers: dict[str, Answer] = {}

    def make(resource: Resource) -> Answer:
        return answers.setdefault(resource.urn, make_up(resource))

    environment = load(PROJECT, name)
    return Recorded(Declared(environment, evaluate(environment, make)), answers)


def side_by_side(environment: Path | None, folder: Path, recorded: Mapping[str, Recorded]) -> bool:
    """Print what each finds; whether ours misses nothing, and nothing that checkov finds is unexplained.

    Args:
        environment: checkov's virtual environment; None to ask the policies alone.
        folder: an empty place.
        recorded: every environment, by name.
    """
    ours = {mistake.name: _violations(mistake.change(recorded[mistake.environment].declared)) for mistake in MISTAKES}
    scanned = _scanned(environment, folder / "scanned", recorded) if environment else {}
    theirs = {
        mistake.name: _new(scanned[_module(number)], scanned[mistake.environment], recorded[mistake.environment])
        for number, mistake in enumerate(MISTAKES)
        if scanned
    }
    for line in _planted(ours, theirs):
        print(line)
    clean = {name: _violations(each.declared) for name, each in recorded.items()}
    print(f"\nOn the environments as they are the policies find {sum(map(len, clean.values()))} violations.\n")
    missed = [mistake for mistake in MISTAKES if (mistake.rule, mistake.resource) not in ours[mistake.name]]
    explained = _print_clean({name: scanned[name] for name in recorded}) if scanned else True
    return not missed and not any(clean.values()) and explained


def _violations(declared: Declared) -> set[tuple[str, str]]:
    """Rule and resource of each."""
    found = judged(declared.graph, declared.environment, TODAY)
    return {(each.rule, each.resource) for each in found if each.verdict is Verdict.VIOLATION}


def _scanned(environment: Path, folder: Path, recorded: Mapping[str, Recorded]) -> dict[str, frozenset[Finding]]:
    """What checkov finds in the environments as they are, by name, and in those with a mistake, by its module."""
    for name, (declared, answers) in recorded.items():
        checkov.write(folder / name, declared.graph, answers)
    for number, mistake in enumerate(MISTAKES):
        declared, answers = recorded[mistake.environment]
        checkov.write(folder / _module(number), mistake.change(declared).graph, answers)
    return checkov.findings(environment, folder)


def _new(found: frozenset[Finding], clean: frozenset[Finding], recorded: Recorded) -> frozenset[Finding]:
    """What is found with a mistake and not without: not what it finds in one machine more as in all the others."""
    usual = {(each.check, each.type) for each in clean}
    there = {terraform_name(each.name) for each in recorded.declared.graph}
    return frozenset(each for each in found - clean if each.name in there or (each.check, each.type) not in usual)


def _module(number: int) -> str:
    return f"mistake-{number}"


def _planted(ours: Mapping[str, set[tuple[str, str]]], theirs: Mapping[str, frozenset[Finding]]) -> Iterator[str]:
    yield "| planted mistake | in | the policies find | checkov finds |\n|---|---|---|---|"
    for mistake in MISTAKES:
        rules = sorted({rule for rule, _ in ours[mistake.name]}, key=lambda rule: rule != mistake.rule)
        checks = _checks(theirs[mistake.name]) if theirs else "not asked"
        yield f"| {mistake.name} | {mistake.environment} | {', '.join(rules)} | {checks} |"
    found = sum(_is_found(mistake, ours) for mistake in MISTAKES)
    by_checkov = f"{sum(map(bool, theirs.values()))}" if theirs else ""
    yield f"| {len(MISTAKES)} together | | {found} found | {by_checkov} found |"


def _is_found(mistake: Mistake, ours: Mapping[str, set[tuple[str, str]]]) -> bool:
    return (mistake.rule, mistake.resource) in ours[mistake.name]


def _checks(findings: frozenset[Finding]) -> str:
    return ", ".join(sorted({each.check for each in findings}))


def _print_clean(found: Mapping[str, frozenset[Finding]]) -> bool:
    """Print what checkov finds on the environments as they are; whether each has a reason, and all are used."""
    reasons = checkov.waivers()
    counts = {name: Counter((each.check, each.type) for each in each_found) for name, each_found in found.items()}
    titles = {(each.check, each.type): each.title for each_found in found.values() for each in each_found}
    print("| checkov, on the environments as they are | | on | resources | waived, because |\n|---|---|---|---|---|")
    for check, kind in sorted(titles):
        where = ", ".join(f"{name} {count[check, kind]}" for name, count in counts.items() if count[check, kind])
        print(f"| {check} | {titles[check, kind]} | {kind} | {where} | {reasons.get((check, kind), '**no reason**')} |")
    unused = sorted(reasons.keys() - titles.keys())
    for check, kind in unused:
        print(f"\nThe reason for {check} on {kind} explains nothing: take it out of {checkov.WAIVERS.name}.")
    return not unused and titles.keys() <= reasons.keys()
