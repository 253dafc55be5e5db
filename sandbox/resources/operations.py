"""Log groups, and the sessions through which operators reach machines."""

from collections.abc import Mapping

from playbooks.account import Client
from playbooks.plan.graph import Resource
from sandbox.request import tag_list
from sandbox.resources.row import NotHeld, Row, physical_name


def _keep_for(client: Client, group: str, resource: Resource) -> None:
    if resource.properties.get("retentionInDays"):
        client.put_retention_policy(logGroupName=group, retentionInDays=resource.properties["retentionInDays"])


ROWS: Mapping[str, Row | NotHeld] = {
    "aws:cloudwatch/logGroup:LogGroup": Row(
        "logs",
        "create_log_group",
        "@logGroupName",
        names={"name": "logGroupName"},
        ignored=("retentionInDays",),
        more=lambda group, _: {"logGroupName": group.properties.get("name") or physical_name(group)},
        outputs={"name": "@logGroupName"},
        then=_keep_for,
    ),
    "aws:kms/keyPolicy:KeyPolicy": Row(
        "kms", "put_key_policy", "@KeyId", more=lambda _resource, _region: {"PolicyName": "default"}
    ),
    "aws:ssm/document:Document": Row(
        "ssm",
        "create_document",
        "DocumentDescription.Name",
        ignored=("tags",),
        more=lambda document, _: {
            "Name": document.properties.get("name") or physical_name(document),
            "Tags": tag_list(document.properties["tags"]),
        },
        outputs={"name": "DocumentDescription.Name"},
    ),
}
