"""What AWS Backup allows of locks and of how long things are kept: pure."""

from collections.abc import Collection

from components.backup.coverage import KINDS

LOCKS = NO_LOCK, GOVERNANCE, COMPLIANCE = ("none", "governance", "compliance")
COMPLIANCE_SENTENCE = "Nobody, AWS included, can delete these backups or lift this lock before they expire."
SHORTEST_GRACE_DAYS = 3  # AWS Backup API, PutBackupVaultLockConfiguration
DEFAULT_GRACE_DAYS = 14
SHORTEST_COLD_DAYS = 90  # a recovery point stays so long in cold storage (AWS Backup API, Lifecycle)


def unknown_kinds(kinds: Collection[str]) -> str | None:
    """Which kinds are none that are known here; None where all are."""
    unknown = sorted(set(kinds) - set(KINDS))
    return f"{', '.join(unknown)} is none of {', '.join(KINDS)}" if unknown else None


def kept_too_short(days: int) -> str | None:
    """Why recovery points can't be kept for so many days; None where they can."""
    return None if days >= 1 else f"a recovery point is kept for at least a day, not {days}"


def cold_storage_misfit(kinds: Collection[str], keep_days: int, cold_after_days: int) -> str | None:
    """Why nothing would move to cold storage; None where something would.

    AWS Backup leaves what has no cold storage in warm storage, and says nothing.
    """
    if not any(KINDS[kind].cold for kind in kinds if kind in KINDS):
        able = ", ".join(name for name, kind in KINDS.items() if kind.cold)
        return f"of {', '.join(sorted(kinds))} nothing has cold storage, only {able} has; leave it out"
    if cold_after_days < 1 or keep_days - cold_after_days < SHORTEST_COLD_DAYS:
        most = keep_days - SHORTEST_COLD_DAYS
        longer = cold_after_days + SHORTEST_COLD_DAYS
        return (
            f"what is kept for {keep_days} days moves after 1 to {most} days, for it stays there for"
            f" {SHORTEST_COLD_DAYS}; write fewer, or keep it for {longer}"
        )
    return None


def unacknowledged(lock: str, sentence: str | None) -> str | None:
    """Why a compliance lock is not made; None where the sentence stands there, or the lock is another."""
    if lock != COMPLIANCE or sentence == COMPLIANCE_SENTENCE:
        return None
    return f'a compliance lock is for ever; write "{COMPLIANCE_SENTENCE}", or take `{GOVERNANCE}`'


def grace_too_short(days: int) -> str | None:
    """Why a compliance lock can't be lifted for so few days; None where it can."""
    return None if days >= SHORTEST_GRACE_DAYS else f"AWS wants {SHORTEST_GRACE_DAYS} days at least, not {days}"
