import sys
from pathlib import Path

import pytest

from playbooks.payload.ending import Status
from tests.playbooks.payload.fleet import PAYLOAD, ended, program

NODE = """\
import os, sys, time
sys.path.insert(0, {payload!r})
import processes

def work(local, says, ends):
    if local == 0:
        print("a warning", file=sys.stderr, flush=True)
        time.sleep(60)  # until it is ended, for the other has failed
    if local == 1:
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
BROKEN = "CUDA error: uncorrectable ECC error encountered"
ABORTED = 128 + 6


@pytest.mark.slow
@pytest.mark.parametrize(
    ("says", "ends", "status"),
    [
        (TIMED_OUT, "abort", Status.PEER_GONE),
        (REMOTE, "abort", Status.PEER_GONE),
        ("free(): invalid pointer", "abort", ABORTED),
        (f"{TIMED_OUT}\n{BROKEN}", "abort", Status.GPU_FAILED),
        (BROKEN, "raise", Status.GPU_FAILED),
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
