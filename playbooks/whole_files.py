"""Files that are replaced as one: whoever ends the program at any moment finds the old ones or the new ones."""

import contextlib
import os
import re
from collections.abc import Mapping
from pathlib import Path

UNFINISHED = re.compile(r"\..+\.(?P<pid>\d+)\.unfinished")


def replace_files(folder: Path, contents: Mapping[str, bytes], mode: int = 0o644) -> None:
    """Put files of these names and contents into the folder, which is made where it is missing.

    All of them are on the disk under other names before the first takes its own, so that the moment in which files of
    two generations stand side by side is as short as a few renames.

    Args:
        folder: where they go.
        contents: what each holds, by its name.
        mode: their permissions, from the moment in which they hold something.

    Raises:
        OSError: the folder or a file in it cannot be written; what was there before is still there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(folder)
    unfinished = {name: folder / f".{name}.{os.getpid()}.unfinished" for name in contents}
    try:
        for name, content in contents.items():
            _write_through(unfinished[name], content, mode)
        for name, path in unfinished.items():
            path.replace(folder / name)
    finally:
        for path in unfinished.values():
            path.unlink(missing_ok=True)
    _sync(folder)


def _write_through(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _sync(folder: Path) -> None:
    """Have the folder itself on the disk, and with it the names of its files."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_leftovers(folder: Path) -> None:
    """Remove what writers left that were killed; one that still runs keeps its files."""
    for path in folder.iterdir():
        found = UNFINISHED.fullmatch(path.name)
        if found and not _runs(int(found["pid"])):
            path.unlink(missing_ok=True)


def _runs(pid: int) -> bool:
    with contextlib.suppress(PermissionError):  # it runs, under another user
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
    return True
