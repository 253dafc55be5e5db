import shlex
from collections.abc import Iterator
from typing import NamedTuple

import boto3
import pytest

from playbooks.account import Client
from tests.engine.engine_project import EngineProject, engine_of, killed, waited

pytestmark = [pytest.mark.engine, pytest.mark.slow]
UP = ("up", "dev", "--yes", "--no-smoke")
SECOND = "dev-workers-1"


class Account(NamedTuple):
    """What boto3 asks: the stand-in cloud's instances are not in it, only those that a test starts."""

    ec2: Client
    started: list[str]

    def start(self) -> str:
        """Start the second node, whatever the call that does so is said to have answered."""
        tags = {"environment": "dev", "managed-by": "ai-datacenter", "Name": SECOND, "fleet": "workers", "node": "1"}
        listed = [{"Key": key, "Value": value} for key, value in tags.items()]
        specification = [{"ResourceType": "instance", "Tags": listed}]
        done = self.ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, TagSpecifications=specification)
        self.started.append(done["Instances"][0]["InstanceId"])
        return self.started[-1]


@pytest.fixture
def cloud(project: EngineProject) -> Iterator[Account]:
    """The account; what was started in it ends with the test."""
    session = boto3.Session("testing", "testing", region_name="us-east-1")
    found = Account(session.client("ec2", endpoint_url=project.account), [])
    yield found
    found.ec2.terminate_instances(InstanceIds=found.started)


def test_an_instance_that_was_started_although_the_call_failed_is_not_made_twice(
    project: EngineProject, cloud: Account
) -> None:
    """It is told, the next up refuses, and the import that it shows brings it into the state."""
    started = cloud.start()
    failed = project.aidc(*UP, ECHO_FAIL=SECOND)
    refused = project.aidc(*UP)
    (way,) = [line for line in refused.stderr.splitlines() if line.strip().startswith("pulumi import")]
    imported = project.run(*shlex.split(way), "--non-interactive")
    completed = project.aidc(*UP)

    assert failed.returncode == 1, failed.stdout + failed.stderr
    assert f"{started} ({SECOND}) exists and is in no state: it costs money" in failed.stdout
    assert refused.returncode == 2, refused.stdout + refused.stderr
    assert imported.returncode == 0, imported.stdout + imported.stderr
    assert completed.returncode == 0, completed.stdout + completed.stderr
    assert "to create" not in completed.stdout
    assert project.identity("dev", SECOND) == started


def test_a_creation_that_was_cut_off_and_took_place_is_taken_over(project: EngineProject, cloud: Account) -> None:
    """The engine was killed between the call and its answer."""
    project.change("dev", "fleets.workers", without=[1])
    first = project.aidc(*UP)
    project.change("dev", "fleets.workers", without=None)
    with project.begun(*UP, ECHO_CREATE_SECONDS="60") as command:
        pulumi = engine_of(command)
        waited(lambda: [urn for urn in project.creating("dev") if urn.endswith(SECOND)])
        killed(pulumi)
        command.communicate(timeout=60)
    started = cloud.start()
    next_up = project.aidc(*UP)

    assert first.returncode == 0, first.stdout + first.stderr
    assert next_up.returncode == 0, next_up.stdout + next_up.stderr
    assert f"{SECOND} (ec2 Instance) exists as {started}, and is taken over" in next_up.stdout
    assert project.identity("dev", SECOND) == started
