from typing import Any

import pytest

from components.backup.limits import COMPLIANCE_SENTENCE
from stacks.rules.backup import LONGEST_ENDING, LONGEST_NAME
from stacks.rules.rule import SUFFIX
from stacks.settings import Settings
from tests.stacks.documents import changed, settings_of, told

FAST: dict[str, Any] = {"zone": "us-east-1a", "capacityGib": 4800, "throughput": 250}
LINKED = {**FAST, "repositories": {"/data": {"bucket": "checkpoints"}}}
SCRATCH = {"zone": "us-east-1a", "capacityGib": 1200, "deployment": "SCRATCH_2"}
MIRROR = {"noBackup": "a mirror of public data"}
ADVICE = "\n    Link it to a bucket that is backed up, or write why it needs no backup: `noBackup: …`."


def backup(asked: object = None, **changes: object) -> dict[str, Any]:
    """The valid settings with backups."""
    return changed(backup=asked or {}, **changes)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            backup({"lock": "compliance"}),
            (
                "backup.complianceAcknowledged: lock compliance is for ever, and is not acknowledged word for word\n"
                f'    Write `complianceAcknowledged: "{COMPLIANCE_SENTENCE}"`, or `lock: governance`.'
            ),
        ),
        (
            backup({"copyTo": {"region": "us-east-1"}}),
            (
                "backup.copyTo.region: us-east-1 holds the backups themselves\n"
                "    Write another region, or remove `copyTo`."
            ),
        ),
        (
            backup({"coldAfterDays": 30, "weeklyKeepDays": 365}),
            (
                "backup.coldAfterDays: of FSx, S3 nothing has cold storage, only EFS has; leave it out\n"
                "    Remove it, or write other days, or EFS among `tagged.kinds`."
            ),
        ),
        (
            backup(lustre={"scratch": SCRATCH}),
            ("lustre.scratch: FSx backs no SCRATCH_2 file system up, and nothing else holds its data" + ADVICE),
        ),
        (
            backup(lustre={"fast": LINKED}, buckets__checkpoints=MIRROR),
            (
                "lustre.fast: it is linked to a bucket, and FSx backs no such file system up, and bucket-checkpoints,"
                " which holds its data, is not backed up either" + ADVICE
            ),
        ),
        (
            backup({"restoreTest": {"buckets": ["checkpoints", "data"]}}),
            "backup.restoreTest.buckets: no backup of data\n    Write some of checkpoints.",
        ),
        (
            backup({"restoreTest": {"lustre": ["fast"]}}, lustre={"fast": LINKED}),
            "backup.restoreTest.lustre: no backup of fast\n    Remove it.",
        ),
        (
            backup(buckets__checkpoints={"noBackup": "no"}),
            ('buckets.checkpoints.noBackup: "no" gives no reason\n    Write a sentence of at least 3 words.'),
        ),
    ],
)
def test_a_rule_that_is_broken_is_told_once_and_whole(values: dict[str, Any], expected: str) -> None:
    """Where, what, and what to write instead."""
    assert told(values) == [expected]


@pytest.mark.parametrize(
    "values",
    [
        backup(),
        backup({"lock": "compliance", "complianceAcknowledged": COMPLIANCE_SENTENCE}),
        backup({"copyTo": {"region": "us-west-2"}}),
        backup({"coldAfterDays": 30, "weeklyKeepDays": 365, "tagged": {"tags": {"a": "b"}, "kinds": ["EFS"]}}),
        backup(lustre={"fast": LINKED}),
        backup(lustre={"fast": {**LINKED, **MIRROR}}, buckets__checkpoints=MIRROR),
        backup(lustre={"scratch": {**SCRATCH, "noBackup": "emptied every week"}}),
        backup({"restoreTest": {"buckets": ["checkpoints"], "lustre": ["fast"]}}, lustre={"fast": FAST}),
        changed(lustre={"scratch": SCRATCH}),
    ],
)
def test_what_the_rules_allow(values: dict[str, Any]) -> None:
    """The other side of each; without `backup` nothing is asked."""
    assert isinstance(settings_of(values), Settings)


def test_the_environments_name_fits_with_its_selections() -> None:
    """50 characters are AWS Backup's bound."""
    room = LONGEST_NAME - len(LONGEST_ENDING) - SUFFIX
    long = {**backup(), "name": "e" * (room + 1)}

    assert isinstance(settings_of({**backup(), "name": "e" * room}, "e" * room), Settings)
    assert told(long, "e" * (room + 1))[0].startswith("backup: 1 character too many for a backup selection")
    assert isinstance(settings_of({**changed(), "name": "e" * (room + 1)}, "e" * (room + 1)), Settings)
