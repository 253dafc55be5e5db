"""What S3 allows of a bucket's lifecycle and lock: pure."""

UNFINISHED_UPLOAD_DAYS = 7
LOCK_MODES = ("GOVERNANCE", "COMPLIANCE")
# Days after which S3 lets an object move there: S3 user guide, "Transitioning objects using Amazon S3 Lifecycle".
EARLIEST_TRANSITION_DAYS = {
    "STANDARD_IA": 30,
    "ONEZONE_IA": 30,
    "INTELLIGENT_TIERING": 0,
    "GLACIER_IR": 0,
    "GLACIER": 0,
    "DEEP_ARCHIVE": 0,
}


def transition_misfit(storage_class: str, days: int) -> str | None:
    """Why objects can't move to a storage class after so many days; None where they can."""
    earliest = EARLIEST_TRANSITION_DAYS.get(storage_class)
    if earliest is None:
        return f"{storage_class!r} is none of {', '.join(EARLIEST_TRANSITION_DAYS)}"
    return (
        f"{storage_class} takes objects after {earliest} days at the earliest, not {days}" if days < earliest else None
    )
