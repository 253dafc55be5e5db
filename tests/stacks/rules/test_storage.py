from typing import Any

import pytest

from stacks.settings import Settings
from tests.stacks.documents import changed, settings_of, told

FAST: dict[str, Any] = {"zone": "us-east-1a", "capacityGib": 4800, "throughput": 250}


def lustre(**changes: object) -> dict[str, Any]:
    """The valid settings with a file system."""
    return changed(lustre={"fast": {**FAST, **changes}})


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            changed(buckets__checkpoints={"existing": "team", "objectLock": {"mode": "GOVERNANCE", "days": 1}}),
            (
                "buckets.checkpoints.existing: team is not this environment's to change, and objectLock would\n"
                "    Remove objectLock, or `existing`."
            ),
        ),
        (
            changed(buckets__checkpoints={"transition": {"days": 7, "storageClass": "STANDARD_IA"}}),
            (
                "buckets.checkpoints.transition: STANDARD_IA takes objects after 30 days at the earliest, not 7\n"
                "    Write more days, or another storageClass."
            ),
        ),
        (
            lustre(zone="us-east-1c"),
            (
                "lustre.fast.zone: the network has no zone us-east-1c\n"
                "    Write one of us-east-1a, us-east-1b, or append us-east-1c to network.zones."
            ),
        ),
        (
            lustre(throughput=200),
            (
                "lustre.fast.throughput: 200 MB/s a TiB can't be had with PERSISTENT_2\n"
                "    Write one of 125, 250, 500, 1000."
            ),
        ),
        (
            lustre(deployment="SCRATCH_2"),
            ("lustre.fast.throughput: SCRATCH_2 has 200 MB/s a TiB and no choice of it\n    Remove it."),
        ),
        (
            lustre(deployment="PERSISTENT_1", throughput=200, efa=True),
            ("lustre.fast.efa: PERSISTENT_1 speaks no EFA\n    Remove it, or write `deployment: PERSISTENT_2`."),
        ),
        (
            lustre(capacityGib=5000),
            (
                "lustre.fast.capacityGib: 5000 GiB can't be had: it is 1200 or a multiple of 2400\n"
                "    Write 4800 or 7200, the nearest."
            ),
        ),
        (
            lustre(efa=True, capacityGib=24000),
            (
                "lustre.fast.capacityGib: 24000 GiB can't be had with EFA at 250 MB/s a TiB: it is a multiple of"
                " 19200\n"
                "    Write 19200 or 38400, the nearest."
            ),
        ),
        (
            lustre(metadataIops=2000),
            (
                "lustre.fast.metadataIops: 2000 metadata IOPS can't be had\n"
                "    Write 1500, 3000, 6000 or a multiple of 12000 to 192000."
            ),
        ),
        (
            lustre(
                repositories={"/": {"bucket": "checkpoints"}, "/data": {"bucket": "checkpoints", "prefix": "data/"}}
            ),
            (
                "lustre.fast.repositories: /data lies in /, which is linked too\n"
                "    Link one of the two, or other folders."
            ),
        ),
        (
            lustre(repositories={"/data": {"bucket": "checkpoint"}}),
            (
                'lustre.fast.repositories: /data: no bucket "checkpoint"\n'
                "    Did you mean checkpoints? Known: checkpoints."
            ),
        ),
        (
            lustre(repositories={"/a": {"bucket": "checkpoints"}, "/b": {"bucket": "checkpoints"}}),
            (
                "lustre.fast.repositories: /b and /a mirror the same part of checkpoints\n"
                "    Give them different prefixes."
            ),
        ),
        (
            lustre(repositories={"/a": {"bucket": "checkpoints"}}, backupRetentionDays=7),
            (
                "lustre.fast.backupRetentionDays: FSx takes no backup of a file system that is linked to a bucket\n"
                "    Remove it."
            ),
        ),
        (
            lustre(maintenance="7:04:00"),
            (
                'lustre.fast.maintenance: "7:04:00" can\'t be used here\n'
                "    Write a day and a time, such as sunday 04:00."
            ),
        ),
    ],
)
def test_a_rule_that_is_broken_is_told_once_and_whole(values: dict[str, Any], expected: str) -> None:
    """Where, what, and what to write instead."""
    assert told(values) == [expected]


@pytest.mark.parametrize(
    "values",
    [
        lustre(),
        changed(lustre={"scratch": {"zone": "us-east-1a", "capacityGib": 1200, "deployment": "SCRATCH_2"}}),
        lustre(efa=True, capacityGib=19200, metadataIops=6000),
        lustre(repositories={"/a": {"bucket": "checkpoints"}, "/b": {"bucket": "checkpoints", "prefix": "b/"}}),
        changed(buckets__checkpoints={"existing": "x" * 63}),
        changed(buckets__checkpoints={"transition": {"days": 0, "storageClass": "GLACIER_IR"}}),
    ],
)
def test_what_the_rules_allow(values: dict[str, Any]) -> None:
    """The other side of each bound."""
    assert isinstance(settings_of(values), Settings)


def test_the_name_of_an_existing_bucket_is_not_ours_to_count() -> None:
    """It gets no suffix, and the environment's name does not stand before it."""
    assert isinstance(settings_of(changed(buckets={"b" * 63: {"existing": "team"}})), Settings)
