"""What an AWS account has room for, as far as it was asked and has answered."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple


class Unanswered(NamedTuple):
    """Why there is no answer."""

    reason: str


class Reservation(NamedTuple):
    """A Capacity Reservation or Capacity Block, as EC2 describes it.

    Attributes:
        type: the instance type that it holds.
        zone: its zone's name in this account.
        zone_id: its zone's id.
        instances: how many it holds, running ones included.
        state: EC2's word, such as `active` or `scheduled`.
        start: from when on; None where EC2 says nothing.
        end: until when; None where it has no end.
        block: whether it is a Capacity Block.
    """

    type: str
    zone: str
    zone_id: str
    instances: int
    state: str
    start: datetime | None
    end: datetime | None
    block: bool


NOT_ASKED = Unanswered("`--live` asks the account")


class Answers(NamedTuple):
    """What the account says.

    Attributes:
        quotas: vCPUs by quota code.
        offerings: by instance type the zones that offer it, by name or by id as asked.
        reservations: by id.
    """

    quotas: Mapping[str, float] | Unanswered = NOT_ASKED
    offerings: Mapping[str, frozenset[str]] | Unanswered = NOT_ASKED
    reservations: Mapping[str, Reservation] | Unanswered = NOT_ASKED


NO_ANSWERS = Answers()
