import json
import os
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import ModuleType

from playbooks.checks import examination
from tests.playbooks.payload.fleet import ended, program

Module = Callable[[str], ModuleType]


def test_the_facts_of_this_machine(tmp_path: Path) -> None:
    """As the check reads them; the clock is the machine's own."""
    before = time.time()
    found = examination.parse(ended(program("host_facts.py", "--scratch", str(tmp_path))).stdout.text)
    facts = found.facts

    assert facts.kernel == os.uname().release
    assert facts.hostname == os.uname().nodename
    assert 0 < facts.memory_available_mib <= facts.memory_mib
    assert facts.cpus == len(os.sched_getaffinity(0))
    assert before + facts.run_seconds <= facts.clock <= time.time()
    assert facts.run_seconds > 0
    assert (facts.torch or "").split("+")[0] == metadata.version("torch").split("+")[0]
    assert found.outputs == {}


def test_commands_are_run_and_answered_by_their_names(tmp_path: Path) -> None:
    """One that hangs is ended in time, and the clock is read after it."""
    commands = {"echo out": ["echo", "out"], "sleep 60": ["sleep", "60"]}
    words = ("--commands", json.dumps(commands), "--seconds", "0.5")
    found = examination.parse(ended(program("host_facts.py", "--scratch", str(tmp_path), *words)).stdout.text)

    assert found.outputs["echo out"].stdout == "out\n"
    assert found.outputs["sleep 60"].status is None
    assert 0.5 < found.facts.run_seconds < 30


def test_a_python_without_torch_is_a_fact(bare_python: str, tmp_path: Path) -> None:
    """And no failure here."""
    found = ended(program("host_facts.py", "--scratch", str(tmp_path), python=bare_python))
    facts = examination.parse(found.stdout.text).facts

    assert (facts.torch, facts.cuda, facts.nccl) == (None, None, None)


def test_a_scratch_folder_that_is_missing_hides_nothing_else(tmp_path: Path) -> None:
    """Where a local disk is gone nothing is mounted, and `disks` must be able to say so."""
    commands = json.dumps({"echo out": ["echo", "out"]})
    found = ended(program("host_facts.py", "--scratch", str(tmp_path / "none"), "--commands", commands))
    told = examination.parse(found.stdout.text)

    assert told.facts.scratch_free_mib is None
    assert told.outputs["echo out"].stdout == "out\n"


def test_torch_tells_its_build_without_being_imported(module: Module) -> None:
    """Its CUDA's version is None where it was built for CPUs."""
    stated = module("host_facts").STATED
    gpu = "__version__ = '2.15.0+cu132'\ndebug = False\ncuda: Optional[str] = '13.2'\nhip: Optional[str] = None\n"
    cpu = "__version__ = '2.15.0+cpu'\ncuda: Optional[str] = None\n"

    assert dict(stated.findall(gpu)) == {"__version__": "2.15.0+cu132", "cuda": "13.2"}
    assert dict(stated.findall(cpu)) == {"__version__": "2.15.0+cpu"}


def test_an_arm_processor_names_no_model(module: Module) -> None:
    """Its architecture stands for it."""
    facts = module("host_facts")

    assert facts.cpu_model("processor: 0\nmodel name\t: AMD EPYC 9R14\n") == "AMD EPYC 9R14"
    assert facts.cpu_model("processor: 0\nBogoMIPS: 243.75\n") == os.uname().machine
