"""A machine for the nodes' shell scripts: real /bin/sh, and commands that would change the machine made of answers."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

RECORD = '#!/bin/sh\necho "${{0##*/}} $*" >>{log}\n{answer}\n'


class Done(NamedTuple):
    """How a script ended, and the commands that it gave, in order."""

    status: int
    stderr: str
    commands: list[str]


def run(folder: Path, script: str, arguments: list[str], answers: Mapping[str, str]) -> Done:
    """Run a script where each named command answers by this piece of shell, and every call of one is recorded."""
    commands, log = folder / "bin", folder / "log"
    commands.mkdir()
    log.touch()
    for name, answer in answers.items():
        command = commands / name
        command.write_text(RECORD.format(log=log, answer=answer))
        command.chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", "-c", script, "script", *arguments],
        env={"PATH": f"{commands}:{os.defpath}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    return Done(done.returncode, done.stderr, log.read_text().splitlines())
