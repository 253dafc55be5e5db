"""AWS's own IAM policies in moto, which has none unless asked, and then reads all of them at every reset (1 s)."""

import json
from functools import cache

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend

PARTITION = "aws"  # moto keeps a backend for each, and the sandbox has use for one


def know_managed_policies() -> None:
    """Let moto in this process know them; they are read when the first role is made, and once."""

    def policies(self: IAMBackend) -> list[AWSManagedPolicy]:
        return _policies(self.account_id) if self.region_name == PARTITION else []

    IAMBackend._init_aws_policies = policies  # noqa: SLF001 - moto's setting for it reads them at every reset


@cache
def _policies(account_id: str) -> list[AWSManagedPolicy]:
    data = json.loads(aws_managed_policies_data)
    return [AWSManagedPolicy.from_data(name, account_id, PARTITION, said) for name, said in data.items()]
