from datetime import UTC, datetime

import pytest

from playbooks.plan.answers import NO_ANSWERS, Answers, Reservation
from playbooks.plan.capacity import capacity_fits
from playbooks.plan.instances import Instances
from playbooks.plan.plan import Fit, Fits
from tests.playbooks.plan.fleets import RESERVATION, fleet, only

START, END = datetime(2026, 12, 1, 11, 30, tzinfo=UTC), datetime(2026, 12, 15, 11, 30, tzinfo=UTC)
BLOCK = Reservation("p5.48xlarge", "us-east-1a", "use1-az4", 2, "active", START, END, block=True)
BOUGHT = fleet(purchase="capacity-block")


def offered(*zones: str) -> Fit:
    """The row of a fleet in us-east-1a whose type these zones offer."""
    return only(capacity_fits([fleet()], Answers(offerings={"p5.48xlarge": frozenset(zones)})))


def reserved(found: Reservation | None, *instances: Instances) -> Fit:
    """The row of a reservation."""
    answers = Answers(reservations={RESERVATION: found} if found else {})
    return list(capacity_fits(instances or [BOUGHT], answers))[-1]


def test_a_type_that_the_zone_does_not_offer_does_not_fit() -> None:
    """The zones that do are listed."""
    found = offered("us-east-1f", "us-east-1b")

    assert (found.where, found.fits) == ("p5.48xlarge in us-east-1a", Fits.NO)
    assert found.reason == "offered in us-east-1b, us-east-1f"


def test_a_type_that_the_region_does_not_offer_does_not_fit() -> None:
    """There is no zone to move to."""
    assert offered().reason == "no zone of the region offers p5.48xlarge"


def test_a_type_that_is_offered_fits() -> None:
    """With all its zones, for the next fleet."""
    assert offered("us-east-1a").fits is Fits.YES


def test_without_an_answer_nothing_is_evaluated() -> None:
    """Neither the type nor the reservation."""
    found = list(capacity_fits([BOUGHT], NO_ANSWERS))

    assert [each.what for each in found] == ["type offered", "reservation"]
    assert {each.fits for each in found} == {Fits.NOT_EVALUATED}


def test_a_reservation_that_fits_tells_its_window() -> None:
    """And what happens at its end."""
    found = reserved(BLOCK)

    assert (found.needed, found.available, found.fits) == (2, 2, Fits.YES)
    assert found.reason.startswith(
        "a Capacity Block, active, 2 x p5.48xlarge in us-east-1a, from 2026-12-01 11:30 UTC until 2026-12-15 11:30 UTC;"
        " EC2 ends its instances from 30 minutes before"
    )


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (BLOCK._replace(type="p5e.48xlarge"), "it is for p5e.48xlarge, and dev-training has p5.48xlarge"),
        (
            BLOCK._replace(zone="us-east-1b", zone_id="use1-az6"),
            "it is in us-east-1b (use1-az6), and dev-training in us-east-1a",
        ),
        (BLOCK._replace(instances=1), "2 instances don't fit into 1"),
        (BLOCK._replace(state="expired"), "it is expired"),
        (BLOCK._replace(state="payment-failed"), "it is payment-failed"),
        (BLOCK._replace(block=False), "it is a Capacity Reservation, and dev-training has purchase capacity-block"),
        (None, "the account has no such reservation in this region"),
    ],
)
def test_a_reservation_that_is_otherwise_does_not_fit(found: Reservation | None, why: str) -> None:
    """Each with what is wrong."""
    row = reserved(found)

    assert row.fits is Fits.NO
    assert row.reason.startswith(why)


def test_all_that_is_wrong_is_told_at_once() -> None:
    """A person mends it in one go."""
    why = reserved(BLOCK._replace(type="p5e.48xlarge", instances=1)).reason

    assert "it is for p5e.48xlarge" in why
    assert "don't fit into 1" in why


def test_fleets_fill_a_reservation_together() -> None:
    """Two and two don't fit into two."""
    assert "4 instances don't fit into 2" in reserved(BLOCK, BOUGHT, BOUGHT._replace(name="dev-more")).reason


@pytest.mark.parametrize(("state", "verdict"), [("scheduled", Fits.YES), ("payment-pending", Fits.NOT_EVALUATED)])
def test_what_is_to_come_is_told(state: str, verdict: Fits) -> None:
    """A block that begins later is bought; one that is not paid for may never be."""
    row = reserved(BLOCK._replace(state=state))

    assert row.fits is verdict
    assert state in row.reason


def test_a_reservation_without_an_end_says_so() -> None:
    """On-demand capacity is reserved until it is cancelled."""
    found = BLOCK._replace(block=False, end=None)

    assert "without an end" in reserved(found, fleet(purchase="capacity-reservation")).reason
