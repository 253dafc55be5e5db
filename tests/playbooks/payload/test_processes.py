import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from playbooks.payload.ending import Status
from tests.playbooks.payload.fleet import PAYLOAD, ended, program

Module = Callable[[str], ModuleType]

NODE = """\
import os, sys, threading, time
sys.path.insert(0, {payload!r})
import processes

def work(local, says, ends):
    if local == 0:
        print("a warning", file=sys.stderr, flush=True)
        time.sleep(600)  # until it is ended, for the other has failed
    if local == 1:
        threading.Thread(target=time.sleep, args=(600,)).start()  # Python's own way out waits for it
        print(says, file=sys.stderr, flush=True)
        if ends == "abort":
            os.abort()
        if ends == "raise":
            raise RuntimeError("at work: " + says)
        sys.exit(int(ends))
    return {{"local": local}}

if __name__ == "__main__":
    processes.spawn(work, tuple(sys.argv[1:]), 2)
"""
TIMED_OUT = "[Rank 1] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=7, OpType=ALLREDUCE)"
REMOTE = "ncclRemoteError: A call failed possibly due to a network error or a remote process exiting prematurely."
SYSTEM = "ncclSystemError: System call (e.g. socket, malloc) or external library call failed or device error."
INTERNAL = "ncclInternalError: Internal check failed."
BROKEN = "CUDA error: uncorrectable ECC error encountered"
FULL = "CUDA error: out of memory"
ABORTED = 128 + 6


@pytest.mark.slow
@pytest.mark.parametrize(
    ("says", "ends", "status"),
    [
        (TIMED_OUT, "abort", Status.PEER_GONE),
        (REMOTE, "abort", Status.PEER_GONE),
        (SYSTEM, "abort", Status.PEER_GONE),
        (INTERNAL, "abort", Status.PEER_GONE),
        (SYSTEM, "raise", 1),
        (INTERNAL, "raise", 1),
        ("free(): invalid pointer", "abort", ABORTED),
        (f"{TIMED_OUT}\n{BROKEN}", "abort", Status.GPU_FAILED),
        (BROKEN, "raise", Status.GPU_FAILED),
        (FULL, "raise", 1),
        (f"{TIMED_OUT}\n{FULL}", "abort", 1),
        (FULL, "16", 1),
        ("index out of range", "raise", 1),
        ("lost a peer", "16", Status.PEER_GONE),
    ],
)
def test_a_process_that_ends_badly_says_whose_fault_it_was(tmp_path: Path, says: str, ends: str, status: int) -> None:
    """NCCL's watchdog aborts for a peer's sake, others for their own; what they printed is kept."""
    node = tmp_path / "node.py"
    node.write_text(NODE.format(payload=str(PAYLOAD)))
    found = ended(program(str(node), says, ends, python=sys.executable))

    assert found.exit_status == status
    assert says.splitlines()[0] in found.stderr.text
    assert found.stderr.text.splitlines()[-1] != "a warning"


def status(module: Module, *said: str) -> int | str | None:
    """What a node ends with whose first process exited with 1."""
    with pytest.raises(SystemExit) as ended:
        module("processes")._ended(0, 1, list(said))
    return ended.value.code


@pytest.mark.parametrize(
    "line",
    [
        "CUDA error: no kernel image is available for execution on the device",
        "CUDA error: out of memory",
        "RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "CUDA error: CUBLAS_STATUS_NOT_SUPPORTED when calling `cublasLtMatmul`",
        "Cuda failure 2 'out of memory'",
        "CUDA error: all CUDA-capable devices are busy or unavailable",
        "CUDA error: system not yet initialized",
        "CUDA error: CUDA driver version is insufficient for CUDA runtime version",
        "CUDA error: invalid device ordinal",
        "CUDA error: the provided PTX was compiled with an unsupported toolchain.",
        "CUDA error: forward compatibility was attempted on non supported HW",
        "CUDA error: operation not supported",
        "CUDA error: driver shutting down",
        "CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`",
        "CUDA error: invalid device function",
        "CUDA error: device kernel image is invalid",
        "CUDA error: no CUDA-capable device is detected",
        "CUDA error: operation not permitted",
        "CUDA error: invalid configuration argument",
        "Cuda failure 1 'invalid argument'",
    ],
)
def test_what_a_sound_gpu_reports_too_breaks_none(module: Module, line: str) -> None:
    """Memory, versions and settings; the line is said last, whatever torch advises below it."""
    advice = "Search for `cudaErrorX' in https://docs.nvidia.com/cuda/cuda-runtime-api/group__CUDART__TYPES.html"

    assert status(module, f"{line}\n{advice}\nCompile with `TORCH_USE_CUDA_DSA`\n") == line


@pytest.mark.parametrize(
    "line",
    [
        "CUDA error: uncorrectable ECC error encountered",
        "CUDA error: an illegal memory access was encountered",
        "CUDA error: unspecified launch failure",
        "CUDA error: device-side assert triggered",
        "CUDA error: Invalid access of peer GPU memory over nvlink or a hardware error",
        "Cuda failure 214 'uncorrectable ECC error encountered'",
        "NVRM: Xid (PCI:0000:10:1c): 79, GPU has fallen off the bus.",
    ],
)
def test_what_a_broken_gpu_reports_is_told_apart(module: Module, line: str) -> None:
    """Also beside what a sound one reports, and below NCCL's line that gives no reason."""
    assert status(module, f"{FULL}\n", f"{line}\n") == Status.GPU_FAILED


def test_the_reason_of_an_error_of_cuda_in_nccl_is_in_its_last_line(module: Module) -> None:
    """As torch prints it; the first two name none."""
    said = (
        "DistBackendError: NCCL error in: NCCLUtils.cpp:94, unhandled cuda error (run with NCCL_DEBUG=INFO)\n"
        "ncclUnhandledCudaError: Call to CUDA function failed.\n"
        "Last error:\n"
    )

    assert status(module, f"{said}Cuda failure 2 'out of memory'\n") == "Cuda failure 2 'out of memory'"
    assert status(module, f"{said}Cuda failure 719 'unspecified launch failure'\n") == Status.GPU_FAILED


@pytest.mark.parametrize("imported", ["ranks", "devices"])
def test_gpus_are_counted_as_nvidia_smi_does_before_torch_is_loaded(imported: str, tmp_path: Path) -> None:
    """So that a rail's number is that of the GPU in the report; a made-up torch tells what it was loaded with."""
    (tmp_path / "torch.py").write_text("import os, sys; sys.exit(os.environ['CUDA_DEVICE_ORDER'])")
    path = {"PYTHONPATH": f"{tmp_path}:{PAYLOAD}"}
    found = subprocess.run([sys.executable, "-c", f"import {imported}"], env=path, capture_output=True, check=False)

    assert found.stderr == b"PCI_BUS_ID\n"
