"""A project on the real engine, driven as a person would: by the command, with what the stand-in cloud shall do."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import psutil

from tests import projects

AIDC = str(Path(sys.executable).with_name("aidc"))
PASSPHRASE = "canary-passphrase-5b1e"
WAIT_SECONDS = 60.0
Answer = TypeVar("Answer")


class EngineProject(NamedTuple):
    """A folder with Pulumi.yaml, and the address of the account that boto3 asks."""

    folder: Path
    account: str

    def environment(self, **switches: object) -> dict[str, str]:
        """The environment variables of a command; the switches are the stand-in cloud's."""
        return {
            **os.environ,
            "AWS_ENDPOINT_URL": self.account,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "PULUMI_BACKEND_URL": f"file://{self.folder}/state",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "PYTHONPATH": str(projects.ROOT),
            "COLUMNS": "200",
            **{name: value if isinstance(value, str) else json.dumps(value) for name, value in switches.items()},
        }

    def aidc(self, *words: str, **switches: object) -> subprocess.CompletedProcess[str]:
        """Run the command to its end."""
        return self.run(AIDC, *words, **switches)

    def pulumi(self, *words: str, **switches: object) -> subprocess.CompletedProcess[str]:
        """Run Pulumi itself to its end."""
        return self.run("pulumi", *words, "--non-interactive", **switches)

    def run(self, *command: str, **switches: object) -> subprocess.CompletedProcess[str]:
        """Run any command here; a test that hangs shows what was said."""
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment(**switches),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )

    @contextmanager
    def begun(self, *words: str, **switches: object) -> Iterator[subprocess.Popen[str]]:
        """Start the command and go on; whatever still runs of it at the end of the block is ended."""
        with subprocess.Popen(
            [AIDC, *words],
            cwd=self.folder,
            env=self.environment(**switches),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as command:
            try:
                yield command
            finally:
                for process in _family(command):
                    process.kill()

    def state(self, stack: str) -> Mapping[str, Any]:
        """What the backend holds of a stack, as the engine writes it."""
        path = self.state_file(stack)
        latest: Mapping[str, Any] = json.loads(path.read_text())["checkpoint"]["latest"] if path.exists() else {}
        return latest or {}

    def state_file(self, stack: str) -> Path:
        """Where the file backend keeps a stack."""
        return self.folder / "state/.pulumi/stacks/ai-datacenter" / f"{stack}.json"

    def resources(self, stack: str) -> dict[str, str]:
        """What exists as far as the state knows: ids by URN."""
        return {each["urn"]: each["id"] for each in self.state(stack).get("resources", ()) if each.get("id")}

    def identity(self, stack: str, name: str, kind: str = "aws:ec2/instance:Instance") -> str | None:
        """The id of the resource of this kind, a node, with this name; None where the state knows none."""
        found = self.resources(stack)
        return next((found[urn] for urn in found if urn.endswith(f"{kind}::{name}")), None)

    def creating(self, stack: str) -> list[str]:
        """What of the cloud's is being created at this moment, as the state says."""
        pending = [each["resource"] for each in self.state(stack).get("pending_operations", ())]
        return [each["urn"] for each in pending if each["type"].startswith("aws:")]

    def change(self, environment: str, section: str, **values: object) -> None:
        """Set keys of a section in an environment's file, or of one in it: `fleets.workers`; None takes a key away."""
        projects.change(self.folder, section, environment=environment, **values)


def _family(command: subprocess.Popen[str]) -> list[psutil.Process]:
    if command.poll() is not None:
        return []
    parent = psutil.Process(command.pid)
    return [*parent.children(recursive=True), parent]


def engine_of(command: subprocess.Popen[str]) -> psutil.Process:
    """The `pulumi up` that a command has started; waited for."""
    return waited(lambda: next((each for each in psutil.Process(command.pid).children() if "up" in _words(each)), None))


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:  # one of the short commands before
        return []


def read_until(command: subprocess.Popen[str], words: str) -> str:
    """What a command says, up to the line with these words."""
    said = ""
    for line in command.stdout or ():
        said += line
        if words in line:
            break
    return said


def killed(process: psutil.Process) -> None:
    """End a process as a power cut would."""
    process.send_signal(signal.SIGKILL)
    process.wait(WAIT_SECONDS)


def waited(ask: Callable[[], Answer | None]) -> Answer:
    """The answer, once there is one."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"nothing came within {WAIT_SECONDS} s")
