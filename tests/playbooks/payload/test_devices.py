import json
from collections.abc import Callable
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playbooks.checks.gpu import gemm
from tests.playbooks.checks.garbled import garbled
from tests.playbooks.payload.fleet import ended, program

Module = Callable[[str], ModuleType]

OPEN = """\
NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.124.06  Release Build  (dvs-builder@U16-I3)
GCC version:  gcc version 12.3.0 (Ubuntu 12.3.0-1ubuntu1~22.04)
"""
CLOSED = """\
NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12 19:39:15 UTC 2024
GCC version:  gcc version 11.4.0 (Ubuntu 11.4.0-1ubuntu1~22.04)
"""


@pytest.mark.parametrize(("text", "release"), [(OPEN, "570.124.06"), (CLOSED, "535.183.01"), ("", None)])
def test_the_driver_tells_its_release(module: Module, text: str, release: str | None) -> None:
    """As the open and the closed kernel module write it."""
    assert module("devices").driver(text) == release


@pytest.mark.parametrize(("text", "release"), [(OPEN, "570.124.06"), (CLOSED, "535.183.01")])
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_garbled_release_is_no_other(module: Module, text: str, release: str, data: st.DataObject) -> None:
    """It is the right one, or none."""
    assert module("devices").driver(data.draw(garbled(text))) in (release, None)


def test_the_cpu_tells_its_model(module: Module) -> None:
    """Only x86 has one."""
    program_of_node = module("devices")

    assert (
        program_of_node.cpu("processor\t: 0\nmodel name\t: AMD EPYC 9R14\nmodel name\t: AMD EPYC 9R14\n")
        == "AMD EPYC 9R14"
    )
    assert program_of_node.cpu("processor\t: 0\nCPU implementer\t: 0x41\n") == "CPU"


@pytest.mark.slow
def test_every_process_answers_for_its_own_device() -> None:
    """Two of them on the CPU, which meet before they begin, as GPUs would."""
    found = ended(program("gemm.py", "--processes", "2"))

    assert found.exit_status == 0
    assert [device["index"] for device in json.loads(found.stdout.text)["devices"]] == [0, 1]
    assert len(gemm.parse(found.stdout.text).devices) == 2
