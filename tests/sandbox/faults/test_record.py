import signal
import subprocess
import sys
from pathlib import Path

from sandbox.faults import Kind, record
from sandbox.folder import SandboxFolder

HOLDER = """
import sys, time
from pathlib import Path
from sandbox.faults import Kind, record
from sandbox.folder import SandboxFolder
with record.held(SandboxFolder(Path(sys.argv[1])), {"workers-0": Kind.SLOW}):
    print("held", flush=True)
    time.sleep(1000)
"""


def folder_in(path: Path) -> SandboxFolder:
    """An empty sandbox."""
    folder = SandboxFolder.of(path)
    folder.create()
    return folder


def test_a_fault_is_wished_while_the_record_is_held(tmp_path: Path) -> None:
    """Of the nodes that it names, and no longer than that."""
    folder = folder_in(tmp_path)
    before = record.wished(folder, "workers-0")
    with record.held(folder, {"workers-0": Kind.HANG}):
        held = [record.wished(folder, node) for node in ("workers-0", "workers-1", "workers-0")]
    after = record.wished(folder, "workers-0")

    assert (before, held, after) == (None, [Kind.HANG, None, Kind.HANG], None)
    assert not folder.faults.exists()


def test_what_a_killed_holder_has_left_counts_no_more(tmp_path: Path) -> None:
    """The kernel lets go of it at once; the file itself is in nobody's way."""
    folder = folder_in(tmp_path)
    words = [sys.executable, "-c", HOLDER, str(folder.path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        held = record.wished(folder, "workers-0")
        holder.send_signal(signal.SIGKILL)
    left, after = folder.faults.exists(), record.wished(folder, "workers-0")
    with record.held(folder, {"workers-1": Kind.SLOW}):
        again = [record.wished(folder, node) for node in ("workers-0", "workers-1")]

    assert (held, left, after, again) == (Kind.SLOW, True, None, [None, Kind.SLOW])
