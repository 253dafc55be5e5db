import stat
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

Module = Callable[[str], ModuleType]


@pytest.mark.parametrize(
    ("row", "reading"),
    [
        ("1980, 1980, 45, 690.12", {"sm_mhz": 1980, "most_sm_mhz": 1980, "celsius": 45, "watts": 690.12}),
        ("1005, 1980, 88, [N/A]", {"sm_mhz": 1005, "most_sm_mhz": 1980, "celsius": 88, "watts": None}),
        ("Unable to determine the device handle for GPU0000:53:00.0: Unknown Error", None),
        (
            "[GPU is lost], [GPU is lost], [GPU is lost], [GPU is lost]",
            dict.fromkeys(("sm_mhz", "most_sm_mhz", "celsius", "watts")),
        ),
        ("", None),
    ],
)
def test_a_row_is_read_as_far_as_the_gpu_knows_it(module: Module, row: str, reading: object) -> None:
    """Words are no row."""
    assert module("clocks").reading(row) == reading


def test_readings_come_while_the_gpu_works(module: Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a program that answers as nvidia-smi does, asked for one GPU by its UUID."""
    smi = tmp_path / "nvidia-smi"
    smi.write_text('#!/bin/sh\n[ "$1" = --id=GPU-1 ] && echo "1755, 1980, 61, 699.10"\n')
    smi.chmod(smi.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    clocks = module("clocks")
    monkeypatch.setattr(clocks, "EVERY_SECONDS", 0.01)
    with clocks.watched("GPU-1") as readings:
        begun = time.monotonic()
        while not readings and time.monotonic() - begun < 60:
            time.sleep(0.01)

    assert readings[0] == {"sm_mhz": 1755, "most_sm_mhz": 1980, "celsius": 61, "watts": 699.1}


def test_without_nvidia_smi_there_is_nothing_to_read(module: Module, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing is wrong."""
    monkeypatch.setenv("PATH", "")
    with module("clocks").watched("0") as readings:
        pass

    assert readings == []
