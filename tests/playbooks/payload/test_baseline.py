from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def baseline(module: Callable[[str], ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module, on a machine whose boot id is in a file of the test, with a folder of its own."""
    found = module("baseline")
    (tmp_path / "home").mkdir()
    monkeypatch.setattr(found, "FOLDER", tmp_path / "home")
    monkeypatch.setattr(found, "BOOT_ID", tmp_path / "boot_id")
    return found


def test_machines_that_share_a_home_folder_keep_a_reading_each(baseline: ModuleType) -> None:
    """The later one takes nothing from the earlier one."""
    for machine in ("first", "second"):
        baseline.BOOT_ID.write_text(f"{machine}\n")
        baseline.keep("counters", {"of": machine})

    assert baseline.kept("counters") == {"of": "second"}
    baseline.BOOT_ID.write_text("first\n")
    assert baseline.kept("counters") == {"of": "first"}
    baseline.BOOT_ID.write_text("third\n")
    assert baseline.kept("counters") is None


def test_without_a_boot_id_the_hostname_tells_machines_apart(
    baseline: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a container hides it."""
    hostname = "train-0"
    monkeypatch.setattr(baseline.socket, "gethostname", lambda: hostname)
    baseline.keep("counters", {})
    assert baseline.kept("counters") == {}

    hostname = "train-1"
    assert baseline.kept("counters") is None


def test_readings_of_one_machine_go_by_their_names(baseline: ModuleType) -> None:
    """Two programs keep one each."""
    baseline.keep("counters", 1)
    baseline.keep("commands", 2)

    assert (baseline.kept("counters"), baseline.kept("commands")) == (1, 2)
