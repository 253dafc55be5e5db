"""The key to log in with."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from playbooks.transport.command import Command
from playbooks.transport.identity import IdentityError, identities, identity_file, let_go
from playbooks.transport.outcome import Completed
from playbooks.transport.ssh import SshTransport
from stacks.settings import Access
from tests.playbooks.transport.conftest import USER, Host, key_pair, needs_openssh, nodes


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A running ssh-agent without keys."""
    socket = tmp_path / "agent"
    with subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()  # it listens
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        yield socket
        process.terminate()


def test_a_relative_file_is_in_the_projects_folder(tmp_path: Path) -> None:
    """Wherever the command is run."""
    public = key_pair(tmp_path / "key")

    (key,) = identities(Access.model_validate({"identityFile": "key"}), tmp_path)

    assert public.blob == key.asbytes()


@pytest.mark.parametrize("kind", ["ecdsa", "rsa"])
def test_a_key_without_padding_and_comment_is_read(tmp_path: Path, kind: str) -> None:
    """Every second ECDSA key without a comment is one; paramiko's own reader finds nothing in it."""
    for number in range(64 if kind == "ecdsa" else 8):
        path = tmp_path / f"key{number}"
        public = key_pair(path, kind)
        (key,) = identities(Access.model_validate({"identityFile": str(path)}), tmp_path)

        assert key.asbytes() == public.blob


@pytest.mark.parametrize(
    ("named", "path"), [("key", "/p/key"), ("~/key", "/home/me/key"), ("/etc/key", "/etc/key"), (None, None)]
)
def test_the_files_place_is_found(monkeypatch: pytest.MonkeyPatch, named: str | None, path: str | None) -> None:
    """In the project, at home, or as it is."""
    monkeypatch.setenv("HOME", "/home/me")

    assert (path and Path(path)) == identity_file(
        Access.model_validate({"identityFile": named} if named else {}), Path("/p")
    )


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "there is no"), ("rubbish", "not a readable"), ("encrypted", "remove access.identityFile")],
)
def test_a_file_that_cannot_be_used_is_told_without_its_content(tmp_path: Path, content: str, told: str) -> None:
    """With the way out."""
    path = tmp_path / "key"
    if content == "encrypted":
        key_pair(path, passphrase="secret")
    elif content:
        path.write_text(content)

    with pytest.raises(IdentityError, match=told) as refused:
        identities(Access.model_validate({"identityFile": str(path)}), tmp_path)

    assert str(path) in str(refused.value)
    assert "rubbish" not in str(refused.value)


@needs_openssh
def test_the_agents_keys_are_offered_only_where_no_file_is_named(agent: Path, tmp_path: Path) -> None:
    """And not where the settings do without the agent."""
    public = key_pair(tmp_path / "key")
    with pytest.raises(IdentityError, match="holds no key"):
        identities(Access.model_validate({"agent": True}), tmp_path)
    subprocess.run(["ssh-add", "-q", tmp_path / "key"], check=True)

    (key,) = identities(Access.model_validate({"agent": True}), tmp_path)

    let_go([key])

    assert agent.exists()
    assert public.blob == key.asbytes()
    with pytest.raises(IdentityError, match=r"access\.identityFile"):
        identities(Access.model_validate({"agent": False}), tmp_path)


@needs_openssh
def test_many_connections_sign_with_the_agent_at_once(agent: Path, host: Host) -> None:
    """Each of them waits for its own answer."""
    subprocess.run(["ssh-add", "-q", host.folder / "user_key"], check=True)
    fleet = nodes(8)
    access = Access.model_validate({"user": USER, "port": host.port, "agent": True})

    with SshTransport(access, host.keys(*fleet), host.folder) as ssh:
        outcomes = ssh.run_all({node: Command("true") for node in fleet})

    assert agent.exists()
    assert {0} == {outcome.exit_status if isinstance(outcome, Completed) else outcome for outcome in outcomes.values()}
