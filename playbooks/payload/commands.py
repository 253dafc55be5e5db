"""Runs commands of the node, several at once, each bounded in time and in what it may print."""

import os
import shutil
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

FOLDERS = (  # where the EFA installer, the driver and containers put programs; not on every PATH
    "/opt/amazon/efa/bin",
    "/usr/sbin",
    "/usr/bin",
    "/usr/local/nvidia/bin",
    "/usr/local/cuda/bin",
)
AT_ONCE = 8
KILL_SECONDS = 2.0  # for a command to end when it is killed; nvidia-smi of a broken GPU may hang in its driver
MOST_BYTES = 1 << 17  # of a stream, so that all of a node fit its answer; what comes after is cut, and said
MOST_WRONG = 1000  # characters
Ended = dict[str, object]


def run_all(commands: dict[str, list[str]], seconds: float) -> dict[str, Ended]:
    """How each command ended, by its name; none runs longer than until `seconds` from now."""
    deadline = time.monotonic() + seconds
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ended = pool.map(lambda words: run(words, max(0.1, deadline - time.monotonic())), commands.values())
        return dict(zip(commands, ended))  # noqa: B905 - Python 3.9


def run(words: list[str], seconds: float) -> Ended:
    """How one command ended.

    `status` is None where it did not start or did not end; `installed` is False where its program is not there;
    `wrong` says what was wrong, empty where it ended well.
    """
    program = shutil.which(words[0]) or shutil.which(words[0], path=os.pathsep.join(FOLDERS))
    if program is None:
        wrong = f"{words[0]} is not on the PATH and not in {', '.join(FOLDERS)}"
        return {"installed": False, "status": None, "stdout": "", "stderr": "", "wrong": wrong}
    try:
        child = _started([program, *words[1:]])
    except OSError as error:
        return _ended(None, b"", b"", f"{program} cannot be started: {error.strerror}")
    try:
        out, err = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        return _killed(child, words[0], seconds)
    said = (err or out).decode(errors="replace").strip()
    wrong = f"{words[0]} exited with {child.returncode}: {said}"[:MOST_WRONG] if child.returncode else ""
    return _ended(child.returncode, out, err, wrong)


def _started(words: list[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - the caller's own words
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parent,  # so that a command may be a program that lies beside this file
        env={**os.environ, "LC_ALL": "C"},  # words and decimal points as parsers know them
        start_new_session=True,
    )


def _killed(child: "subprocess.Popen[bytes]", name: str, seconds: float) -> Ended:
    """What a command that took too long has printed. One that hangs in the kernel is left behind: nothing ends it."""
    os.killpg(child.pid, signal.SIGKILL)  # what it has started too
    try:
        out, err = child.communicate(timeout=KILL_SECONDS)
    except subprocess.TimeoutExpired as late:
        for stream in filter(None, (child.stdout, child.stderr)):
            stream.close()
        wrong = f"{name} did not end within {seconds:.0f} s, nor when it was killed: it hangs in the kernel"
        return _ended(None, late.stdout or b"", late.stderr or b"", wrong)
    return _ended(None, out, err, f"{name} did not end within {seconds:.0f} s")


def _ended(status: "int | None", out: bytes, err: bytes, wrong: str) -> Ended:
    if len(out) > MOST_BYTES or len(err) > MOST_BYTES:
        wrong = wrong or f"it printed more than {MOST_BYTES} bytes, of which the rest is cut"
    texts = {"stdout": out[:MOST_BYTES], "stderr": err[:MOST_BYTES]}
    shown = {name: text.decode(errors="replace") for name, text in texts.items()}
    return {"installed": True, "status": status, **shown, "wrong": wrong}
