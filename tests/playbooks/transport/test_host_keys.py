"""Host keys: read from a console's output, kept in a file that OpenSSH understands."""

import stat
import subprocess
from pathlib import Path

import pytest

from playbooks.transport.host_keys import BEGIN, END, HostKey, HostKeys, HostKeysError, parse_console, parse_key
from tests.playbooks.transport.conftest import key_pair, needs_openssh


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, HostKey]:
    """A key of each kind."""
    return {kind: key_pair(tmp_path / kind, kind) for kind in ("ed25519", "ecdsa", "rsa")}


def test_keys_are_found_behind_every_prefix_the_best_first(keys: dict[str, HostKey]) -> None:
    """The console, syslog and the kernel's log each put their own before a line."""
    lines = [
        "[    4.1] systemd[1]: Started.\r",
        f"[   12.3] cloud-init[812]: {BEGIN}\r",
        f"[   12.3] cloud-init[812]: {keys['rsa']} root@ip-10-1-0-4\r",
        f"ec2: {keys['ecdsa']} root@ip-10-1-0-4\r",
        f"<14>Jan  6 15:27:32 cloud-init: {keys['ed25519']} root@ip-10-1-0-4\r",
        f"[   12.3] cloud-init[812]: {END}\r",
    ]

    assert (keys["ed25519"], keys["ecdsa"], keys["rsa"]) == parse_console("\n".join(lines))


def test_nothing_is_taken_from_outside_of_a_whole_block(keys: dict[str, HostKey]) -> None:
    """A key elsewhere is a user's, and a block without its end is cut."""
    key = keys["ed25519"]

    assert parse_console(f"ci-info: {key}\n{BEGIN}\n{key}\n") == ()


def test_a_damaged_key_is_not_taken(keys: dict[str, HostKey]) -> None:
    """Several programs write to a console at once."""
    key = keys["ed25519"]
    damaged = [f"{key}"[:60], f"ssh-rsa {str(key).split()[1]}", "ssh-ed25519 AAAA!", "ssh-ed25519 AAAAA"]

    assert (key,) == parse_console("\n".join([BEGIN, *damaged, str(key), END]))


def test_two_different_keys_of_one_kind_are_refused(keys: dict[str, HostKey], tmp_path: Path) -> None:
    """One of them is somebody else's, and nothing says which."""
    blocks = [f"{BEGIN}\n{key}\n{END}\n" for key in (keys["ed25519"], key_pair(tmp_path / "other"))]

    assert (keys["ed25519"],) == parse_console(blocks[0] * 2)
    with pytest.raises(HostKeysError, match="two ssh-ed25519 keys"):
        parse_console("".join(blocks))


@needs_openssh
def test_a_fingerprint_is_the_one_that_openssh_shows(keys: dict[str, HostKey], tmp_path: Path) -> None:
    """So that a person can compare."""
    shown = subprocess.run(["ssh-keygen", "-lf", tmp_path / "rsa.pub"], check=True, capture_output=True, text=True)

    assert keys["rsa"].fingerprint in shown.stdout


@needs_openssh
def test_kept_keys_are_read_again_by_us_and_by_openssh(keys: dict[str, HostKey], tmp_path: Path) -> None:
    """The host field is the instance id; only the owner may read the file."""
    path = tmp_path / "new" / "known_hosts"
    HostKeys(path).keep({"i-0a": [keys["rsa"], keys["ed25519"]], "i-0b": [keys["ecdsa"]]})
    found = subprocess.run(["ssh-keygen", "-F", "i-0b", "-f", path], check=True, capture_output=True, text=True)

    assert (keys["ed25519"], keys["rsa"]) == HostKeys(path).of("i-0a")
    assert HostKeys(path).of("i-0c") == ()
    assert str(keys["ecdsa"]) in found.stdout
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["known_hosts"]


def test_a_kept_key_is_not_replaced_in_silence(keys: dict[str, HostKey], tmp_path: Path) -> None:
    """Both fingerprints are told, and the other instances' keys are not written either."""
    path = tmp_path / "known_hosts"
    HostKeys(path).keep({"i-0a": [keys["ed25519"]]})
    other = key_pair(tmp_path / "other")

    with pytest.raises(HostKeysError) as refused:
        HostKeys(path).keep({"i-0b": [other], "i-0a": [other]})

    assert keys["ed25519"].fingerprint in str(refused.value)
    assert other.fingerprint in str(refused.value)
    assert HostKeys(path).of("i-0b") == ()


def test_what_another_run_has_kept_meanwhile_stays(keys: dict[str, HostKey], tmp_path: Path) -> None:
    """Two stores of one file do not undo each other."""
    one, other = HostKeys(tmp_path / "known_hosts"), HostKeys(tmp_path / "known_hosts")
    one.keep({"i-0a": [keys["ed25519"]]})
    other.keep({"i-0b": [keys["ecdsa"]]})

    assert [(keys["ed25519"],), (keys["ecdsa"],)] == [other.of("i-0a"), other.of("i-0b")]


def test_a_damaged_file_is_told_with_its_line(tmp_path: Path) -> None:
    """Nothing is guessed from it."""
    path = tmp_path / "known_hosts"
    path.write_text("# a comment\n\ni-0a ssh-ed25519 AAAA\n")

    with pytest.raises(HostKeysError, match="line 3"):
        HostKeys(path)


def test_a_line_without_a_key_holds_none() -> None:
    """It is no error."""
    assert parse_key("no key here") is None
