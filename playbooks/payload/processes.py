"""One process a rank, where a node has several: starts them, and tells whose fault it was where one ends badly."""

import json
import os
import re
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from ending import Status, fail, require  # type: ignore[import-not-found]  # lies beside this file

# Of this process and those that it starts; OpenMP reads its own when torch is loaded.
os.environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")  # as nvidia-smi counts them
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin slow nodes on one host down tenfold
multiprocessing = require("torch", Status.NO_TORCH).multiprocessing

Work = Callable[..., dict[str, object]]

GPU_SIGNS = re.compile(r"cuda ?(error|failure)\b|\becc\b|\bxid\b", re.IGNORECASE)  # of torch, NCCL and the driver
# In such a line: what a sound GPU says too (CUDA Runtime API, cudaError_t), or, of NCCL, that the next line says it.
SOFTWARE_SIGNS = re.compile(
    "no kernel image|out of memory|alloc_failed|busy or unavailable|not yet initialized|driver version is insufficient"
    "|invalid device ordinal|unsupported|no[nt][ _]supported|driver shutting down|unhandled ?cuda ?error"
    "|status_not_initialized|invalid device function|kernel image is invalid|no cuda-capable device is detected"
    "|operation not permitted|invalid configuration argument|invalid argument",
    re.IGNORECASE,
)
PEER_SIGNS = re.compile(  # of Gloo, of NCCL's results and of torch's watchdog
    "Connection closed by peer|Connection reset by peer|Broken pipe|Timed out waiting|connectFullMesh failed"
    "|remote process exit|ncclRemoteError|collective operation timeout|Did the remote server shutdown or crash"
)
# What NCCL's watchdog says beside them of a communicator that had worked. On p4d, p4de and g5 a peer that is gone is no
# ncclRemoteError: their EFA plugin speaks SENDRECV, and passes libfabric's error on as one of these (aws-ofi-nccl,
# nccl_ofi_sendrecv.cpp). Before, and raised by a rank's own call, they are its own: no memory to share, no socket.
ABORT_SIGNS = re.compile(f"{PEER_SIGNS.pattern}|ncclSystemError|ncclInternalError")


def spawn(work: Work, arguments: tuple[object, ...], count: int) -> list[dict[str, object]]:
    """What `work(local, *arguments)` answers in `count` processes, started afresh; with the first that fails all end.

    CUDA does not work in a fork (PyTorch, "Multiprocessing best practices").
    """
    with tempfile.TemporaryDirectory() as folder:
        try:
            multiprocessing.spawn(_child, (work, arguments, folder), nprocs=count)
        except multiprocessing.ProcessExitedException as error:
            _ended(error.error_index, error.exit_code, _said(folder, count))
        _print(*_said(folder, count))
        return [json.loads(_file(folder, local, "json").read_text(encoding="ascii")) for local in range(count)]


def _child(local: int, work: Work, arguments: tuple[object, ...], folder: str) -> None:
    with _file(folder, local, "stderr").open("wb") as stderr:
        os.dup2(stderr.fileno(), sys.stderr.fileno())
    try:
        _file(folder, local, "json").write_text(json.dumps(work(local, *arguments)), encoding="ascii")
    except BaseException as error:  # noqa: BLE001 - also what ends Python
        _leave(error)


def _leave(error: BaseException) -> NoReturn:
    """End at once: on Python's own way out NCCL's process group waits for the other ranks, which wait for this one."""
    if isinstance(error, SystemExit) and isinstance(error.code, int):  # `fail` has said why
        os._exit(error.code)
    traceback.print_exception(type(error), error, error.__traceback__)
    sys.stderr.flush()
    os._exit(1)


def _said(folder: str, count: int) -> list[str]:
    """What each process printed on stderr."""
    files = [_file(folder, local, "stderr") for local in range(count)]
    return [file.read_text(encoding="utf-8", errors="replace") if file.exists() else "" for file in files]


def _print(*texts: str) -> None:
    print(*texts, sep="", end="", file=sys.stderr, flush=True)


def _ended(local: int, exit_code: int, said: list[str]) -> NoReturn:
    """End like the process that ended first, its words last, or with what any of them says of its GPU or of a peer."""
    _print(*said[:local], *said[local + 1 :], said[local])
    of_gpus = _lines(GPU_SIGNS, "\n".join(said))
    if broken := [line for line in of_gpus if not SOFTWARE_SIGNS.search(line)]:
        fail(Status.GPU_FAILED, f"a GPU failed: {broken[0]}")
    if of_gpus:
        raise SystemExit(of_gpus[-1])  # with 1; below that line torch has but advice
    of_peers = _lines(ABORT_SIGNS, said[local])
    if exit_code == -signal.SIGABRT and of_peers:  # by NCCL's watchdog
        fail(Status.PEER_GONE, f"local rank {local} was ended, for a collective failed or hung: {of_peers[0]}")
    raise SystemExit(exit_code if exit_code > 0 else 128 - exit_code)


def _lines(signs: "re.Pattern[str]", text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if signs.search(line)]


def _file(folder: str, local: int, kind: str) -> Path:
    return Path(folder, f"{local}.{kind}")
