from components.catalogue.accelerators import PEAKS, UNKNOWN, peak
from components.catalogue.instance_types import instance_type, names


def test_every_whole_accelerator_of_the_catalogue_has_a_row_and_no_row_is_left_over() -> None:
    """A new one must be looked up, even if the answer is that nothing is known."""
    types = [instance_type(name) for name in names()]
    whole = {
        (each.accelerator, each.accelerator_memory_mib)
        for each in types
        if each.accelerators and each.accelerator_share == 1
    }

    assert whole == set(PEAKS)


def test_what_is_not_known_is_none() -> None:
    """A part of an L4 has no figure of its own, Turing has no bfloat16, and a CPU type has neither."""
    assert instance_type("g6f.large").accelerator_peak == UNKNOWN
    assert instance_type("c6in.32xlarge").accelerator_peak == UNKNOWN
    assert peak("T4", 16384).bf16_flop_per_second is None


def test_a_figure_is_never_zero_and_has_a_source() -> None:
    """A ceiling of zero would let everything pass."""
    for known in PEAKS.values():
        assert all(figure is None or figure >= 50e9 for figure in known[:2])
        assert known.source
