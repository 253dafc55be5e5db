import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.playbooks.payload.fleet import PAYLOAD


@pytest.fixture
def uploaded(tmp_path: Path) -> Path:
    """The programs in a folder of their own, where one leaves what the other reads."""
    for path in PAYLOAD.glob("*.py"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def ran(folder: Path, program: str, *words: str) -> dict[str, dict[str, dict[str, str]]]:
    """What a program answers there."""
    ended = subprocess.run(
        [sys.executable, str(folder / program), *words], capture_output=True, text=True, check=True, timeout=120
    )
    found: dict[str, dict[str, dict[str, str]]] = json.loads(ended.stdout)
    return found


def test_a_command_is_told_as_it_was_and_as_it_is(uploaded: Path) -> None:
    """One that was not asked for the second time is left out."""
    log = uploaded / "log"
    log.write_text("first\n")
    commands = {"log": ["cat", str(log)], "other": ["echo", "other"]}
    ran(uploaded, "host_facts.py", "--scratch", str(uploaded), "--commands", json.dumps(commands), "--keep")
    log.write_text("first\nsecond\n")
    found = ran(uploaded, "commands_again.py", "--commands", json.dumps({"log": commands["log"]}))

    assert {name: each["stdout"] for name, each in found["before"].items()} == {"log": "first\n"}
    assert {name: each["stdout"] for name, each in found["after"].items()} == {"log": "first\nsecond\n"}


def test_where_nothing_was_kept_there_is_no_first_reading(uploaded: Path) -> None:
    """The second is told all the same; and nothing is kept unasked."""
    commands = json.dumps({"echo": ["echo", "out"]})
    ran(uploaded, "host_facts.py", "--scratch", str(uploaded), "--commands", commands)
    found = ran(uploaded, "commands_again.py", "--commands", commands)

    assert found["before"] == {}
    assert found["after"]["echo"]["stdout"] == "out\n"
