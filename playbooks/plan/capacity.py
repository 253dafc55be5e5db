"""Whether the zones offer the instance types, and whether reservations are what the fleets take them for."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from playbooks.plan.answers import Answers, Reservation, Unanswered
from playbooks.plan.instances import Instances
from playbooks.plan.plan import Fit, Fits

USABLE = ("active", "scheduled")
UNDECIDED = ("pending", "payment-pending", "assessing", "delayed")
BLOCK_ENDS = "EC2 ends its instances from 30 minutes before (EC2 user guide, Capacity Blocks for ML)"


def capacity_fits(instances: Sequence[Instances], answers: Answers) -> Iterator[Fit]:
    """For each type and zone whether it is offered; for each reservation whether it fits those that are to fill it."""
    places = {(each.type.name, subnet.zone): None for each in instances for subnet in each.subnets}
    for type_name, zone in places:
        yield _offering(type_name, zone, answers.offerings)
    filled: dict[str, list[Instances]] = {}
    for each in instances:
        if each.reservation:
            filled.setdefault(each.reservation, []).append(each)
    for reservation_id, own in filled.items():
        yield _reservation(reservation_id, own, answers.reservations)


def _offering(type_name: str, zone: str, offerings: Mapping[str, frozenset[str]] | Unanswered) -> Fit:
    what, where = "type offered", f"{type_name} in {zone}"
    if isinstance(offerings, Unanswered):
        return Fit(what, where, None, None, "", Fits.NOT_EVALUATED, offerings.reason)
    zones = sorted(offerings.get(type_name, ()))
    if not zones:
        return Fit(what, where, None, None, "", Fits.NO, f"no zone of the region offers {type_name}")
    return Fit(what, where, None, None, "", Fits.YES if zone in zones else Fits.NO, f"offered in {', '.join(zones)}")


def _reservation(
    reservation_id: str, instances: Sequence[Instances], known: Mapping[str, Reservation] | Unanswered
) -> Fit:
    where = f"{reservation_id} for {', '.join(each.name for each in instances)}"
    needed = sum(each.nodes for each in instances)
    if isinstance(known, Unanswered):
        return Fit("reservation", where, needed, None, "instances", Fits.NOT_EVALUATED, known.reason)
    if reservation_id not in known:
        why = "the account has no such reservation in this region; `aws ec2 describe-capacity-reservations` lists them"
        return Fit("reservation", where, needed, None, "instances", Fits.NO, why)
    found = known[reservation_id]
    wrong = list(_mismatches(found, instances, needed))
    undecided = found.state in UNDECIDED
    fits = Fits.NO if wrong else Fits.NOT_EVALUATED if undecided else Fits.YES
    why = "; ".join([*wrong, _told(found)])
    return Fit("reservation", where, needed, found.instances, "instances", fits, why)


def _mismatches(found: Reservation, instances: Sequence[Instances], needed: int) -> Iterator[str]:
    """What a reservation is otherwise than the instances need it."""
    if found.state not in (*USABLE, *UNDECIDED):
        yield f"it is {found.state}"
    for each in instances:
        if each.type.name != found.type:
            yield f"it is for {found.type}, and {each.name} has {each.type.name}"
        elsewhere = {subnet.zone for subnet in each.subnets} - {found.zone, found.zone_id}
        if elsewhere:
            yield f"it is in {found.zone} ({found.zone_id}), and {each.name} in {', '.join(sorted(elsewhere))}"
        if (each.purchase == "capacity-block") != found.block:
            yield f"it is {_kind(found)}, and {each.name} has purchase {each.purchase}"
    if needed > found.instances:
        yield f"{needed} instances don't fit into {found.instances}"


def _told(found: Reservation) -> str:
    window = " ".join(filter(None, [_moment("from", found.start), _moment("until", found.end) or "without an end"]))
    told = f"{_kind(found)}, {found.state}, {found.instances} x {found.type} in {found.zone}, {window}"
    return f"{told}; {BLOCK_ENDS}" if found.block else told


def _kind(found: Reservation) -> str:
    return "a Capacity Block" if found.block else "a Capacity Reservation"


def _moment(word: str, moment: datetime | None) -> str:
    return f"{word} {moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment else ""
