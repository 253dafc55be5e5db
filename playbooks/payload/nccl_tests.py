"""Runs nccl-tests' own program over the GPUs of this node, where the image has it, and brings back what it told.

Only inside a node: between nodes mpirun would need SSH from node to node, which nobody sets up for the smoke gate.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from glob import glob
from pathlib import Path
from typing import Any, Optional

import libraries  # type: ignore[import-not-found]  # lies beside this file

# On the PATH; in AWS's containers; in the Deep Learning AMIs, which keep a build a CUDA version.
FOLDERS = ("/opt/nccl-tests/build", "/usr/local/cuda/efa/test-cuda*", "/usr/local/cuda-*/efa/test-cuda*")
# The Deep Learning AMIs keep an NCCL in lib of each, the one that nccl-tests below it were built with.
CUDA = re.compile("/usr/local/cuda[^/]*")
# AWS builds it with MPI and leaves its libraries off the loader's path; one process needs no mpirun.
LIBRARIES = ("/opt/amazon/openmpi/lib", "/opt/amazon/openmpi/lib64", *libraries.NETWORK, "/usr/local/cuda/lib64")
CONCLUDED = "# Out of bounds values"
MOST_CHARACTERS = 1 << 17
Told = dict[str, Any]


def find(program: str) -> Optional[str]:  # noqa: UP045 - Python 3.9
    """Where the program is, the latest CUDA version's first; None where it is not."""
    folders = [folder for each in FOLDERS for folder in sorted(glob(each), reverse=True)]  # noqa: PTH207 - many roots
    return shutil.which(program) or shutil.which(program, path=os.pathsep.join(folders))


def gpus() -> int:
    """How many GPUs the driver shows here; in a container those that it was given."""
    return len(glob("/dev/nvidia[0-9]*"))  # noqa: PTH207 - as short as it gets


def run(program: str, largest_bytes: int, count: int, seconds: float) -> Told:
    """What it told of all sizes up to the largest.

    `report` is its JSON, None where this version writes none, and `broken` why that cannot be read; empty where it can.
    """
    smallest = largest_bytes >> max(0, (largest_bytes & -largest_bytes).bit_length() - 4)  # ends at the largest
    command = [program, "-b", str(smallest), "-e", str(largest_bytes), "-f", "2", "-g", str(count), "-c", "1"]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "report.json")
        told = _ended([*command, "-J", str(file)], seconds)
        if CONCLUDED in told["stdout"]:
            return {**told, **_report(file)}
    return {**_ended(command, seconds), "report": None, "broken": ""}  # of a version without -J


def _ended(command: list[str], seconds: float) -> Told:
    path = libraries.path(first=_of_its_cuda(command[0]), last=libraries.unknown(LIBRARIES))
    child = subprocess.Popen(  # noqa: S603 - a program of the image
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, libraries.VARIABLE: path},
    )
    try:
        out, err = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        out, err = child.communicate()
    return {
        "command": command,
        "status": child.returncode,
        "stdout": out.decode(errors="replace")[:MOST_CHARACTERS],
        "stderr": err.decode(errors="replace")[-2000:],
    }


def _of_its_cuda(program: str) -> list[str]:
    """The libraries of the CUDA version that the program lies below, before those of any other; none elsewhere."""
    root = CUDA.match(program)
    return [f"{root.group()}/{folder}" for folder in ("lib", "lib64")] if root else []


def _report(file: Path) -> Told:
    """Its JSON without the environment variables that it wrote down, among which secrets may be."""
    try:
        report = dict(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        return {"report": None, "broken": f"the JSON of nccl-tests cannot be read: {error}"}
    report.pop("env", None)
    return {"report": json.dumps(report), "broken": ""}
