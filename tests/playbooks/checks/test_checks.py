from pathlib import Path

from playbooks import checks
from playbooks.checks.check import Scope
from playbooks.checks.node import NODE_CHECKS

ALL = (*checks.CHECKS, *checks.LAST_CHECKS)
ORDER = [check.name for check in ALL]


def test_the_checks_run_from_the_machine_to_the_fleet() -> None:
    """A node's own faults are known before a collective meets them."""
    first_of_the_fleet = next(index for index, check in enumerate(checks.CHECKS) if check.scope is Scope.FLEET)

    assert ORDER[0] == "host-facts"
    assert {"storage", "checkpoint", "lustre-throughput"} <= set(ORDER[:first_of_the_fleet])
    assert ORDER.index("collectives") < ORDER.index("training-step")


def test_errors_and_counters_are_read_again_after_everything_that_brings_them_up() -> None:
    """Rounds of pairs come before them too; the first reading is the examination's."""
    assert [check.name for check in checks.LAST_CHECKS] == ["gpu-errors", "efa-counters"]


def test_what_fleets_share_is_measured_by_one_fleet_after_the_other() -> None:
    """Two at once would each find half of a file system."""
    assert [check.name for check in ALL if check.scope is Scope.SHARED] == ["lustre-throughput"]


def test_no_two_checks_have_one_name_and_each_has_its_title() -> None:
    """Reports tell them apart by it."""
    names = [*ORDER, *(check.name for check in NODE_CHECKS)]

    assert len(names) == len(set(names))
    assert set(names) <= checks.TITLES.keys()


def test_every_check_has_its_program() -> None:
    """As a file that is uploaded."""
    folder = Path(checks.__file__).parents[1] / "payload"

    assert [check.payload for check in ALL if not (folder / check.payload).is_file()] == []


def test_every_check_stands_in_the_documentation() -> None:
    """By its name, in the table; the programs that several share stand behind theirs."""
    page = (Path(checks.__file__).parents[2] / "docs" / "checks.md").read_text("utf-8")
    first_columns = "".join(line.split("|")[1] for line in page.splitlines() if line.startswith("| `"))

    assert [name for name in checks.TITLES if f"`{name}`" not in first_columns] == ["host-facts", "collectives"]
