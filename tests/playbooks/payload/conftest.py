"""Programs of the payload as modules, the way they find each other on a node."""

import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.playbooks.payload.fleet import PAYLOAD


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    """Imports a program of the payload; afterwards nothing of it is known to others."""
    known = set(sys.modules)
    monkeypatch.syspath_prepend(PAYLOAD)
    monkeypatch.setattr(os, "environ", os.environ.copy())
    yield importlib.import_module
    for name in set(sys.modules) - known:
        origin = getattr(sys.modules[name], "__file__", None)
        if origin and Path(origin).parent == PAYLOAD:
            del sys.modules[name]


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python that has nothing but its standard library."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return str(folder / "bin" / "python")
