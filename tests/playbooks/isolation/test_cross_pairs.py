from playbooks.isolation.isolation import Isolation
from playbooks.isolation.measurements import Pair
from tests.playbooks.isolation.fleets import driven, exact, named


def rounds_after_the_ring(
    count: int, slow: dict[str, float | None], links: dict[Pair, float] | None = None
) -> list[tuple[Pair, ...]]:
    """The pairs of rounds three and four."""
    return [each.pairs for each in driven(Isolation(named(count)), exact(slow, links))[2:]]


def test_a_suspect_meets_a_sound_node_across_the_ring() -> None:
    """Its neighbours were sound, so that one more is the last word."""
    assert rounds_after_the_ring(16, {"train-3": 30.0}) == [(Pair("train-11", "train-3"),)]


def test_suspects_beside_each_other_meet_two_different_sound_nodes() -> None:
    """Both at once, in two rounds."""
    third, fourth = rounds_after_the_ring(16, {"train-3": 30.0, "train-4": 30.0})

    for node in ("train-3", "train-4"):
        partners = {pair.other(node) for pair in (*third, *fourth) if node in pair}
        assert len(partners) == 2
        assert not partners & {"train-2", "train-3", "train-4", "train-5"}


def test_a_slow_link_is_measured_again_and_then_its_ends_with_others() -> None:
    """A link, or one of its ends that comes and goes."""
    link = Pair("train-3", "train-4")

    assert rounds_after_the_ring(16, {}, {link: 30.0}) == [
        (link,),
        (Pair("train-11", "train-3"), Pair("train-12", "train-4")),
    ]


def test_a_pair_that_only_just_passed_is_measured_again() -> None:
    """Within one standard deviation above the bound, of figures that scatter by 2 %."""
    ring = [Pair.of(f"train-{place}", f"train-{(place + 1) % 16}") for place in range(16)]
    figures = {**dict(zip(ring, [48.0, 50.0] * 8, strict=True)), ring[9]: 42.0}
    rounds = driven(Isolation(named(16)), figures.__getitem__)

    assert [each.pairs for each in rounds[2:]] == [(ring[9],)]


def test_where_sound_nodes_are_too_few_suspects_meet_each_other() -> None:
    """A pair of them that is good clears two at once."""
    links = {Pair(f"train-{place}", f"train-{place + 1}"): 30.0 for place in range(7)}
    isolation = Isolation(named(9))
    rounds = driven(isolation, exact(links=links))

    assert len(rounds) <= 4
    assert isolation.verdict().bad == set()
