import json
from collections.abc import Callable
from typing import Any

import pytest

from playbooks.checks.node import disks
from playbooks.checks.node.check import Output
from playbooks.findings import Finding, Verdict
from tests.playbooks.checks.asks import ask
from tests.playbooks.checks.node.machines import HANGS, NOT_INSTALLED, judged, output

# Rows as lsblk of util-linux 2.38.1 prints them; the disks' own as the EC2 user guide shows them.
ROOT = {"name": "nvme0n1", "type": "disk", "size": 107374182400, "model": "Amazon Elastic Block Store"}
PARTITION = {"name": "nvme0n1p1", "type": "part", "size": 107373182400, "model": None, "mountpoint": "/"}


def lsblk(count: int, on_each: Callable[[int], list[dict[str, Any]]] = lambda _: []) -> str:
    """A machine with so many local disks beside its root volume, and what lies on each."""
    local = [
        {
            "name": f"nvme{number + 1}n1",
            "type": "disk",
            "size": 3840755982336,
            "model": f"{disks.MODEL}{' ' * 9}",
            "mountpoint": None,
            **({"children": on_each(number)} if on_each(number) else {}),
        }
        for number in range(count)
    ]
    return json.dumps({"blockdevices": [{**ROOT, "mountpoint": None, "children": [PARTITION]}, *local]}, indent=3)


def striped(_: int) -> list[dict[str, Any]]:
    """The stripe as lsblk shows it: below every one of its disks."""
    return [{"name": "md127", "type": "raid0", "size": 30725768675328, "model": None, "mountpoint": "/scratch"}]


def found(answer: Output, folder: str | None = "/scratch", instance_type: str = "p5.48xlarge") -> Finding:
    """What is found of one node."""
    question = ask(count=1, instance_type=instance_type)._replace(local_disks=folder)
    [finding] = judged(disks.CHECK, question, {"lsblk": answer})
    return finding


def test_a_stripe_over_all_disks_passes() -> None:
    """A p5.48xlarge has eight."""
    finding = found(output(lsblk(8, striped)))

    assert (finding.verdict, finding.reason) == (Verdict.PASS, "/scratch lies on 8 of 8 local disks")
    assert finding.evidence["lsblk"].splitlines()[0] == "nvme1n1 disk > md127 raid0 /scratch"
    assert len(finding.measurements) == 8


def test_without_a_folder_of_the_settings_the_disks_are_counted() -> None:
    """They stay as the image has them."""
    finding = found(output(lsblk(8)), folder=None)

    assert (finding.verdict, finding.reason) == (Verdict.PASS, "8 of 8 local disks are there")


def test_a_disk_that_is_missing_fails() -> None:
    """It is a fault of the hardware, whatever is mounted."""
    finding = found(output(lsblk(7, striped)))

    assert (finding.verdict, finding.reason) == (Verdict.FAIL, "7 of 8 local disks are there")
    assert "other hardware" in finding.action


@pytest.mark.parametrize(
    ("on_each", "count"), [(lambda number: striped(number) if number < 4 else [], 4), (lambda _: [], 0)]
)
def test_a_folder_that_lies_on_less_fails(on_each: Callable[[int], list[dict[str, Any]]], count: int) -> None:
    """The unit that makes the stripe did not."""
    finding = found(output(lsblk(8, on_each)))

    assert (finding.verdict, finding.reason) == (Verdict.FAIL, f"/scratch lies on {count} of 8 local disks")
    assert "stripe-local-disks" in finding.action


def test_a_single_disk_carries_its_folder_itself() -> None:
    """There is nothing to stripe."""
    rows = json.loads(lsblk(1))
    rows["blockdevices"][1]["mountpoint"] = "/scratch"

    assert found(output(json.dumps(rows)), instance_type="g5.xlarge").verdict is Verdict.PASS


def test_a_disk_that_is_told_twice_stands_for_no_other() -> None:
    """Seven of eight, of which one came twice."""
    rows = json.loads(lsblk(7, striped))
    rows["blockdevices"].append(rows["blockdevices"][-1])
    finding = found(output(json.dumps(rows)))

    assert finding.verdict is Verdict.ERROR
    assert "lsblk tells nvme7n1 twice" in finding.reason


@pytest.mark.parametrize(
    "answer",
    [
        HANGS,
        NOT_INSTALLED,
        output(""),
        output(lsblk(8, striped)[:-5]),
        output("\x1b[1m{}\x1b[0m"),
        output('{"blockdevices": null}'),
        output('{"blockdevices": [{"name": "nvme1n1", "type": "disk", "size": "3,5T"}]}'),
        output('{"blockdevices": [{"name": "nvme1n1", "type": "disk", "size": NaN}]}'),
        output("[" * 100_000),
    ],
    ids=str,
)
def test_what_is_not_lsblks_is_an_error(answer: Output) -> None:
    """Missing, cut, coloured, empty, or with sizes that are no numbers of bytes."""
    assert found(answer).verdict is Verdict.ERROR


def test_without_local_disks_it_does_not_apply() -> None:
    """By the type; in the sandbox whatever the type."""
    none, sandbox = ask(), ask(instance_type="p5.48xlarge")._replace(stand_in=True)

    assert disks.CHECK.skip(none, none.nodes[0]) == "c6in.32xlarge has no local NVMe disks"
    assert "none of p5.48xlarge's disks" in disks.CHECK.skip(sandbox, sandbox.nodes[0])
