"""One process a rank, where a node has several: starts them, and tells whose fault it was where one ends badly."""

import json
import os
import re
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from ending import Status, fail, require  # type: ignore[import-not-found]  # lies beside this file

multiprocessing = require("torch", Status.NO_TORCH).multiprocessing

Work = Callable[..., dict[str, object]]

GPU_SIGNS = re.compile(r"cuda ?(error|failure)|\becc\b|\bxid\b", re.IGNORECASE)  # of torch, NCCL and the driver
PEER_SIGNS = re.compile(  # of Gloo, of NCCL's results and of torch's watchdog
    "Connection closed by peer|Connection reset by peer|Broken pipe|Timed out waiting|connectFullMesh failed"
    "|remote process exit|ncclRemoteError|collective operation timeout|Did the remote server shutdown or crash"
)


def spawn(work: Work, arguments: tuple[object, ...], count: int) -> list[dict[str, object]]:
    """What `work(local, *arguments)` answers in `count` processes, started afresh.

    CUDA does not work in a fork (PyTorch, "Multiprocessing best practices").
    """
    with tempfile.TemporaryDirectory() as folder:
        try:
            multiprocessing.spawn(_child, (work, arguments, folder), nprocs=count)
        except multiprocessing.ProcessExitedException as error:
            _ended(error.error_index, error.exit_code, _said(folder, count))
        except multiprocessing.ProcessRaisedException as error:  # its words are the traceback
            _ended(error.error_index, 1, _said(folder, count), str(error))
        _print(*_said(folder, count))
        return [json.loads(_file(folder, local, "json").read_text(encoding="ascii")) for local in range(count)]


def _child(local: int, work: Work, arguments: tuple[object, ...], folder: str) -> None:
    with _file(folder, local, "stderr").open("wb") as stderr:
        os.dup2(stderr.fileno(), sys.stderr.fileno())
    _file(folder, local, "json").write_text(json.dumps(work(local, *arguments)), encoding="ascii")


def _said(folder: str, count: int) -> list[str]:
    """What each process printed on stderr."""
    files = [_file(folder, local, "stderr") for local in range(count)]
    return [file.read_text(encoding="utf-8", errors="replace") if file.exists() else "" for file in files]


def _print(*texts: str) -> None:
    print(*texts, sep="", end="", file=sys.stderr, flush=True)


def _ended(local: int, exit_code: int, said: list[str], traceback: str = "") -> NoReturn:
    """End like the process that ended first, its words last, or with what any of them says of its GPU or of a peer."""
    _print(*said[:local], *said[local + 1 :], said[local], traceback)
    if line := _first(GPU_SIGNS, "\n".join([*said, traceback])):
        fail(Status.GPU_FAILED, f"a GPU failed: {line}")
    if exit_code == -signal.SIGABRT and (line := _first(PEER_SIGNS, said[local])):  # by NCCL's watchdog
        fail(Status.PEER_GONE, f"local rank {local} was ended, for a collective failed or hung: {line}")
    raise SystemExit(exit_code if exit_code > 0 else 128 - exit_code)


def _first(signs: "re.Pattern[str]", text: str) -> str:
    return next((line.strip() for line in text.splitlines() if signs.search(line)), "")


def _file(folder: str, local: int, kind: str) -> Path:
    return Path(folder, f"{local}.{kind}")
