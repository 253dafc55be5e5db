import shlex
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from botocore.stub import Stubber
from rich.console import Console

from playbooks.account import Client, Clients
from playbooks.engine.consent import NotAgreedError
from playbooks.engine.site import Site
from playbooks.engine.take_down import ProtectedError, take_down
from stacks.environment import load
from tests.engine.engine_project import EngineProject

pytestmark = [pytest.mark.engine, pytest.mark.slow]


class Down(NamedTuple):
    """A brought-up dev, and an account in which its bucket holds an object."""

    project: EngineProject
    clients: Clients
    bucket: str

    def take(self, points: list[Mapping[str, Any]], *, unprotect: bool = True, yes: bool = True) -> tuple[int, str]:
        """The exit status, and what was said; the points are the bucket's."""
        console = Console(width=200, record=True)
        backup: Client = self.clients("backup")
        environment = load(self.project.folder, "dev")
        with Stubber(backup) as stub:
            for _ in range(3):
                stub.add_response("list_recovery_points_by_resource", {"RecoveryPoints": points})
            site = Site(environment, self.project.folder, lambda _: self._maker(backup), console, yes)
            status = take_down(site, unprotect=unprotect)
        return status, console.export_text()

    def _maker(self, backup: Client) -> Clients:
        return lambda service: backup if service == "backup" else self.clients(service)


@pytest.fixture
def down(project: EngineProject, client: Clients) -> Iterator[Down]:
    """Dev, brought up by the command; the stand-in cloud and boto3's moto know nothing of each other."""
    done = project.aidc("up", "dev", "--yes", "--no-smoke")
    assert done.returncode == 0, done.stdout + done.stderr
    bucket = next(each["id"] for each in project.state("dev")["resources"] if each["type"] == "aws:s3/bucket:Bucket")
    client("s3").create_bucket(Bucket=bucket)
    client("s3").put_object(Bucket=bucket, Key="step-1000", Body=b"weights")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in project.environment().items():
            patch.setenv(name, value)
        patch.delenv("AWS_ENDPOINT_URL")
        yield Down(project, client, bucket)


POINT = {
    "RecoveryPointArn": "arn:aws:backup:us-east-1:123456789012:recovery-point:1",
    "CreationDate": datetime(2026, 11, 20, 3, tzinfo=UTC),
    "Status": "COMPLETED",
    "EncryptionKeyArn": "arn:aws:kms:us-east-1:123456789012:key/of-the-vault",
    "BackupVaultName": "company",
}


def test_down_refuses_until_nothing_is_lost_and_then_leaves_nothing(
    down: Down, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a recovery point, without --unprotect, without consent, then with a delete that is refused, then all."""
    before = down.project.resources("dev")
    with pytest.raises(ProtectedError, match="::dev-checkpoints'"):
        down.take([])
    with pytest.raises(ProtectedError, match="::dev-flow-logs-group'") as logs:
        down.take([POINT])
    *_, way = str(logs.value).splitlines()
    given_up = down.project.run(*shlex.split(way), "--yes")
    with pytest.raises(ProtectedError, match="aidc down dev --unprotect"):
        down.take([POINT], unprotect=False)
    with pytest.raises(NotAgreedError, match="add --yes"):
        down.take([POINT], yes=False)
    untouched = down.project.resources("dev")
    monkeypatch.setenv("ECHO_REFUSE_DELETE", "::dev-vpc")
    refused, why = down.take([POINT])
    monkeypatch.delenv("ECHO_REFUSE_DELETE")
    status, said = down.take([POINT])

    assert given_up.returncode == 0, given_up.stderr
    assert untouched == before
    assert (refused, "dev-vpc" in why, "docs/runbook.md#left-over-interfaces" in why) == (1, True, True)
    assert status == 0, said
    assert "Nothing of dev is left in the account." in said
    assert not down.project.state_file("dev").exists()
