"""The budget: somebody is told, of something."""

from collections.abc import Sequence

from components.account.budget_limits import NOTIFICATIONS_AT_MOST
from stacks.rules.rule import Refusal, Rule


def somebody_is_told(budget: object, emails: Sequence[str] | None, topic: str | None) -> Refusal | None:
    """A budget that tells nobody stops nothing."""
    if budget is None or emails or topic:
        return None
    return Refusal("nobody would be told", "Add `emails: [you@example.com]`, or the `topic` of an SNS topic.")


def thresholds_fit(budget: object, actual: Sequence[float], forecast: Sequence[float]) -> Refusal | None:
    """AWS Budgets takes so many notifications, and none would tell nothing."""
    count = 0 if budget is None else len(actual) + len(forecast)
    if budget is None or 1 <= count <= NOTIFICATIONS_AT_MOST:
        return None
    remedy = f"Write 1 to {NOTIFICATIONS_AT_MOST} thresholds, those of forecastPercent counted."
    return Refusal(f"{count} thresholds, those of forecastPercent counted", remedy)


def thresholds_differ(budget: object, actual: Sequence[float], forecast: Sequence[float]) -> Refusal | None:
    """AWS Budgets refuses the same notification twice."""
    twice = sorted({each for kind in (actual or (), forecast or ()) for each in kind if list(kind).count(each) > 1})
    if budget is None or not twice:
        return None
    return Refusal(f"{', '.join(f'{each:g}' for each in twice)} stands there more than once", "Write each once.")


THRESHOLDS = ("budget", "budget.actualPercent", "budget.forecastPercent")
RULES = (
    Rule("budget.emails", ("budget", "budget.emails", "budget.topic"), somebody_is_told),
    Rule("budget.actualPercent", THRESHOLDS, thresholds_fit),
    Rule("budget.actualPercent", THRESHOLDS, thresholds_differ),
)
