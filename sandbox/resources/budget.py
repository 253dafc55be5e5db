"""The budget, and what tells costs apart."""

from collections.abc import Mapping
from typing import Any

from playbooks.plan.graph import Resource
from playbooks.plan.made_up import ACCOUNT
from sandbox.request import tag_list
from sandbox.resources.row import Arguments, NotHeld, Row, physical_name


def _budget(resource: Resource, _region: str) -> Arguments:
    """A budget as CreateBudget takes it: an account's, with each notification beside it."""
    properties = resource.properties
    return {
        "AccountId": ACCOUNT,  # moto's own, too
        "Budget": {
            "BudgetName": physical_name(resource),
            "BudgetType": properties["budgetType"],
            "TimeUnit": properties["timeUnit"],
            "BudgetLimit": {"Amount": properties["limitAmount"], "Unit": properties["limitUnit"]},
            "CostFilters": {each["name"]: each["values"] for each in properties["costFilters"]},
            "CostTypes": {
                "IncludeCredit": properties["costTypes"]["includeCredit"],
                "IncludeRefund": properties["costTypes"]["includeRefund"],
            },
        },
        "NotificationsWithSubscribers": [_notification(each) for each in properties["notifications"]],
        "ResourceTags": tag_list(properties["tags"]),
    }


def _notification(notification: Mapping[str, Any]) -> Arguments:
    addresses = {
        "EMAIL": notification["subscriberEmailAddresses"],
        "SNS": notification["subscriberSnsTopicArns"],
    }
    return {
        "Notification": {
            "NotificationType": notification["notificationType"],
            "ComparisonOperator": notification["comparisonOperator"],
            "Threshold": notification["threshold"],
            "ThresholdType": notification["thresholdType"],
        },
        "Subscribers": [
            {"SubscriptionType": kind, "Address": address} for kind, each in addresses.items() for address in each
        ],
    }


ROWS: Mapping[str, Row | NotHeld] = {
    "aws:budgets/budget:Budget": Row(
        "budgets",
        "create_budget",
        "@Budget.BudgetName",
        ignored=(
            *("budgetType", "timeUnit", "limitAmount", "limitUnit"),
            *("costFilters", "costTypes", "notifications", "tags"),
        ),
        more=_budget,
        outputs={"name": "@Budget.BudgetName"},
    ),
    "aws:costexplorer/costAllocationTag:CostAllocationTag": NotHeld("moto has no UpdateCostAllocationTagsStatus"),
    "aws:costexplorer/anomalyMonitor:AnomalyMonitor": NotHeld("moto has no CreateAnomalyMonitor"),
    "aws:costexplorer/anomalySubscription:AnomalySubscription": NotHeld("moto has no CreateAnomalySubscription"),
}
