import pytest

from playbooks.checks.node import ecc
from playbooks.findings import Verdict
from tests.playbooks.checks.node.gpu_answers import finding, judged, printed, refused, rows


@pytest.mark.parametrize(
    ("command", "field", "value", "said"),
    [
        ("errors", "ecc.errors.uncorrected.volatile.total", "2", "GPU 1 has 2 uncorrected ECC errors"),
        ("errors", "retired_pages.pending", "Yes", "GPU 1 has memory pages to retire"),
        ("remapped", "remapped_rows.pending", "Yes", "000000000001 has rows of its memory to remap"),
        ("remapped", "remapped_rows.failure", "Yes", "000000000001 could not remap a row of its memory"),
        ("remapped", "remapped_rows.pending", "1", "000000000001 has rows of its memory to remap"),
        ("remapped", "remapped_rows.failure", "1", "000000000001 could not remap a row of its memory"),
    ],
)
def test_a_fault_of_the_memory_fails_the_node(command: str, field: str, value: str, said: str) -> None:
    """And names the GPU; the other nodes pass."""
    text = rows(ecc.COMMANDS[command], 8, {1: {field: value}})
    _, found = judged(ecc.CHECK, {}, {command: printed(text)}, {})

    assert [each.verdict.value for each in found] == ["PASS", "FAIL", "PASS"]
    assert found[1].reason.endswith(said)
    assert found[1].figure is not None
    assert found[1].figure.value == 1
    assert text.splitlines()[1] in "\n".join(found[1].evidence.values())


def test_rows_that_were_remapped_long_ago_are_no_fault() -> None:
    """The GPU has repaired itself."""
    text = rows(ecc.REMAPPED, 8, {1: {"remapped_rows.uncorrectable": "1"}})

    assert finding(ecc.CHECK, {"remapped": printed(text)}).verdict is Verdict.PASS


def test_a_driver_that_answers_in_numbers_is_understood() -> None:
    """A zero is a no; another number is none of its words."""
    numbers = {gpu: {"remapped_rows.pending": "0", "remapped_rows.failure": "0"} for gpu in range(8)}
    strange = {0: {"remapped_rows.pending": "2"}}

    assert finding(ecc.CHECK, {"remapped": printed(rows(ecc.REMAPPED, 8, numbers))}).verdict is Verdict.PASS
    assert finding(ecc.CHECK, {"remapped": printed(rows(ecc.REMAPPED, 8, strange))}).verdict is Verdict.ERROR


def test_a_gpu_that_retires_pages_knows_no_rows() -> None:
    """A T4 of a g4dn.xlarge."""
    unknown = {
        "remapped_rows.uncorrectable": "[N/A]",
        "remapped_rows.pending": "[N/A]",
        "remapped_rows.failure": "[N/A]",
    }
    outputs = {
        "errors": printed(rows(ecc.ERRORS, 1, {0: {"retired_pages.pending": "No"}})),
        "remapped": printed(rows(ecc.REMAPPED, 1, {0: unknown})),
    }

    assert finding(ecc.CHECK, outputs, "g4dn.xlarge").verdict is Verdict.PASS


def test_without_ecc_nothing_is_known() -> None:
    """A counter that nobody counts is not a zero."""
    off = {"ecc.mode.current": "Disabled", "ecc.errors.uncorrected.volatile.total": "[N/A]"}
    found = finding(ecc.CHECK, {"errors": printed(rows(ecc.ERRORS, 8, {5: off}))})

    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reason == "ECC is off on GPU 5, so nobody counts its memory's errors"
    silent = {"ecc.errors.uncorrected.volatile.total": "[N/A]"}
    assert finding(ecc.CHECK, {"errors": printed(rows(ecc.ERRORS, 8, {5: silent}))}).verdict is Verdict.INCONCLUSIVE


def test_one_gpu_that_is_silent_hides_no_fault_of_another() -> None:
    """The fault decides; without one the silence does."""
    seven = rows(ecc.ERRORS, 7)
    sick = rows(ecc.ERRORS, 7, {0: {"ecc.errors.uncorrected.volatile.total": "1"}})

    found = finding(ecc.CHECK, {"errors": printed(seven)})
    assert (found.verdict, found.reason) == (Verdict.ERROR, "nvidia-smi tells of 7 of 8 GPUs")
    assert finding(ecc.CHECK, {"errors": printed(sick)}).verdict is Verdict.FAIL


def test_a_driver_that_knows_no_remapping_is_an_error() -> None:
    """With what nvidia-smi said."""
    found = finding(ecc.CHECK, {"remapped": refused("remapped_rows.pending")})

    assert found.verdict is Verdict.ERROR
    assert '"remapped_rows.pending" is not a valid field' in found.reason


def test_a_reason_holds_the_first_few_faults() -> None:
    """The evidence has all."""
    every = {gpu: {"ecc.errors.uncorrected.volatile.total": "1"} for gpu in range(8)}
    found = finding(ecc.CHECK, {"errors": printed(rows(ecc.ERRORS, 8, every))})

    assert found.reason.startswith("GPU 0 has 1 uncorrected ECC errors; GPU 1")
    assert found.reason.endswith("GPU 3 has 1 uncorrected ECC errors; and 4 more")
    assert found.figure is not None
    assert found.figure.value == 8
