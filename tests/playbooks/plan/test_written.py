import pytest

from playbooks.plan.written import read, write
from policies.verdicts import Verdict
from tests.playbooks.plan.plans import PLAN, ruled


def test_a_plan_comes_back_as_it_was() -> None:
    """Decimals and enumerations too."""
    assert read(write(PLAN)) == PLAN
    assert read(write(ruled(Verdict.WAIVED))).rulings[0].verdict is Verdict.WAIVED


@pytest.mark.parametrize("text", ["", "{}", "Traceback (most recent call last):", '{"environment": "dev"}'])
def test_what_is_no_plan_is_refused(text: str) -> None:
    """An older base prints something else."""
    with pytest.raises(ValueError, match="Plan"):
        read(text)
