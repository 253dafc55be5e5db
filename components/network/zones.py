"""Availability zones, by name or by id: pure."""

import re
from collections.abc import Sequence

NAME = r"[a-z]{2,4}(-[a-z]+){1,2}-[1-9][0-9]?(-[a-z]+-[1-9][0-9]?)?[a-z]"
ID = r"[a-z]{3,8}[1-9][0-9]?-([a-z]+[1-9][0-9]?-)?az[1-9][0-9]?"
INITIALS = re.compile("north|south|east|west|central|gov")


def is_id(zone: str) -> bool:
    """Whether a zone is told by its id: `use1-az4` is the same place in every account, `us-east-1a` is not."""
    return re.fullmatch(ID, zone) is not None


def are_mixed(zones: Sequence[str]) -> bool:
    """Whether some are told by name and some by id, so that two of them may be one place."""
    return len({is_id(zone) for zone in zones}) > 1


def in_region(zone: str, region: str) -> bool:
    """Whether a zone's name or id is of that region."""
    if is_id(zone):
        return zone.startswith(f"{region_code(region)}-")
    return re.fullmatch(rf"{re.escape(region)}(-[a-z]+-[0-9]+)?[a-z]", zone) is not None


def region_code(region: str) -> str:
    """What the ids of a region's zones begin with: `use1` for us-east-1, `apse2` for ap-southeast-2."""
    return INITIALS.sub(lambda word: word[0][0], region).replace("-", "")
