import subprocess
import sys
from pathlib import Path

import pytest

from playbooks import operations
from playbooks.account import Clients
from playbooks.errors import AccountError
from tests.projects import ROOT
from tests.stacks.documents import write

AIDC = Path(sys.executable).with_name("aidc")
TEXT = """\
config:
  aws:region: us-east-1
  aws:allowedAccountIds: ["123456789012", "111111111111"]
  ai-datacenter:name: dev
  ai-datacenter:tags: {owner: team, costCenter: research}
  ai-datacenter:network: {cidr: 10.1.0.0/16, zones: [us-east-1a]}
  ai-datacenter:fleets:
    workers: {instanceType: g6.8xlarge, nodes: 2, zone: us-east-1a, image: ami-0123456789abcdef0}
"""


def refused(*words: str) -> str:
    """What the command says, with which it exits as on any wrong usage."""
    done = subprocess.run(
        [AIDC, "bootstrap", *words], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    return " ".join(done.stderr.split())


def test_a_sandbox_has_nothing_to_prepare() -> None:
    """It says what to run instead."""
    assert "sandbox has no account that could be prepared: run `aidc up sandbox`" in refused("sandbox")


def test_an_account_that_the_environment_does_not_name_is_refused() -> None:
    """Without asking anybody."""
    said = refused("dev", "--account", "999999999999")

    assert "--account 999999999999 is none of aws:allowedAccountIds (111111111111)" in said


def test_a_repository_has_an_owner() -> None:
    """A role that nobody could take would be made otherwise."""
    assert "write OWNER/REPOSITORY" in refused("dev", "--github", "data-centre")


@pytest.mark.usefixtures("client")
def test_the_environments_account_is_prepared(
    client: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From its settings: region, accounts and name."""
    monkeypatch.chdir(write(tmp_path, TEXT))

    assert operations.bootstrap("dev", "example/data-centre", None, ["us-west-2"]) == 0
    assert "  pulumi stack init dev --secrets-provider=" in capsys.readouterr().out
    policy = client("iam").get_role_policy(RoleName="ai-datacenter-ci-dev", PolicyName="deploy")["PolicyDocument"]
    assert policy["Statement"][0]["Condition"]["StringEquals"]["aws:RequestedRegion"] == ["us-east-1", "us-west-2"]


@pytest.mark.usefixtures("client")
def test_credentials_of_another_of_its_accounts_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--account` says which of several is meant."""
    monkeypatch.chdir(write(tmp_path, TEXT))

    with pytest.raises(AccountError, match="of account 123456789012 .* belongs into 111111111111;"):
        operations.bootstrap("dev", None, "111111111111", [])
