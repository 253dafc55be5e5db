"""Scripts through login shells that are not POSIX: stand-ins that know what csh knows, and csh itself if it is here."""

import shutil
import subprocess
from pathlib import Path

import pytest

from playbooks.transport.login_shell import by_sh
from playbooks.transport.remote_group import GONE, ending, marked
from playbooks.transport.remote_job import following

# One line, without history's `!`, `export` and a backslash, as csh and fish together want it.
CSH_LIKE = """\
#!/bin/sh
[ "$1" = -c ] || exit 90
case $2 in
  export*) echo "export: Command not found." >&2; exit 91 ;;
  *'!'*) echo "Event not found." >&2; exit 92 ;;
  *'
'*) echo "Unmatched '''." >&2; exit 93 ;;
esac
eval "$2"
"""
SCRIPT = """\
for word in "a  b" 'c!d' 'e\\f' "it's"; do
  printf '%s\\n' "$word"

done; exit 7"""


@pytest.fixture(params=["sh", "bash", "csh-like", "tcsh", "fish"])
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A login shell; skips where it is not installed."""
    name: str = request.param
    if name == "csh-like":
        fake = tmp_path / "csh"
        fake.write_text(CSH_LIKE)
        fake.chmod(0o755)
        return str(fake)
    if found := shutil.which(name):
        return found
    pytest.skip(f"{name} is not installed")


def said(shell: str, line: str, home: Path) -> tuple[int, str]:
    """The exit status and all output of a line that sshd gives to this shell."""
    ran = subprocess.run(
        [shell, "-c", line], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        env={"HOME": str(home), "PATH": "/usr/bin:/bin"}, timeout=20,
    )  # fmt: skip
    return ran.returncode, ran.stdout


def test_a_script_arrives_as_it_is(shell: str, tmp_path: Path) -> None:
    """Lines, quotes, backslashes, `!`."""
    assert said(shell, by_sh(SCRIPT), tmp_path) == (7, "a  b\nc!d\ne\\f\nit's\n")


def test_a_command_has_its_mark(shell: str, tmp_path: Path) -> None:
    """In the environment of all that it starts."""
    assert said(shell, marked("env | grep ^AIDC_JOB", "m"), tmp_path) == (0, "AIDC_JOB=m/\n")


def test_a_job_is_started_and_followed(shell: str, tmp_path: Path) -> None:
    """And what ends it runs as well."""
    line = following("echo 'job!'; exit 4", "job.i-1", "job.i-1", stdout_bytes=0, stderr_bytes=0)

    assert said(shell, line, tmp_path) == (4, "job!\n")
    assert said(shell, ending("job.i-1", grace_seconds=0.2, limit_seconds=1), tmp_path) == (GONE, "")
