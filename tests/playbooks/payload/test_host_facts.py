import os
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import ModuleType

from playbooks.checks import host_facts
from playbooks.payload.ending import Status
from tests.playbooks.payload.fleet import ended, program

Module = Callable[[str], ModuleType]


def test_the_facts_of_this_machine(tmp_path: Path) -> None:
    """As the check reads them; the clock is the machine's own."""
    before = time.time()
    facts = host_facts.parse(ended(program("host_facts.py", "--scratch", str(tmp_path))).stdout.text)

    assert facts.kernel == os.uname().release
    assert facts.hostname == os.uname().nodename
    assert 0 < facts.memory_available_mib <= facts.memory_mib
    assert facts.cpus == len(os.sched_getaffinity(0))
    assert before <= facts.clock_started <= facts.clock_answered <= time.time()
    assert (facts.torch or "").split("+")[0] == metadata.version("torch").split("+")[0]


def test_a_python_without_torch_is_a_fact(bare_python: str, tmp_path: Path) -> None:
    """And no failure here."""
    found = ended(program("host_facts.py", "--scratch", str(tmp_path), python=bare_python))

    assert host_facts.parse(found.stdout.text).torch is None


def test_a_scratch_folder_that_is_missing_is_said(tmp_path: Path) -> None:
    """By name."""
    found = ended(program("host_facts.py", "--scratch", str(tmp_path / "none")))

    assert (found.exit_status, found.stderr.text) == (Status.SCRATCH_REFUSED, f"no folder {tmp_path / 'none'}\n")


def test_gpus_are_the_rows_of_nvidia_smi(module: Module) -> None:
    """A line of words among them is no GPU."""
    rows = (
        "NVIDIA H100 80GB HBM3, GPU-5a1e, 81559, 580.95.05\n"
        "Unable to determine the device handle for GPU0000:53:00.0: Unknown Error\n"
    )

    assert module("host_facts").gpus(rows) == [
        {"name": "NVIDIA H100 80GB HBM3", "uuid": "GPU-5a1e", "memory_mib": 81559, "driver": "580.95.05"}
    ]


def test_efa_interfaces_are_counted_once(module: Module) -> None:
    """fi_info shows each domain under two fabrics."""
    row = "provider: efa\n    fabric: {}\n    domain: rdmap{}s0-rdm\n    version: 203.0\n    type: FI_EP_RDM\n"
    text = "".join(row.format(fabric, card) for fabric in ("efa", "efa-direct") for card in (79, 80, 81))

    assert module("host_facts").efa_domains(text) == 3
    assert module("host_facts").efa_domains("") == 0


def test_a_query_that_fails_says_so(module: Module) -> None:
    """One that is not installed has nothing to say."""
    query = module("host_facts").query

    assert query(["sh", "-c", "echo out; echo wrong >&2; exit 9"]) == ("out\n", "sh exited with 9: wrong")
    assert query(["no-such-program"]) == ("", "")


def test_an_arm_processor_names_no_model(module: Module) -> None:
    """Its architecture stands for it."""
    facts = module("host_facts")

    assert facts.cpu_model("processor: 0\nmodel name\t: AMD EPYC 9R14\n") == "AMD EPYC 9R14"
    assert facts.cpu_model("processor: 0\nBogoMIPS: 243.75\n") == os.uname().machine
