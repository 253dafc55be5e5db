"""A vault of AWS Backup in a region: its key, and the lock on what is in it."""

from collections.abc import Mapping
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.backup.limits import COMPLIANCE, NO_LOCK


class BackupVaultArgs(TypedDict):
    """What a vault is made from."""

    region: str | None
    """The region, where it is not the provider's own."""

    lock: str
    """`governance`, `compliance` or `none`."""

    grace_days: int
    """For how many days a compliance lock can still be lifted."""

    shortest_kept_days: int
    """The lock lets in no recovery point that is kept for less."""

    tags: Mapping[str, str]
    """Tags of every resource."""


class BackupVault:
    """A vault and its key, both protected, and a lock.

    Attributes:
        key: the key that encrypts what is in it.
        vault: the vault.
    """

    def __init__(self, name: str, args: BackupVaultArgs, parent: pulumi.Resource) -> None:
        """`parent` is the backup's component."""
        kept, tags = pulumi.ResourceOptions(parent=parent, protect=True), {**args["tags"], "Name": name}
        self.key = aws.kms.Key(
            f"{name}-key",
            description=f"Backup vault {name}",
            enable_key_rotation=True,
            region=args["region"],
            tags=tags,
            opts=kept,
        )
        self.vault = aws.backup.Vault(
            name, kms_key_arn=self.key.arn, force_destroy=False, region=args["region"], tags=tags, opts=kept
        )
        if args["lock"] != NO_LOCK:
            # With days to change one's mind the lock is of compliance mode, and for ever after them; without, of
            # governance mode (AWS Backup API, PutBackupVaultLockConfiguration).
            aws.backup.VaultLockConfiguration(
                f"{name}-lock",
                backup_vault_name=self.vault.name,
                min_retention_days=args["shortest_kept_days"],
                changeable_for_days=args["grace_days"] if args["lock"] == COMPLIANCE else None,
                region=args["region"],
                opts=pulumi.ResourceOptions(parent=parent),
            )
