from pathlib import Path

from playbooks import checks


def test_the_checks_run_from_the_machine_to_the_fleet() -> None:
    """A node's own faults are known before a collective meets them."""
    assert [check.name for check in checks.CHECKS] == [
        "host-facts",
        "storage",
        "checkpoint",
        "all-reduce",
        "training-step",
    ]


def test_every_check_has_its_program() -> None:
    """As a file that is uploaded."""
    folder = Path(checks.__file__).parents[1] / "payload"

    assert [check.payload for check in checks.CHECKS if not (folder / check.payload).is_file()] == []
