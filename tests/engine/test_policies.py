"""The policy pack in the real engine against the plan: two ways to ask the same rules."""

import json
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from playbooks.plan.make import make
from policies.rules import RULES
from policies.verdicts import Ruling
from stacks.environment import load, names
from tests.engine.engine_project import EngineProject
from tests.policies.documents import TODAY
from tests.projects import ROOT

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(600)]
REAL = [name for name in names(ROOT) if name != "sandbox"]


class Word(NamedTuple):
    """What a rule says of a resource, without the message, in which an id may stand."""

    rule: str
    urn: str
    verdict: str


def with_pack(project: EngineProject) -> Path:
    """Put the policy pack into a project; the folder that its rulings are written to."""
    pack = project.folder / "policies"
    pack.mkdir()
    for file in ("PulumiPolicy.yaml", "__main__.py"):
        shutil.copy(ROOT / "policies" / file, pack)
    rulings = project.folder / "rulings"
    rulings.mkdir()
    return rulings


def engines_words(rulings: Path) -> set[Word]:
    """What the pack has written."""
    found = [each for file in rulings.glob("*.json") for each in json.loads(file.read_text())]
    return {Word(each["rule"], each["urn"], each["verdict"]) for each in found}


def plans_words(rulings: tuple[Ruling, ...]) -> set[Word]:
    """What the plan says."""
    return {Word(each.rule, each.urn, each.verdict.value) for each in rulings}


@pytest.mark.parametrize("environment", REAL)
def test_every_rule_says_the_same_of_every_resource(project: EngineProject, environment: str) -> None:
    """Pass, violation, waived or not evaluated: who asks makes no difference."""
    rulings = with_pack(project)
    config = f"stacks/config/Pulumi.{environment}.yaml"
    up = ("up", "--yes", "--skip-preview", "--stack", environment, "--config-file", config, "--policy-pack", "policies")
    assert project.pulumi("stack", "init", environment).returncode == 0

    done = project.pulumi(*up, AIDC_RULINGS=str(rulings))

    assert done.returncode == 0, done.stdout + done.stderr
    assert len(list(rulings.iterdir())) == len(RULES)
    assert engines_words(rulings) == plans_words(make(load(project.folder, environment), TODAY).rulings)


def test_a_mandatory_violation_stops_the_update_and_names_the_rule(project: EngineProject) -> None:
    """Nothing has been made by then, and the waiver that covered it no longer does."""
    with_pack(project)
    path = project.folder / "stacks/config/Pulumi.dev.yaml"
    path.write_text(path.read_text().replace("resource: dev-checkpoints", "resource: dev-checkpoint"))

    done = project.aidc("up", "dev", "--no-smoke", "--yes")

    assert done.returncode != 0
    assert "backup-covers-all-stateful" in done.stdout + done.stderr
    assert "waiver-has-reason-and-expiry" in done.stdout + done.stderr
    assert not project.resources("dev")
