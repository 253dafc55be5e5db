import ast
import sys
from pathlib import Path

import pytest

from tests.playbooks.payload.fleet import PAYLOAD

PROGRAMS = sorted(PAYLOAD.glob("*.py"))
BESIDE = {path.stem for path in PROGRAMS}


def imported(tree: ast.AST) -> set[str]:
    """The top-level modules that a file imports."""
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.name)
def test_a_program_stands_alone(path: Path) -> None:
    """Python 3.9 parses it, and it imports the standard library and what lies beside it, nothing of this project."""
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))

    assert imported(tree) - set(sys.stdlib_module_names) - BESIDE == set()


def test_the_folder_is_no_package() -> None:
    """Its files are uploaded as they are and find each other by name."""
    assert "__init__" not in BESIDE
