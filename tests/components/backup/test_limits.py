import pytest

from components.backup.limits import COMPLIANCE_SENTENCE, cold_storage_misfit, unacknowledged


@pytest.mark.parametrize(("keep_days", "after"), [(91, 1), (180, 90), (365, 30)])
def test_cold_storage_that_can_be_had(keep_days: int, after: int) -> None:
    """What moves stays for ninety days."""
    assert cold_storage_misfit(["S3", "EFS"], keep_days, after) is None


@pytest.mark.parametrize(("keep_days", "after"), [(90, 1), (180, 91), (180, 0)])
def test_cold_storage_that_is_too_short(keep_days: int, after: int) -> None:
    """AWS would refuse the plan."""
    assert cold_storage_misfit(["EFS"], keep_days, after) is not None


@pytest.mark.parametrize(
    ("lock", "sentence", "allowed"),
    [
        ("governance", None, True),
        ("none", None, True),
        ("compliance", COMPLIANCE_SENTENCE, True),
        ("compliance", None, False),
        ("compliance", "yes", False),
        ("compliance", COMPLIANCE_SENTENCE.lower(), False),
    ],
)
def test_a_compliance_lock_is_asked_for_word_for_word(lock: str, sentence: str | None, allowed: bool) -> None:
    """It can't be undone."""
    assert (unacknowledged(lock, sentence) is None) is allowed
