import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

Module = Callable[[str], ModuleType]


def test_a_started_process_looks_where_libraries_are_after_where_it_was_told_to(
    module: Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Folders that are not there, and those that it knows, are left out."""
    there, known, absent = tmp_path / "there", tmp_path / "known", tmp_path / "absent"
    there.mkdir()
    known.mkdir()
    monkeypatch.setenv("LD_LIBRARY_PATH", str(known))

    assert module("libraries").add([str(folder) for folder in (known, there, absent)]) == [str(there)]
    assert os.environ["LD_LIBRARY_PATH"] == f"{known}:{there}"


def test_nothing_is_told_where_nothing_is_there(
    module: Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty entry would be the folder that the program runs in."""
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    libraries = module("libraries")

    assert libraries.add([str(tmp_path / "absent")]) == []
    assert "LD_LIBRARY_PATH" not in os.environ
    assert libraries.path([str(tmp_path)]) == str(tmp_path)
