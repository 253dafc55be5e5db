"""Tests of whose an earlier line is."""

from dataclasses import replace

from playbooks.findings import Finding, Part
from playbooks.history.entry import Entry, entries
from playbooks.history.machines import by_part, of_machine, part_trends, seen_elsewhere, trends
from playbooks.report.run import Run
from tests.playbooks.report.runs import gpu_fleet, later


def _line(run: Run, number: int = 0) -> Entry:
    return entries(run)[number]


def _with_gpus(run: Run, mark: str, serial: str = "") -> Run:
    def other(part: Part) -> Part:
        return replace(part, uuid=f"{part.uuid}{mark}", serial=f"{part.serial}{serial}")

    def changed(finding: Finding) -> Finding:
        return replace(finding, parts=tuple(other(part) for part in finding.parts))

    return replace(run, findings=tuple(changed(finding) for finding in run.findings))


def test_an_instance_with_the_same_gpus_is_the_same_machine() -> None:
    """All its runs, the oldest first; one in which its GPUs were not asked is among them."""
    runs = [later(gpu_fleet(2), number) for number in range(3)]
    runs[1] = replace(runs[1], findings=())
    earlier = [_line(run) for run in runs]

    assert of_machine(earlier, _line(later(gpu_fleet(2), 3))) == earlier


def test_an_instance_that_came_up_on_another_host_is_another_machine() -> None:
    """It keeps its id over a stop and a start, and no GPU of it is the same."""
    before, after = gpu_fleet(2), _with_gpus(gpu_fleet(2), "-other")
    earlier = [_line(before), _line(later(before, 1)), _line(later(after, 2))]

    assert of_machine(earlier, _line(later(after, 3))) == earlier[2:]


def test_one_gpu_that_was_exchanged_leaves_the_machine_what_it_was() -> None:
    """Seven of its eight are known."""
    run = gpu_fleet(2)
    now = _line(run)
    exchanged = now.parts[0].model_copy(update={"uuid": "GPU-new", "serial": "new"})
    line = now.model_copy(update={"parts": (exchanged, *now.parts[1:])})

    assert of_machine([now], line) == [now]


def test_a_gpu_keeps_its_own_history_where_it_goes() -> None:
    """The GPUs of node 1 stand in node 0 now, under another instance id and other names."""
    earlier = entries(gpu_fleet(2))
    now = earlier[0].model_copy(update={"parts": earlier[1].parts[::-1], "instance_id": "i-new"})
    moved = seen_elsewhere(by_part(earlier), now)

    assert len(moved) == 8
    assert {sighting.last.node for sighting in moved} == {"train-1"}
    assert moved[0].part.name == "GPU 7"
    assert moved[0].past[0][1].serial == moved[0].part.serial
    assert seen_elsewhere(by_part(earlier), earlier[0]) == []


def test_gpus_that_tell_no_numbers_are_never_taken_for_each_other() -> None:
    """Neither moved nor the same."""
    earlier = entries(gpu_fleet(2))
    nameless = tuple(part.model_copy(update={"uuid": "", "serial": "[N/A]"}) for part in earlier[0].parts)
    lines = [entry.model_copy(update={"parts": nameless}) for entry in earlier]

    assert by_part(lines) == {}
    assert seen_elsewhere(by_part(lines), lines[1]) == []


def test_a_trend_is_of_a_judged_figure_that_differed() -> None:
    """Wrong bytes were 0 in every run; a collective's bandwidth is no node's own."""
    well, sick = later(gpu_fleet(4, sick=False), 0), later(gpu_fleet(4), 1)
    found = {trend.figure: trend.values for trend in trends([_line(well, 1)], _line(sick, 1))}
    (slow,) = [values for name, values in found.items() if name == "bf16 GEMM, slowest GPU"]

    assert "wrong bytes" not in found
    assert "bus bandwidth" not in found
    assert slow[1] < 0.8 * slow[0]


def test_a_part_has_trends_of_its_own() -> None:
    """GPU 3 became slow, and GPU 2 is what it was."""
    well, sick = _line(gpu_fleet(4, sick=False), 1), _line(gpu_fleet(4), 1)
    (slower,) = part_trends([(well, well.parts[3])], sick.parts[3])

    assert slower.values[1] < 0.8 * slower.values[0]
    assert part_trends([(well, well.parts[2])], sick.parts[2]) == []
