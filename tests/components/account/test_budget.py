from typing import Any

import pytest

from components.account.budget import Budget, BudgetArgs
from playbooks.errors import EvaluationError
from playbooks.plan.graph import Graph
from tests.components.conftest import Declare, properties

ARGS: BudgetArgs = {
    "environment": "prod",
    "monthly_usd": 20000,
    "actual_percent": (50, 100),
    "forecast_percent": (100,),
    "emails": ["us@example.com"],
    "tags": {"owner": "us"},
}
TOPIC = "arn:aws:sns:us-east-1:111111111111:costs"


def declared(declare: Declare, **changes: Any) -> Graph:  # noqa: ANN401 - whatever the arguments hold
    """A budget with other arguments."""
    args: Any = {**ARGS, **changes}
    return declare(lambda: Budget("prod-budget", args))


def test_the_budget_counts_what_carries_the_environments_tag(declare: Declare) -> None:
    """Monthly, in dollars, credits and refunds left out."""
    (budget,) = properties(declared(declare), "Budget")[-1:]

    assert budget["costFilters"] == [{"name": "TagKeyValue", "values": ["user:environment$prod"]}]
    assert (budget["limitAmount"], budget["limitUnit"], budget["timeUnit"]) == ("20000.00", "USD", "MONTHLY")
    assert budget["costTypes"] == {"includeCredit": False, "includeRefund": False}
    assert budget["tags"] == {"owner": "us", "Name": "prod-budget"}


def test_each_threshold_is_told_to_everybody(declare: Declare) -> None:
    """What is spent, and what is forecast."""
    (budget,) = properties(declared(declare, topic_arn=TOPIC), "Budget")[-1:]
    told = [
        (
            each["notificationType"],
            each["threshold"],
            each["thresholdType"],
            each["subscriberEmailAddresses"],
            each["subscriberSnsTopicArns"],
        )
        for each in budget["notifications"]
    ]

    assert told == [
        (kind, threshold, "PERCENTAGE", ["us@example.com"], [TOPIC])
        for kind, threshold in (("ACTUAL", 50), ("ACTUAL", 100), ("FORECASTED", 100))
    ]


def test_what_exists_once_an_account_is_declared_only_where_asked_for(declare: Declare) -> None:
    """A second environment that declared it too would fail."""
    assert [each.name for each in declared(declare)] == ["prod-budget", "prod-budget-monthly"]


def test_cost_allocation_tags_are_activated_where_asked_for(declare: Declare) -> None:
    """Budgets count by them."""
    tags = properties(declared(declare, cost_allocation_tags=["environment", "owner"]), "CostAllocationTag")

    assert [(each["tagKey"], each["status"]) for each in tags] == [("environment", "Active"), ("owner", "Active")]


def test_anomalies_are_told_daily_by_mail_and_at_once_to_a_topic(declare: Declare) -> None:
    """AWS takes e-mail addresses in daily subscriptions only, and topics in immediate ones."""
    graph = declared(declare, anomaly_usd=500, topic_arn=TOPIC)
    (monitor,) = properties(graph, "AnomalyMonitor")
    daily, now = properties(graph, "AnomalySubscription")

    assert (monitor["monitorType"], monitor["monitorDimension"]) == ("DIMENSIONAL", "SERVICE")
    assert (daily["frequency"], daily["subscribers"]) == ("DAILY", [{"type": "EMAIL", "address": "us@example.com"}])
    assert (now["frequency"], now["subscribers"]) == ("IMMEDIATE", [{"type": "SNS", "address": TOPIC}])
    assert now["thresholdExpression"]["dimension"]["values"] == ["500.00"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"monthly_usd": 0}, "a budget is more than nothing, not 0"),
        ({"actual_percent": (), "forecast_percent": ()}, "1 to 10 thresholds, with forecast_percent, not 0"),
        ({"actual_percent": range(1, 11)}, "1 to 10 thresholds, with forecast_percent, not 11"),
        ({"actual_percent": (-5,)}, "a threshold is more than 0 percent"),
        ({"emails": []}, "nobody would be told: name an e-mail address or a topic_arn"),
        ({"emails": ["us@example.com"] * 11}, "at most 10; tell more people through topic_arn"),
        ({"anomaly_usd": 0}, "an anomaly costs more than nothing, not 0"),
    ],
)
def test_a_wrong_argument_is_refused(declare: Declare, changes: dict[str, Any], reason: str) -> None:
    """With the reason, before anything is declared."""
    with pytest.raises(EvaluationError, match=reason):
        declared(declare, **changes)
