import pytest

from benchmarks.fleet_simulator import Fault, fleet, isolate
from benchmarks.isolation import GOAL, SIZES, Sort, meets_the_goal, score
from playbooks.isolation.verdict import Kind


def test_the_goal_is_met() -> None:
    """On 1,000 nodes of which 1 % are bad, with 3 % noise; the benchmark does it a thousand times."""
    counted = score(50, GOAL)

    assert counted.planted == 500
    assert meets_the_goal(counted)


@pytest.mark.parametrize("size", SIZES)
def test_no_healthy_node_is_blamed(size: int) -> None:
    """In fleets without a fault, of each size."""
    counted = score(20, Sort(size, 0.0, 0.03))

    assert (counted.planted, counted.blamed) == (0, 0)


@pytest.mark.parametrize("fault", [Fault.NODE, Fault.RAIL, Fault.LINK, Fault.DEAD, Fault.INSIDE, Fault.GROUP])
def test_each_fault_is_told_by_its_cause(fault: Fault) -> None:
    """With the pass inside the nodes, and the rails apart."""
    counted = score(20, Sort(128, 0.02, 0.03, (fault,)), parts=True)

    assert counted.named == counted.told == counted.planted > 0
    assert counted.blamed == 0


def test_links_that_no_round_measures_are_counted_as_such() -> None:
    """Four rounds touch a few of all pairs; what they touch is found."""
    counted = score(20, Sort(128, 0.05, 0.03, (Fault.ANY_LINK,)))

    assert 0 < counted.named == counted.planted - counted.unmeasured
    assert counted.unmeasured > counted.planted / 2


def test_faults_that_come_and_go_are_seen_where_they_showed() -> None:
    """Named, or listed apart; no good node is blamed for them."""
    counted = score(20, Sort(128, 0.05, 0.03, (Fault.HALF,)))

    assert counted.named + counted.seen > 0.6 * counted.planted
    assert counted.blamed == 0


def test_a_seed_is_repeatable() -> None:
    """The same fleet, the same figures, the same verdict."""
    first, second = (isolate(fleet(3, 128, 0.05, 0.03)).verdict() for _ in range(2))

    assert first == second


def test_the_score_sees_what_is_missed_and_who_is_wrongly_blamed() -> None:
    """Faults that the verdict knows nothing of, and a verdict on nodes that have none."""
    sick, healthy = fleet(1, 16, 0.1, 0.0, (Fault.NODE,)), fleet(1, 16, 0.0, 0.0)
    counted = score(0, GOAL)
    counted.add(sick, isolate(healthy).verdict())
    assert (counted.planted, counted.named) == (2, 0)
    assert not meets_the_goal(counted)

    counted = score(0, GOAL)
    verdict = isolate(sick).verdict()
    assert len(verdict.of(Kind.NODE)) == 2
    counted.add(healthy, verdict)
    assert (counted.good, counted.blamed) == (16, 2)
    assert not meets_the_goal(counted)
