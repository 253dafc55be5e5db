"""Backups of everything that holds data: made every day and week, locked, copied elsewhere, and tried out."""

import re
from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.account.arn import partition
from components.backup.args import (
    BackupArgs,
    CopyArgs,
    ProtectedArgs,
    RestoreTestArgs,
    kinds_of,
    refuse_mistakes,
)
from components.backup.coverage import KINDS
from components.backup.limits import DEFAULT_GRACE_DAYS, GOVERNANCE
from components.backup.news import BackupNewsArgs, backup_news
from components.backup.plan import arns_of_kinds, of_temperature, plan_rule, rules, shortest_kept_days
from components.backup.roles import backup_role
from components.backup.vault import BackupVault

TEMPERATURES = {"warm": False, "cold": True}


class Backup(pulumi.ComponentResource):
    """A vault and the plans that fill it; what holds data and is covered by none of them is refused.

    What can move to cold storage and what can't are in plans of their own: AWS Backup would take one lifecycle for both
    and leave the latter warm in silence.

    Attributes:
        vault_name: the vault's name.
        vault_arn: its ARN.
        topic_arn: the topic that tells of failures; None where nobody is told.
    """

    vault_name: pulumi.Output[str]
    vault_arn: pulumi.Output[str]
    topic_arn: pulumi.Output[str] | None

    def __init__(self, name: str, args: BackupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ai-datacenter:components:Backup", name, {}, opts)
        refuse_mistakes(args)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        vault, copy = self._vault("vault", None, shortest_kept_days(args)), args.get("copy")
        copied = self._vault("copy", copy["region"], copy["keep_days"]) if copy else None
        self._plans(vault, copied, copy)
        test, notify, opted = args.get("restore_test"), args.get("notify"), args.get("region_opt_in")
        if test:
            self._restore_tests(vault, test)
        news: BackupNewsArgs = {"vault": vault, "notify": notify or (), "tags": args["tags"]}
        self.topic_arn = backup_news(name, news, self) if notify else None
        if opted:
            aws.backup.RegionSettings(f"{name}-region", resource_type_opt_in_preference=opted, opts=self._child)
        self.vault_name, self.vault_arn = vault.vault.name, vault.vault.arn
        self.register_outputs({"vaultName": self.vault_name, "vaultArn": self.vault_arn})

    def _vault(self, role: str, region: str | None, shortest: int) -> BackupVault:
        args = self._args
        return BackupVault(
            f"{self._name}-{role}",
            {
                "region": region,
                "lock": args.get("lock", GOVERNANCE),
                "grace_days": args.get("compliance_grace_days", DEFAULT_GRACE_DAYS),
                "shortest_kept_days": shortest,
                "tags": args["tags"],
            },
            parent=self,
        )

    def _role(self, duty: str, kinds: list[str]) -> pulumi.Output[str]:
        return backup_role(
            self._name,
            {"duty": duty, "kinds": kinds, "partition": partition(self._args["region"]), "tags": self._args["tags"]},
            parent=self,
        )

    def _plans(self, vault: BackupVault, copied: BackupVault | None, copy: CopyArgs | None) -> None:
        """One plan for what has cold storage and one for what has not, each where anything is selected."""
        kinds = kinds_of(self._args)
        role_arn = self._role("backup", kinds)
        copies: list[aws.backup.PlanRuleCopyActionArgsDict] = []
        if copied and copy:
            copies = [{"destination_vault_arn": copied.vault.arn, "lifecycle": {"delete_after": copy["keep_days"]}}]
        for temperature, cold in TEMPERATURES.items():
            if not of_temperature(kinds, cold=cold):
                continue
            plan = aws.backup.Plan(
                f"{self._name}-{temperature}",
                name=f"{self._name}-{temperature}",
                rules=[plan_rule(rule, vault.vault.name, copies) for rule in rules(self._args, cold=cold)],
                tags={**self._args["tags"], "Name": f"{self._name}-{temperature}"},
                opts=self._child,
            )
            self._selections(plan, temperature, role_arn)

    def _selections(self, plan: aws.backup.Plan, temperature: str, role_arn: pulumi.Output[str]) -> None:
        """What a plan backs up: things by their ARNs, and whatever has the tags."""
        cold, tagged = TEMPERATURES[temperature], self._args.get("tagged")
        listed = [each["arn"] for each in self._args["resources"].values() if KINDS[each["kind"]].cold is cold]
        if listed:
            aws.backup.Selection(
                f"{self._name}-{temperature}-listed",
                plan_id=plan.id,
                iam_role_arn=role_arn,
                resources=listed,
                opts=self._child,
            )
        among = arns_of_kinds(tagged, partition(self._args["region"]), cold=cold) if tagged else []
        if tagged and among:
            aws.backup.Selection(
                f"{self._name}-{temperature}-tagged",
                plan_id=plan.id,
                iam_role_arn=role_arn,
                resources=among,
                conditions=[{"string_equals": conditions(tagged["tags"])}],
                opts=self._child,
            )

    def _restore_tests(self, vault: BackupVault, test: RestoreTestArgs) -> None:
        """Restores of the latest recovery points; what they make, AWS Backup deletes again."""
        plan = aws.backup.RestoreTestingPlan(
            f"{self._name}-restore",
            name=restore_test_name(f"{self._name}-restore"),
            schedule_expression=test["schedule"],
            recovery_point_selection={
                "algorithm": "LATEST_WITHIN_WINDOW",
                "include_vaults": [vault.vault.arn],
                "recovery_point_types": ["SNAPSHOT"],
            },
            tags={**self._args["tags"], "Name": f"{self._name}-restore"},
            opts=self._child,
        )
        chosen = {name: self._args["resources"][name] for name in test["resources"]}
        role_arn = self._role("restore", [each["kind"] for each in chosen.values()])
        for name, resource in chosen.items():
            self._restore_test(plan, name, resource, role_arn)

    def _restore_test(
        self, plan: aws.backup.RestoreTestingPlan, name: str, resource: ProtectedArgs, role_arn: pulumi.Output[str]
    ) -> None:
        aws.backup.RestoreTestingSelection(
            f"{self._name}-restore-{name}",
            name=restore_test_name(name),
            restore_testing_plan_name=plan.name,
            protected_resource_type=resource["kind"],
            protected_resource_arns=[resource["arn"]],
            restore_metadata_overrides=resource.get("restore_metadata"),
            iam_role_arn=role_arn,
            opts=self._child,
        )


def conditions(tags: Mapping[str, str]) -> list[aws.backup.SelectionConditionStringEqualArgsDict]:
    """Every tag must be there; a selection's `selection_tags` would take what has any of them."""
    return [{"key": f"aws:ResourceTag/{key}", "value": value} for key, value in tags.items()]


def restore_test_name(name: str) -> str:
    """Names of restore tests have letters, digits and underscores, and get no suffix."""
    return re.sub(r"\W", "_", name)
