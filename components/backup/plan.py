"""When backups are made, how long they are kept, and what each plan selects: pure."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import pulumi
import pulumi_aws as aws

from components.backup.args import BackupArgs, TaggedArgs
from components.backup.coverage import KINDS

START_WINDOW_MINUTES = 60
COMPLETION_WINDOW_MINUTES = 24 * 60  # a large bucket takes hours, and the next backup begins a day later


class Rule(NamedTuple):
    """How often, and for how long."""

    name: str
    schedule: str
    keep_days: int
    cold_after_days: int | None = None


def rules(args: BackupArgs, *, cold: bool) -> list[Rule]:
    """A daily and a weekly rule; the weekly one moves to cold storage where that is wanted and exists."""
    hour = args.get("start_hour", 3)
    return [
        Rule("daily", f"cron(0 {hour} ? * * *)", args["daily_keep_days"]),
        Rule(
            "weekly",
            f"cron(0 {hour} ? * SUN *)",
            args["weekly_keep_days"],
            args.get("cold_after_days") if cold else None,
        ),
    ]


def plan_rule(
    rule: Rule, vault_name: pulumi.Input[str], copies: Sequence[aws.backup.PlanRuleCopyActionArgsDict]
) -> aws.backup.PlanRuleArgsDict:
    """A rule as the provider takes it."""
    lifecycle: aws.backup.PlanRuleLifecycleArgsDict = {"delete_after": rule.keep_days}
    if rule.cold_after_days is not None:
        lifecycle["cold_storage_after"] = rule.cold_after_days
    return {
        "rule_name": rule.name,
        "target_vault_name": vault_name,
        "schedule": rule.schedule,
        "start_window": START_WINDOW_MINUTES,
        "completion_window": COMPLETION_WINDOW_MINUTES,
        "lifecycle": lifecycle,
        "copy_actions": copies,
    }


def shortest_kept_days(args: BackupArgs) -> int:
    """What a lock holds every recovery point to; it fails the jobs of a rule that keeps them for less."""
    return min(rule.keep_days for rule in rules(args, cold=False))


def of_temperature(kinds: Collection[str], *, cold: bool) -> list[str]:
    """Those of the kinds that have cold storage, or those that have not."""
    return [kind for kind in kinds if KINDS[kind].cold is cold]


def arns_of_kinds(tagged: TaggedArgs, partition: str, *, cold: bool) -> list[str]:
    """The ARNs among which a selection by tag looks."""
    return [f"arn:{partition}:{KINDS[kind].arns}" for kind in of_temperature(tagged["kinds"], cold=cold)]
