from collections.abc import Callable

import pytest

from components.account.budget import Budget
from playbooks.account import Clients
from playbooks.plan.evaluate import record
from playbooks.plan.made_up import ACCOUNT
from sandbox.cloud import Cloud


def test_a_budget_stands_in_moto_as_declared(client: Clients) -> None:
    """With its limit, its filter and a notification for each threshold; what moto can't hold is named."""
    cloud = Cloud(client, {})
    record(
        lambda: Budget(
            "dev-budget",
            {
                "environment": "dev",
                "monthly_usd": 1500,
                "actual_percent": (80,),
                "forecast_percent": (100,),
                "emails": ("us@example.com",),
                "topic_arn": "arn:aws:sns:us-east-1:123456789012:costs",
                "cost_allocation_tags": ("environment",),
                "anomaly_usd": 100,
                "tags": {"owner": "us"},
            },
        ),
        "test",
        {},
        cloud.make,
    )
    budgets = client("budgets")
    (budget,) = budgets.describe_budgets(AccountId=ACCOUNT)["Budgets"]
    told = budgets.describe_notifications_for_budget(AccountId=ACCOUNT, BudgetName=budget["BudgetName"])

    assert budget["BudgetLimit"] == {"Amount": "1500.00", "Unit": "USD"}
    assert budget["CostFilters"] == {"TagKeyValue": ["user:environment$dev"]}
    assert [(each["NotificationType"], each["Threshold"]) for each in told["Notifications"]] == [
        ("ACTUAL", 80),
        ("FORECASTED", 100),
    ]
    assert sorted(cloud.kept) == [
        "aws:costexplorer/anomalyMonitor:AnomalyMonitor",
        "aws:costexplorer/anomalySubscription:AnomalySubscription",
        "aws:costexplorer/costAllocationTag:CostAllocationTag",
    ]


@pytest.mark.parametrize(
    "call",
    [
        lambda ce: ce.update_cost_allocation_tags_status(
            CostAllocationTagsStatus=[{"TagKey": "owner", "Status": "Active"}]
        ),
        lambda ce: ce.create_anomaly_monitor(
            AnomalyMonitor={"MonitorName": "m", "MonitorType": "DIMENSIONAL", "MonitorDimension": "SERVICE"}
        ),
        lambda ce: ce.create_anomaly_subscription(
            AnomalySubscription={
                "SubscriptionName": "s",
                "MonitorArnList": ["arn:aws:ce::123456789012:anomalymonitor/m"],
                "Subscribers": [{"Type": "EMAIL", "Address": "us@example.com"}],
                "Frequency": "DAILY",
            }
        ),
    ],
)
def test_moto_still_has_no_cost_explorer_for_it(client: Clients, call: Callable[[object], object]) -> None:
    """The day that it has, the rows can be written."""
    with pytest.raises(NotImplementedError):
        call(client("ce"))
