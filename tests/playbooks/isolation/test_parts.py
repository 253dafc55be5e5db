from playbooks.isolation.parts import slow_inside, slow_rails, usual

TOLERANCE = 0.15


def test_a_slow_or_failed_rail_stands_out() -> None:
    """Against the node's other rails."""
    assert slow_rails([6.0, 6.1, 3.9, 6.0, None, 5.8, 6.0, 6.2], TOLERANCE) == (2, 4)


def test_rails_that_are_alike_are_not_to_blame() -> None:
    """All good, all slow, all failed, or none there."""
    for rails in ([6.0] * 8, [3.0] * 8, [None] * 8, []):
        assert slow_rails(rails, TOLERANCE) == ()


def test_a_node_is_slow_inside_against_most() -> None:
    """Or where its own collective failed."""
    assert slow_inside({"a": 460.0, "b": 455.0, "c": 320.0, "d": None}, TOLERANCE) == ["c", "d"]
    assert slow_inside({"a": 460.0, "b": 320.0}, TOLERANCE) == ["b"]
    assert slow_inside({"a": 460.0, "b": 450.0}, TOLERANCE) == []
    assert slow_inside({}, TOLERANCE) == []


def test_the_higher_of_two_is_usual() -> None:
    """Nothing is faster than it should be."""
    assert usual([460.0, 320.0]) == 460.0
    assert usual([None, None]) == 0.0
