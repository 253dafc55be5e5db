import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from playbooks.checks.gpu import host_device_bandwidth
from tests.playbooks.payload.fleet import ended, program

Module = Callable[[str], ModuleType]


@pytest.mark.slow
def test_devices_take_turns_and_then_go_together() -> None:
    """Two processes on the CPU, as two GPUs would."""
    found = ended(program("host_device_bandwidth.py", "--processes", "2"))

    assert found.exit_status == 0, found.stderr.text
    assert len(host_device_bandwidth.parse(found.stdout.text).devices) == 2


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("0-3,8,10-11\n", {0, 1, 2, 3, 8, 10, 11}), ("5\n", {5}), ("\n", set())],
)
def test_a_list_of_cpus_is_read_as_the_kernel_writes_it(module: Module, text: str, numbers: set[int]) -> None:
    """As in /sys/bus/pci/devices/*/local_cpulist."""
    assert module("host_device_bandwidth").cpus(text) == numbers


@pytest.mark.parametrize(
    ("said", "address"),
    [("echo 00000000:53:00.0", "0000:53:00.0"), ("echo 00000000:9B:00.0", "0000:9b:00.0"), ("exit 1", "")],
)
def test_the_kernel_writes_an_address_shorter_than_nvidia_smi(
    module: Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, address: str
) -> None:
    """Its domain has four digits, in lower case."""
    smi = tmp_path / "nvidia-smi"
    smi.write_text(f"#!/bin/sh\n{said}\n")
    smi.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    assert module("host_device_bandwidth")._bus_address("0") == address


def test_without_nvidia_smi_the_process_stays_where_it_is(module: Module, monkeypatch: pytest.MonkeyPatch) -> None:
    """On all CPUs."""
    before = os.sched_getaffinity(0)
    monkeypatch.setenv("PATH", "")
    program_of_node = module("host_device_bandwidth")
    program_of_node._stay_near(program_of_node._bus_address("0"))

    assert os.sched_getaffinity(0) == before
