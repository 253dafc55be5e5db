"""What AWS Backup can do with each kind of resource, and which stateful things no backup covers: pure."""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple, NotRequired, TypedDict


class Kind(NamedTuple):
    """A kind of resource, by the name that AWS Backup has for it.

    Attributes:
        arns: the ARNs of all of the kind, without `arn:<partition>:`; the asterisk is the last character.
        cold: whether its recovery points can move to cold storage.
    """

    arns: str
    cold: bool


# AWS Backup developer guide, "Feature availability by resource". EBS has an archive tier, but only for backups that are
# at least four weeks apart, which none of ours is.
KINDS: Mapping[str, Kind] = {
    "S3": Kind("s3:::*", cold=False),
    "FSx": Kind("fsx:*", cold=False),
    "EBS": Kind("ec2:*:*:volume/*", cold=False),
    "EFS": Kind("elasticfilesystem:*:*:file-system/*", cold=True),
}


class StatefulArgs(TypedDict):
    """Something that holds data, and what is known of its protection."""

    tags: NotRequired[Mapping[str, str]]
    """Its tags, by which a selection may find it."""

    unsupported: NotRequired[str | None]
    """Why AWS Backup can't back it up, such as `it is linked to a bucket`; None where it can."""

    held_by: NotRequired[Collection[str]]
    """Names of the stateful things that hold the same data, such as the buckets of a linked Lustre file system."""

    waived: NotRequired[str | None]
    """Why it needs no backup; the words of a person."""


class Gap(NamedTuple):
    """A stateful thing that nothing covers."""

    name: str
    reason: str


def gaps(
    things: Mapping[str, StatefulArgs], selected: Collection[str], selected_tags: Mapping[str, str] | None = None
) -> list[Gap]:
    """The things that neither a selection covers, nor others that hold the same data, nor a reason excuses.

    Args:
        things: everything that holds data, by name.
        selected: names of those that are selected one by one.
        selected_tags: tags that all must have whom a selection by tag takes; None where there is none.
    """
    covered = {name for name, thing in things.items() if _is_selected(name, thing, selected, selected_tags)}
    return list(_gaps(things, covered))


def _is_selected(
    name: str, thing: StatefulArgs, selected: Collection[str], selected_tags: Mapping[str, str] | None
) -> bool:
    tagged = selected_tags is not None and selected_tags.items() <= thing.get("tags", {}).items()
    return not thing.get("unsupported") and (name in selected or tagged)


def _gaps(things: Mapping[str, StatefulArgs], covered: Collection[str]) -> Iterator[Gap]:
    for name, thing in things.items():
        if name in covered or thing.get("waived"):
            continue
        unsupported, holders = thing.get("unsupported"), thing.get("held_by", ())
        bare = [holder for holder in holders if holder not in covered]
        if not unsupported:
            yield Gap(name, "it is in no selection")
        elif bare:
            yield Gap(name, f"{unsupported}, and {', '.join(bare)}, which holds its data, is not backed up either")
        elif not holders:
            yield Gap(name, f"{unsupported}, and nothing else holds its data")
