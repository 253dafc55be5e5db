import os
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest

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
    assert before + facts.run_seconds <= facts.clock <= time.time()
    assert facts.run_seconds > 0
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
    """A line of words among them is no GPU, and a field without its value costs no other fact."""
    rows = (
        "NVIDIA H100 80GB HBM3, GPU-5a1e, 81559, 580.95.05\n"
        "Unable to determine the device handle for GPU0000:53:00.0: Unknown Error\n"
        "NVIDIA GB10, GPU-1, [N/A], 580.95.05\n"
        "NVIDIA H100 80GB HBM3, GPU-2, [GPU is lost], 580.95.05\n"
        "NVIDIA H100 80GB HBM3, [Unknown Error], 81559, 580.95.05\n"
    )
    found = module("host_facts").gpus(rows)

    assert found[0] == {
        "name": "NVIDIA H100 80GB HBM3",
        "uuid": "GPU-5a1e",
        "memory_mib": 81559,
        "driver": "580.95.05",
        "wrong": "",
    }
    assert [(gpu["memory_mib"], gpu["wrong"]) for gpu in found[1:]] == [
        (None, ""),
        (None, "[GPU is lost]"),
        (81559, "[Unknown Error]"),
    ]


def test_rows_count_whatever_the_exit_status(tmp_path: Path) -> None:
    """As where nvidia-smi warns of one GPU and shows the others."""
    smi = tmp_path / "nvidia-smi"
    smi.write_text("#!/bin/sh\necho 'H100, GPU-0, 81559, 580.95.05'; echo 'infoROM is corrupted' >&2; exit 14\n")
    smi.chmod(0o755)
    path = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    facts = host_facts.parse(ended(program("host_facts.py", "--scratch", ".", environment=path)).stdout.text)

    assert facts.gpus is not None
    assert [gpu.uuid for gpu in facts.gpus] == ["GPU-0"]
    assert facts.gpus_wrong == "nvidia-smi exited with 14: infoROM is corrupted"


def test_efa_interfaces_are_counted_once(module: Module) -> None:
    """fi_info shows each domain under two fabrics."""
    row = "provider: efa\n    fabric: {}\n    domain: rdmap{}s0-rdm\n    version: 203.0\n    type: FI_EP_RDM\n"
    text = "".join(row.format(fabric, card) for fabric in ("efa", "efa-direct") for card in (79, 80, 81))

    assert module("host_facts").efa_domains(text) == 3
    assert module("host_facts").efa_domains("") == 0


def test_a_query_that_fails_says_so(module: Module, monkeypatch: pytest.MonkeyPatch) -> None:
    """And one that gave no answer has none, which is not an empty one."""
    facts = module("host_facts")
    query = facts.query
    monkeypatch.setattr(facts, "QUERY_SECONDS", 0.1)

    assert query(["sh", "-c", "echo out; echo wrong >&2; exit 9"]) == ("out\n", "sh exited with 9: wrong")
    assert query(["no-such-program"]) == (
        None,
        f"no-such-program is not on the PATH and not in {', '.join(facts.FOLDERS)}",
    )
    assert query(["sleep", "5"]) == (None, "sleep did not end within 0.1 s")


def test_an_arm_processor_names_no_model(module: Module) -> None:
    """Its architecture stands for it."""
    facts = module("host_facts")

    assert facts.cpu_model("processor: 0\nmodel name\t: AMD EPYC 9R14\n") == "AMD EPYC 9R14"
    assert facts.cpu_model("processor: 0\nBogoMIPS: 243.75\n") == os.uname().machine
