import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

Module = Callable[[str], ModuleType]


def test_a_command_that_ends_well_says_nothing_is_wrong(module: Module) -> None:
    """Its streams come apart from each other."""
    assert module("commands").run(["sh", "-c", "echo out; echo more >&2"], 10) == {
        "installed": True,
        "status": 0,
        "stdout": "out\n",
        "stderr": "more\n",
        "wrong": "",
    }


def test_a_command_that_fails_keeps_what_it_printed(module: Module) -> None:
    """As nvidia-smi does, which warns of one GPU by its exit status and shows the others."""
    found = module("commands").run(["sh", "-c", "echo out; echo infoROM is corrupted >&2; exit 14"], 10)

    assert (found["status"], found["stdout"]) == (14, "out\n")
    assert found["wrong"] == "sh exited with 14: infoROM is corrupted"


def test_a_program_that_is_not_there_is_told_apart_from_one_that_fails(module: Module, tmp_path: Path) -> None:
    """And so is one that is there and cannot be started."""
    commands = module("commands")
    broken = tmp_path / "broken"
    broken.write_bytes(b"\x7fELF")
    broken.chmod(0o755)
    missing, unusable = commands.run(["no-such-program"], 10), commands.run([str(broken)], 10)

    assert (missing["installed"], missing["status"]) == (False, None)
    assert missing["wrong"] == f"no-such-program is not on the PATH and not in {', '.join(commands.FOLDERS)}"
    assert (unusable["installed"], unusable["status"]) == (True, None)
    assert unusable["wrong"] == f"{broken} cannot be started: Exec format error"


def test_a_command_that_hangs_is_ended_with_what_it_started(module: Module) -> None:
    """What it has printed until then is kept."""
    begun = time.monotonic()
    found = module("commands").run(["sh", "-c", "echo out; sleep 60 & wait"], 0.3)

    assert time.monotonic() - begun < 20
    assert (found["status"], found["stdout"]) == (None, "out\n")
    assert found["wrong"] == "sh did not end within 0 s"


def test_one_that_nothing_ends_is_left_behind(module: Module, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program in uninterruptible sleep takes no signal; here the signal is not sent."""
    commands = module("commands")
    child = commands._started(["sh", "-c", "echo out; exec sleep 1"])
    monkeypatch.setattr(commands, "_started", lambda _: child)
    monkeypatch.setattr(commands.os, "killpg", lambda _pid, _signal: None)
    monkeypatch.setattr(commands, "KILL_SECONDS", 0.1)
    found = commands.run(["sh"], 0.3)

    assert (found["status"], found["stdout"]) == (None, "out\n")
    assert found["wrong"] == "sh did not end within 0 s, nor when it was killed: it hangs in the kernel"
    assert child.wait() == 0


def test_what_is_printed_is_bounded_and_said(module: Module) -> None:
    """One that prints without end is cut, and nothing that reads it takes it for whole."""
    commands = module("commands")
    found = commands.run(["head", "-c", str(commands.MOST_BYTES + 1), "/dev/zero"], 10)

    assert len(found["stdout"]) == commands.MOST_BYTES
    assert found["wrong"] == f"it printed more than {commands.MOST_BYTES} bytes, of which the rest is cut"


def test_bytes_that_are_no_text_are_shown_as_such(module: Module) -> None:
    """They end no examination."""
    assert module("commands").run(["printf", r"\377ok"], 10)["stdout"] == "\N{REPLACEMENT CHARACTER}ok"


def test_commands_speak_english_and_read_nothing(module: Module, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the node's user has set, and however the program itself was started."""
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")

    assert module("commands").run(["sh", "-c", "echo $LC_ALL; cat"], 10)["stdout"] == "C\n"


def test_a_program_that_lies_beside_it_can_be_run(module: Module) -> None:
    """By its name alone."""
    found = module("commands").run([sys.executable, "ending.py"], 10)

    assert (found["status"], found["wrong"]) == (0, "")


def test_all_run_at_once_and_end_together(module: Module) -> None:
    """A slow one costs the others nothing, and each has its answer under its name."""
    begun = time.monotonic()
    found = module("commands").run_all({"slow": ["sleep", "60"], "quick": ["echo", "out"]}, 0.5)

    assert time.monotonic() - begun < 20
    assert list(found) == ["slow", "quick"]
    assert (found["slow"]["status"], found["quick"]["stdout"]) == (None, "out\n")
