from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from rich.console import Console

from playbooks.account import Clients
from playbooks.engine.site import Site
from playbooks.engine.stack import EngineError
from playbooks.nodes import Node
from playbooks.remedy.replace import replace
from playbooks.remedy.replacement import Replacement, replacement
from stacks.environment import load
from tests.engine.engine_project import EngineProject

pytestmark = [pytest.mark.engine, pytest.mark.slow]
FIRST, SECOND = "dev-workers-0", "dev-workers-1"
INSTANCE = "aws:ec2/instance:Instance"


class Brought(NamedTuple):
    """Dev, brought up by the command; the account that boto3 asks knows nothing of the stand-in cloud."""

    project: EngineProject
    site: Site

    def kept(self) -> dict[str, Mapping[str, Any]]:
        """What the state holds of each resource, by the name in the program."""
        return {each["urn"].split("::", 3)[-1]: each for each in self.project.state("dev")["resources"]}

    def replacement(self, name: str, identity: str | None = None) -> Replacement:
        """How a node is replaced."""
        found = identity or self.project.identity("dev", name) or ""
        node = Node(name.removeprefix("dev-"), "workers", 1, found, "p5.48xlarge", "10.0.0.4", "python3")
        return replacement(node, load(self.project.folder, "dev").settings)


@pytest.fixture
def brought(project: EngineProject, client: Clients, monkeypatch: pytest.MonkeyPatch) -> Brought:
    """Dev is up."""
    done = project.aidc("up", "dev", "--yes", "--no-smoke")
    assert done.returncode == 0, done.stdout + done.stderr
    for name, value in project.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    environment = load(project.folder, "dev")
    return Brought(project, Site(environment, project.folder, lambda _: client, Console(width=200, record=True), True))


def test_exactly_the_named_node_is_replaced_even_while_other_changes_wait(brought: Brought) -> None:
    """A new tag waits in the settings for everything; it comes to the new instance alone. The next up is ordinary."""
    brought.project.change("dev", "tags", owner="another@example.com")
    before = brought.kept()
    status = replace(brought.site, [brought.replacement(SECOND)])
    after = brought.kept()
    made_anew = {name for name in before if after[name].get("created") != before[name].get("created")}
    said = brought.site.console.export_text()
    up = brought.project.aidc("up", "dev", "--yes", "--no-smoke")

    assert status == 0, said
    assert "1 replaced" in said
    assert made_anew == {SECOND}
    assert after[FIRST] == before[FIRST]
    assert after[SECOND]["inputs"]["tags"]["owner"] == "another@example.com"
    assert {name for name in before if after[name]["type"] != INSTANCE and after[name] != before[name]} == set()
    assert up.returncode == 0, up.stdout + up.stderr


def test_another_instance_than_the_one_in_the_state_is_refused(brought: Brought) -> None:
    """What was found by its tags is not what the engine made; nothing is changed."""
    before = brought.kept()
    with pytest.raises(EngineError, match="workers-1 is i-0ther, and the state of dev has i-.* for it"):
        replace(brought.site, [brought.replacement(SECOND, "i-0ther")])

    assert brought.kept() == before


def test_a_replacement_that_can_not_be_made_leaves_the_old_one_and_the_command_that_goes_on(
    brought: Brought, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On demand the new one is asked for first."""
    identity = brought.project.identity("dev", SECOND)
    how = brought.replacement(SECOND)
    monkeypatch.setenv("ECHO_FAIL", SECOND)
    status = replace(brought.site, [how])
    said = brought.site.console.export_text()

    assert status == 1
    assert "AWS has not enough machines" in said
    assert f"pulumi up --stack dev --target-replace '{how.urn}'" in said
    assert brought.project.identity("dev", SECOND) == identity


def test_a_mark_on_an_instance_is_no_drift_and_no_update_takes_it_away(brought: Brought) -> None:
    """Another tag that somebody set by hand is drift as ever."""
    tags = {**brought.kept()[SECOND]["inputs"]["tags"]}
    mark = {"ai-datacenter:unhealthy": "gpus", "ai-datacenter:run": "r1", "ai-datacenter:since": "2026-11-22"}
    marked = brought.project.aidc("drift", "dev", ECHO_DRIFT={SECOND: {"tags": {**tags, **mark}}})
    other = brought.project.aidc("drift", "dev", ECHO_DRIFT={SECOND: {"tags": {**tags, "by": "hand"}}})
    refreshed = brought.project.pulumi(
        "refresh", "--stack", "dev", "--yes", "--skip-preview", ECHO_DRIFT={SECOND: {"tags": {**tags, **mark}}}
    )
    up = brought.project.aidc("up", "dev", "--yes", "--no-smoke")

    assert (marked.returncode, other.returncode) == (0, 4), marked.stdout + other.stdout
    assert SECOND not in marked.stdout
    assert f"~ {SECOND} (ec2 Instance): tags" in other.stdout
    assert refreshed.returncode == 0, refreshed.stdout + refreshed.stderr
    assert up.returncode == 0, up.stdout + up.stderr
    assert "to update" not in up.stdout, up.stdout
