import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

Module = Callable[[str], ModuleType]
NUMBERS = "1755, 1980, 61, 699.10, 5, 5, 16, 16"
ROW = f"{NUMBERS}, Not Active, Not Active, Not Active, Not Active"
SLOWDOWNS = dict.fromkeys(
    ("hw_slowdown", "hw_thermal_slowdown", "hw_power_brake_slowdown", "sw_thermal_slowdown"), False
)
READING = {
    "sm_mhz": 1755,
    "most_sm_mhz": 1980,
    "celsius": 61,
    "watts": 699.1,
    "generation": 5,
    "most_generation": 5,
    "lanes": 16,
    "most_lanes": 16,
    "slowdowns": SLOWDOWNS,
}


@pytest.fixture
def smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a script on the PATH that answers as nvidia-smi does."""

    def install(script: str) -> None:
        program = tmp_path / "nvidia-smi"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    return install


@pytest.fixture
def clocks(module: Module, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program, reading fast."""
    found = module("clocks")
    monkeypatch.setattr(found, "EVERY_SECONDS", 0.01)
    return found


def watched(clocks: ModuleType, until: Callable[[dict[str, object]], object]) -> dict[str, object]:
    """What a watch over the GPU of the UUID GPU-1 tells, once it is enough."""
    with clocks.watched("GPU-1") as watch:
        begun = time.monotonic()
        while not until(watch.told()) and time.monotonic() - begun < 60:
            time.sleep(0.01)
    told: dict[str, object] = watch.told()
    return told


@pytest.mark.parametrize(
    ("row", "changes"),
    [
        (ROW, {}),
        (ROW.replace("699.10", "[N/A]"), {"watts": None}),
        (f"{NUMBERS}, Not Active, Not Active, Not Active, Active", {"slowdowns": {"sw_thermal_slowdown": True}}),
        (f"{NUMBERS}, [N/A], Not Active, Not Active, Not Active", {"slowdowns": {"hw_slowdown": None}}),
    ],
)
def test_a_row_is_read_as_far_as_the_gpu_knows_it(
    clocks: ModuleType, row: str, changes: dict[str, dict[str, object]]
) -> None:
    """What it does not know is None."""
    assert clocks.reading(row) == READING | changes | {"slowdowns": SLOWDOWNS | (changes.get("slowdowns") or {})}


@pytest.mark.parametrize(
    "row",
    [
        "Unable to determine the device handle for GPU0000:53:00.0: Unknown Error",
        ", ".join(["[GPU is lost]"] * 12),
        ROW.replace("699.10", "[Unknown Error]"),
        ROW.replace("699.10", "699,10"),
        ROW.replace("Not Active", "Ja"),
        "",
    ],
)
def test_what_is_no_row_is_shown(clocks: ModuleType, row: str) -> None:
    """It is not taken for a GPU that knows nothing."""
    with pytest.raises(clocks.UnreadableReadingError) as caught:
        clocks.reading(row)

    assert repr(row) in str(caught.value)


def test_readings_come_while_the_gpu_works(clocks: ModuleType, smi: Callable[[str], None]) -> None:
    """From a program that answers as nvidia-smi does, asked for one GPU by its UUID."""
    smi(f'[ "$1" = --id=GPU-1 ] && echo "{ROW}"')
    told = watched(clocks, lambda told: told["readings"])

    assert isinstance(told["readings"], list)
    assert told["readings"][0] == READING
    assert (told["unread"], told["unread_times"]) == ("", 0)


def test_an_older_driver_is_asked_by_the_older_names(clocks: ModuleType, smi: Callable[[str], None]) -> None:
    """It refuses the whole query for a field that it does not know, which is no bad reading."""
    refusal = 'Field \\"clocks_event_reasons.hw_slowdown\\" is not a valid field to query.'
    smi(f'case "$2" in *clocks_event_reasons*) echo "{refusal}"; exit 2;; *) echo "{ROW}";; esac')
    told = watched(clocks, lambda told: told["readings"])

    assert isinstance(told["readings"], list)
    assert told["readings"][0] == READING
    assert told["unread_times"] == 0


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("echo 'No devices were found' >&2; exit 6", "nvidia-smi printed 'No devices were found'"),
        ("sleep 60", "nvidia-smi did not answer within 0.2 s"),
        ("echo 'Field \"pcie.link.gen.max\" is not a valid field to query.'; exit 2", "pcie.link.gen.max"),
    ],
)
def test_why_there_is_no_reading_is_told(
    clocks: ModuleType, smi: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, script: str, why: str
) -> None:
    """And how often; the watch goes on."""
    monkeypatch.setattr(clocks, "PATIENCE_SECONDS", 0.2)
    smi(script)
    told = watched(clocks, lambda told: told["unread_times"] == 2)

    assert told["readings"] == []
    assert why in str(told["unread"])


def test_a_program_that_cannot_be_started_is_told(
    clocks: ModuleType, smi: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread goes on."""
    smi("exit 0")

    def refused(_words: list[str]) -> str:
        raise PermissionError(13, "Permission denied", "nvidia-smi")

    monkeypatch.setattr(clocks, "_printed", refused)
    told = watched(clocks, lambda told: told["unread_times"] == 2)

    assert "Permission denied" in str(told["unread"])


def test_one_that_hangs_in_the_kernel_is_told(
    clocks: ModuleType, smi: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing ends it, and the answer does not wait for it."""
    smi("exit 0")
    asked, released = threading.Event(), threading.Event()

    def hangs(_words: list[str]) -> str:
        asked.set()
        released.wait(60)
        return ROW

    monkeypatch.setattr(clocks, "PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(clocks, "_printed", hangs)
    told = watched(clocks, lambda _: asked.is_set())
    released.set()

    assert told["readings"] == []
    assert "hangs in the kernel" in str(told["unread"])


def test_without_nvidia_smi_there_is_nothing_to_read(module: Module, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the answer says so."""
    monkeypatch.setenv("PATH", "")
    clocks = module("clocks")
    monkeypatch.setattr(clocks.commands, "FOLDERS", ())
    with clocks.watched("0") as watch:
        pass

    assert watch.told() == {"readings": [], "unread": "nvidia-smi is not on the PATH", "unread_times": 1}
