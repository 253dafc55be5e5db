"""A Lustre file system on FSx: shared by the nodes of a zone, as fast as is paid for, linked to buckets if wanted."""

from typing import Any

import pulumi
import pulumi_aws as aws

from components.account.key_policy import cloudwatch_logs_writes, key_policy
from components.storage import lustre_capacity as capacity
from components.storage.lustre_args import (
    LustreArgs,
    RepositoryArgs,
    maintenance_time,
    refuse_mistakes,
)
from components.storage.lustre_security_group import LustreSecurityGroup

VERSION = "2.15"  # of Lustre; AWS recommends it for all, and repositories and metadata IOPS need it or 2.12
DEFAULT_BACKUP_RETENTION_DAYS = 7
# The provider waits 30 minutes for a file system and 10 for a repository (terraform-provider-aws, service/fsx).
# Large ones take longer, and the run would fail while FSx goes on with the work.
PATIENT = pulumi.CustomTimeouts(create="2h", update="2h", delete="1h")


class Lustre(pulumi.ComponentResource):
    """A Lustre file system with a key and a security group of its own; it and its key are protected.

    Attributes:
        id: the file system's id, `fs-…`.
        arn: its ARN.
        dns_name: what nodes mount it by.
        mount_name: the name behind the colon when they do.
        security_group_id: its security group's id.
    """

    id: pulumi.Output[str]
    arn: pulumi.Output[str]
    dns_name: pulumi.Output[str]
    mount_name: pulumi.Output[str]
    security_group_id: pulumi.Output[str]

    def __init__(self, name: str, args: LustreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ai-datacenter:components:Lustre", name, {}, opts)
        refuse_mistakes(args)
        self._name, self._args, self._tags = name, args, {**args["tags"], "Name": name}
        self._child = pulumi.ResourceOptions(parent=self)
        group = LustreSecurityGroup(
            name,
            {
                "vpc_id": args["vpc_id"],
                "clients": args["client_security_groups"],
                "efa": args.get("efa", False),
                "tags": args["tags"],
            },
            parent=self,
        )
        file_system = self._file_system(group)
        for folder, repository in args.get("repositories", {}).items():
            self._repository(file_system, folder, repository)
        self.id, self.arn, self.security_group_id = file_system.id, file_system.arn, group.id
        self.dns_name, self.mount_name = file_system.dns_name, file_system.mount_name
        self.register_outputs({"id": self.id, "dnsName": self.dns_name, "mountName": self.mount_name})

    def _file_system(self, group: LustreSecurityGroup) -> aws.fsx.LustreFileSystem:
        key, scratch = self._key(), self._args.get("deployment") == capacity.SCRATCH_2
        return aws.fsx.LustreFileSystem(
            f"{self._name}-file-system",
            **shape(self._args),
            file_system_type_version=VERSION,
            storage_type="SSD",
            data_compression_type="LZ4",
            subnet_ids=self._args["subnet_id"],
            security_group_ids=[group.id],
            kms_key_id=key.arn if key and not scratch else None,
            log_configuration=self._log(key) if key and self._args.get("repositories") else None,
            weekly_maintenance_start_time=maintenance_time(self._args.get("maintenance", capacity.DEFAULT_MAINTENANCE)),
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, protect=True, depends_on=group.own_rules, custom_timeouts=PATIENT),
        )

    def _key(self) -> aws.kms.Key | None:
        """The key of the data and of the log; a scratch file system has one of AWS's, and without links no log."""
        linked = bool(self._args.get("repositories"))
        if self._args.get("deployment") == capacity.SCRATCH_2 and not linked:
            return None
        return aws.kms.Key(
            f"{self._name}-key",
            description=f"Lustre file system {self._name}",
            enable_key_rotation=True,
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )

    def _log(self, key: aws.kms.Key) -> aws.fsx.LustreFileSystemLogConfigurationArgsDict:
        """Where FSx writes down which imports and exports failed; it takes log groups of this prefix only."""
        log_name = f"/aws/fsx/{self._name}"
        policy = key.arn.apply(lambda arn: key_policy(arn, [cloudwatch_logs_writes(arn, log_name)]))
        open_key = aws.kms.KeyPolicy(
            f"{self._name}-key", key_id=key.id, policy=pulumi.Output.json_dumps(policy), opts=self._child
        )
        group = aws.cloudwatch.LogGroup(
            f"{self._name}-log",
            name=log_name,
            retention_in_days=self._args.get("log_retention_days", capacity.DEFAULT_LOG_RETENTION_DAYS),
            kms_key_id=key.arn,
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[open_key]),
        )
        return {"level": "WARN_ERROR", "destination": group.arn}

    def _repository(self, file_system: aws.fsx.LustreFileSystem, folder: str, args: RepositoryArgs) -> None:
        """Unlinking leaves the files where they are, in the folder and in the bucket."""
        prefix = args.get("prefix", "")
        aws.fsx.DataRepositoryAssociation(
            f"{self._name}-repository{folder.rstrip('/').replace('/', '-')}",
            file_system_id=file_system.id,
            file_system_path=folder,
            data_repository_path=pulumi.Output.concat("s3://", args["bucket"], f"/{prefix}" if prefix else ""),
            batch_import_meta_data_on_create=args.get("import_existing", False),
            delete_data_in_filesystem=False,
            s3={
                "auto_import_policy": {"events": [*args.get("import_events", capacity.EVENTS)]},
                "auto_export_policy": {"events": [*args.get("export_events", capacity.EVENTS)]},
            },
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, custom_timeouts=PATIENT),
        )


def shape(args: LustreArgs) -> dict[str, Any]:
    """The properties of the file system that follow from what kind it is."""
    deployment, efa = args.get("deployment", capacity.PERSISTENT_2), args.get("efa", False)
    backed_up = capacity.can_be_backed_up(deployment, linked=bool(args.get("repositories")))
    iops = args.get("metadata_iops")
    metadata = {"mode": "USER_PROVISIONED", "iops": iops} if iops else {"mode": "AUTOMATIC"}
    retention = args.get("backup_retention_days")
    return {
        "deployment_type": deployment,
        "storage_capacity": args["capacity_gib"],
        "per_unit_storage_throughput": args.get("throughput"),
        "efa_enabled": True if efa else None,
        "metadata_configuration": metadata if deployment == capacity.PERSISTENT_2 else None,
        "automatic_backup_retention_days": _or(retention, DEFAULT_BACKUP_RETENTION_DAYS) if backed_up else None,
        "copy_tags_to_backups": True if backed_up else None,
        "skip_final_backup": not backed_up,
    }


def _or(given: int | None, default: int) -> int:
    return default if given is None else given
