import pytest

from playbooks.checks.node import throttling
from playbooks.findings import Verdict
from tests.playbooks.checks.node.gpu_answers import finding, printed, refused, rows

NEWER, OLDER = throttling.COMMANDS


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("hw_thermal_slowdown", "GPU 2 (31 °C) is so hot that its clocks are halved"),
        ("hw_power_brake_slowdown", "GPU 2 (31 °C) is held back by the machine's power supply"),
        ("sw_thermal_slowdown", "GPU 2 (31 °C) is hotter than it may be at work"),
    ],
)
@pytest.mark.parametrize("names", [NEWER, OLDER])
def test_heat_and_a_power_brake_fail_the_node(names: str, reason: str, said: str) -> None:
    """By either name of the fields; a driver that does not know the newer one refuses it."""
    sick = printed(rows(throttling.COMMANDS[names], 8, {2: {f"{names}.{reason}": "Active"}}))
    outputs = {names: sick} if names == NEWER else {NEWER: refused(f"{NEWER}.{reason}"), OLDER: sick}
    found = finding(throttling.CHECK, outputs)

    assert (found.verdict, found.reason) == (Verdict.FAIL, said)


def test_a_slowdown_without_a_reason_may_be_a_change_of_clocks() -> None:
    """So it does not decide."""
    text = rows(throttling.COMMANDS[NEWER], 8, {0: {f"{NEWER}.hw_slowdown": "Active"}})
    found = finding(throttling.CHECK, {NEWER: printed(text)})

    assert found.verdict is Verdict.INCONCLUSIVE
    assert "neither heat nor power is named" in found.reason


def test_temperatures_are_kept_for_the_fleet() -> None:
    """One for each GPU that tells it."""
    text = rows(throttling.COMMANDS[NEWER], 8, {0: {"temperature.gpu": "[N/A]"}, 1: {"temperature.gpu": "64"}})
    found = finding(throttling.CHECK, {NEWER: printed(text)})

    [heats] = found.samples
    assert found.verdict is Verdict.PASS
    assert (heats.unit, heats.parts[0], heats.values[0], len(heats.values)) == ("°C", "GPU 1", 64.0, 7)


def test_a_gpu_that_tells_no_reason_is_not_judged() -> None:
    """As a part of a GPU may be."""
    unknown = {f"{NEWER}.{reason}": "[N/A]" for reason in (*throttling.REASONS, throttling.UNNAMED)}
    text = rows(throttling.COMMANDS[NEWER], 1, {0: unknown})

    assert finding(throttling.CHECK, {NEWER: printed(text)}, "g6f.large").verdict is Verdict.INCONCLUSIVE


def test_drivers_that_know_neither_name_are_an_error() -> None:
    """Both refusals are the same fact."""
    found = finding(throttling.CHECK, {names: refused(f"{names}.hw_slowdown") for names in (NEWER, OLDER)})

    assert found.verdict is Verdict.ERROR
