"""What an environment may cost a month, who is told when it will cost more, and what it takes to tell costs apart."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components.account.budget_limits import EMAILS_AT_MOST, NOTIFICATIONS_AT_MOST


class BudgetArgs(TypedDict):
    """What a budget is made from."""

    environment: str
    """The value of the tag `environment` whose costs are counted."""

    monthly_usd: float
    """What the environment may cost in a calendar month, US dollars."""

    actual_percent: Sequence[float]
    """Told once so many percent of it are spent."""

    forecast_percent: Sequence[float]
    """Told once the month is forecast to reach so many percent. A forecast needs about five weeks of history."""

    emails: NotRequired[Sequence[str]]
    """Who is told by e-mail, up to ten."""

    topic_arn: NotRequired[pulumi.Input[str] | None]
    """An SNS topic that is told; its policy must let budgets.amazonaws.com publish (and costalerts.amazonaws.com, with
    `anomaly_usd`)."""

    cost_allocation_tags: NotRequired[Sequence[str]]
    """Tags to activate for cost allocation: once an account, by the account that pays, and only once a bill has seen
    the tag, up to a day after its first use."""

    anomaly_usd: NotRequired[float | None]
    """Watch the whole account for unusual costs, and tell of those of so many US dollars. AWS has room for one such
    monitor an account."""

    tags: Mapping[str, str]
    """Tags of every resource."""


class Budget(pulumi.ComponentResource):
    """A monthly budget for what carries an environment's tag, with a notification for each threshold.

    Credits and refunds are left out, so that they hide no spending. What can't be tagged (support, tax) isn't counted.

    Attributes:
        name: the budget's name.
    """

    name: pulumi.Output[str]

    def __init__(self, name: str, args: BudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ai-datacenter:components:Budget", name, {}, opts)
        refuse_mistakes(args)
        self._child, self._tags = pulumi.ResourceOptions(parent=self), {**args["tags"], "Name": name}
        budget = aws.budgets.Budget(
            f"{name}-monthly",
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=f"{args['monthly_usd']:.2f}",
            limit_unit="USD",
            cost_filters=[{"name": "TagKeyValue", "values": [f"user:environment${args['environment']}"]}],
            cost_types={"include_credit": False, "include_refund": False},
            notifications=notifications(args),
            tags=self._tags,
            opts=self._child,
        )
        for key in args.get("cost_allocation_tags", ()):
            self._activate(name, key)
        if anomaly_usd := args.get("anomaly_usd"):
            self._watch(name, args, anomaly_usd)
        self.name = budget.name
        self.register_outputs({"name": self.name})

    def _activate(self, name: str, key: str) -> None:
        """The tag is the account's, not the environment's: it stays active when the environment goes."""
        aws.costexplorer.CostAllocationTag(
            f"{name}-tag-{key}",
            tag_key=key,
            status="Active",
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )

    def _watch(self, name: str, args: BudgetArgs, usd: float) -> None:
        monitor = aws.costexplorer.AnomalyMonitor(
            f"{name}-anomalies",
            monitor_type="DIMENSIONAL",
            monitor_dimension="SERVICE",
            tags=self._tags,
            opts=self._child,
        )
        for how, frequency, subscribers in subscriptions(args):
            aws.costexplorer.AnomalySubscription(
                f"{name}-anomalies-{how}",
                frequency=frequency,
                monitor_arn_lists=[monitor.arn],
                subscribers=subscribers,
                threshold_expression=impact_of(usd),
                tags=self._tags,
                opts=self._child,
            )


def notifications(args: BudgetArgs) -> list[aws.budgets.BudgetNotificationArgsDict]:
    """One notification a threshold, each to everybody."""
    topic = args.get("topic_arn")
    return [
        {
            "notification_type": kind,
            "comparison_operator": "GREATER_THAN",
            "threshold": threshold,
            "threshold_type": "PERCENTAGE",
            "subscriber_email_addresses": list(args.get("emails", ())),
            "subscriber_sns_topic_arns": [topic] if topic else [],
        }
        for kind, thresholds in (("ACTUAL", args["actual_percent"]), ("FORECASTED", args["forecast_percent"]))
        for threshold in thresholds
    ]


Subscription = tuple[str, str, Sequence[aws.costexplorer.AnomalySubscriptionSubscriberArgsDict]]


def subscriptions(args: BudgetArgs) -> list[Subscription]:
    """How anomalies are told: AWS tells topics at once, and people by e-mail once a day, in subscriptions of their own.

    Source: AWS Cost Management API reference, CreateAnomalySubscription.
    """
    emails, topic = args.get("emails", ()), args.get("topic_arn")
    daily: list[Subscription] = [("daily", "DAILY", [{"type": "EMAIL", "address": email} for email in emails])]
    return [*(daily if emails else ()), *([("now", "IMMEDIATE", [{"type": "SNS", "address": topic}])] if topic else ())]


def impact_of(usd: float) -> aws.costexplorer.AnomalySubscriptionThresholdExpressionArgsDict:
    """Anomalies that cost so much, or more."""
    return {
        "dimension": {
            "key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
            "match_options": ["GREATER_THAN_OR_EQUAL"],
            "values": [f"{usd:.2f}"],
        }
    }


def refuse_mistakes(args: BudgetArgs) -> None:
    """Refuse arguments that AWS would refuse, or with which nobody would ever be told.

    Raises:
        pulumi.InputPropertyError: which argument is wrong, and why.
    """
    thresholds = [*args["actual_percent"], *args["forecast_percent"]]
    if args["monthly_usd"] <= 0:
        raise pulumi.InputPropertyError("monthly_usd", f"a budget is more than nothing, not {args['monthly_usd']}")
    if not 1 <= len(thresholds) <= NOTIFICATIONS_AT_MOST:
        reason = f"1 to {NOTIFICATIONS_AT_MOST} thresholds, with forecast_percent, not {len(thresholds)}"
        raise pulumi.InputPropertyError("actual_percent", reason)
    if min(thresholds) <= 0:
        raise pulumi.InputPropertyError("actual_percent", "a threshold is more than 0 percent")
    if not args.get("emails") and not args.get("topic_arn"):
        raise pulumi.InputPropertyError("emails", "nobody would be told: name an e-mail address or a topic_arn")
    if len(args.get("emails", ())) > EMAILS_AT_MOST:
        raise pulumi.InputPropertyError("emails", f"at most {EMAILS_AT_MOST}; tell more people through topic_arn")
    if (usd := args.get("anomaly_usd")) is not None and usd <= 0:
        raise pulumi.InputPropertyError("anomaly_usd", f"an anomaly costs more than nothing, not {usd}")
