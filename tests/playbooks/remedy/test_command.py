from pathlib import Path

import pytest
from rich.console import Console

from playbooks import inventory
from playbooks.account import Client, Clients
from playbooks.engine.site import Site
from playbooks.findings import Finding, Verdict
from playbooks.nodes import Node
from playbooks.plan.evaluate import evaluate
from playbooks.remedy.command import after
from playbooks.remedy.wish import Wish
from sandbox.cloud import Cloud
from stacks.environment import Environment, load
from tests.playbooks.remedy.found import fail, run
from tests.projects import change, make_project


@pytest.fixture
def environment(tmp_path: Path, client: Clients) -> Environment:
    """An account's environment with an Auto Scaling group of four, that exists."""
    project = make_project(tmp_path)
    change(project, "fleets.workers", nodes=4, scaling={"minimum": 4, "maximum": 4})
    sandbox = load(project, "sandbox")
    evaluate(sandbox, Cloud(client, {}).make)
    account = sandbox.settings.model_copy(update={"sandbox": None})
    return Environment(sandbox.name, sandbox.path, account, sandbox.config)


def site(environment: Environment, client: Clients, *, yes: bool) -> Site:
    """Where it is changed, by somebody who agrees or who can't be asked."""
    return Site(environment, Path(), lambda _: client, Console(width=250, record=True), yes)


def nodes(client: Clients, environment: Environment) -> tuple[Node, ...]:
    """What there is."""
    return inventory.find(client("ec2"), environment.settings).nodes


def size(autoscaling: Client) -> int:
    """How many the group wants."""
    (group,) = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    return int(group["DesiredCapacity"])


REPLACE = Wish(replace=True)


def test_without_consent_the_commands_are_shown_and_nothing_is_replaced(
    environment: Environment, client: Clients
) -> None:
    """The status is the run's."""
    before = nodes(client, environment)
    here = site(environment, client, yes=False)
    status = after(here, run(before, fail(before[1].name)), REPLACE)
    said = here.console.export_text()

    assert status == 1
    assert f"--instance-id {before[1].instance_id} --no-should-decrement-desired-capacity" in said
    assert "Nothing was replaced." in said
    assert nodes(client, environment) == before


def test_with_consent_exactly_that_node_is_another_one(environment: Environment, client: Clients) -> None:
    """The group is as large as before."""
    before = nodes(client, environment)
    here = site(environment, client, yes=True)
    status = after(here, run(before, fail(before[1].name)), REPLACE)
    left = {node.instance_id for node in nodes(client, environment)}

    assert status == 1
    assert len(left) == size(client("autoscaling")) == 4
    assert {node.instance_id for node in before} - left == {before[1].instance_id}


def test_a_broken_check_may_cordon_and_never_replaces(environment: Environment, client: Clients) -> None:
    """The node beside it that does fail is replaced; consent was given for both."""
    before = nodes(client, environment)
    broken = Finding("dcgm", (before[2].name,), Verdict.ERROR, "the check itself is broken; report it")
    here = site(environment, client, yes=True)
    alone = after(here, run(before, broken), Wish(cordon=True, replace=True))
    untouched = nodes(client, environment)
    after(here, run(before, broken, fail(before[1].name)), REPLACE)
    left = {node.instance_id for node in nodes(client, environment)}

    assert alone == 1
    assert [node.instance_id for node in untouched] == [node.instance_id for node in before]
    assert [node.unhealthy for node in untouched] == ["", "", "dcgm", ""]
    assert f"{before[2].name} is not replaced, for dcgm: the check itself is broken" in here.console.export_text()
    assert {node.instance_id for node in before} - left == {before[1].instance_id}


def test_where_most_of_a_fleet_fails_nothing_is_done_unless_the_nodes_are_named(
    environment: Environment, client: Clients
) -> None:
    """A VPN that is down must not cost a fleet, whatever was agreed to beforehand."""
    before = nodes(client, environment)
    bad = run(before, *(fail(node.name) for node in before[:3]))
    here = site(environment, client, yes=True)
    after(here, bad, Wish(cordon=True, replace=True))
    untouched = nodes(client, environment)
    after(here, bad, Wish(cordon=True, only=tuple(node.name for node in before[:3])))

    assert "Most of workers fails" in here.console.export_text()
    assert untouched == before
    assert [node.unhealthy for node in nodes(client, environment)] == ["reachable", "reachable", "reachable", ""]


def test_where_no_node_is_named_alone_there_is_none_to_cordon_or_replace(
    environment: Environment, client: Clients
) -> None:
    """A slow collective has its cause among several."""
    before = nodes(client, environment)
    here = site(environment, client, yes=True)
    status = after(here, run(before, fail(*(node.name for node in before))), Wish(cordon=True, replace=True))

    assert status == 1
    assert "No finding names a node alone" in here.console.export_text()
    assert nodes(client, environment) == before
