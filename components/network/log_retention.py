"""For how long CloudWatch Logs can keep what it is given: pure."""

DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096),
    *(1827, 2192, 2557, 2922, 3288, 3653),
)  # CloudWatch Logs API, PutRetentionPolicy; no number at all means for ever


def next_allowed(days: int) -> int:
    """The shortest time that can be had and is not shorter; the longest where there is none."""
    return next((each for each in DAYS if each >= days), DAYS[-1])
