"""A graph as Terraform's JSON configuration, so that scanners that read Terraform can be asked about it."""

import re
from collections.abc import Mapping
from typing import Any

from playbooks.plan.evaluate import Answer
from playbooks.plan.graph import Graph, Resource

# Where Terraform's type is not `aws_<module>_<name>`: the provider's EC2 types have no module, and some have another.
MODULES = {"ec2": "", "ec2transitgateway": "ec2_", "costexplorer": "ce_"}
TYPES = {
    "aws:ec2/managedPrefixList:ManagedPrefixList": "aws_ec2_managed_prefix_list",
    "aws:ec2/capacityReservation:CapacityReservation": "aws_ec2_capacity_reservation",
}
# Blocks and attributes that Pulumi gives another name than the provider does, mostly a plural.
NAMES = {
    "conditions": "condition",
    "copyActions": "copy_action",
    "costFilters": "cost_filter",
    "ebsBlockDevices": "ebs_block_device",
    "inlinePolicies": "inline_policy",
    "noncurrentVersionTransitions": "noncurrent_version_transition",
    "notifications": "notification",
    "routes": "route",
    "rules": "rule",
    "selectionTags": "selection_tag",
    "taints": "taint",
    "topic": "topic_arn",
    "transitions": "transition",
    "vpcZoneIdentifiers": "vpc_zone_identifier",
}
AS_WRITTEN = ("tags", "labels")  # their keys are a person's, not the provider's


def as_terraform(graph: Graph, answers: Mapping[str, Answer]) -> dict[str, Any]:
    """The resources of a graph; what is made from another resource refers to it as `${type.name.id}`.

    Args:
        graph: what is declared; components are no resources to Terraform.
        answers: by URN, the id and outputs that stood for the cloud's when the graph was recorded.
    """
    resources: dict[str, dict[str, Any]] = {}
    for each in graph:
        if each.custom:
            resources.setdefault(terraform_type(each.type), {})[terraform_name(each.name)] = _arguments(
                each, graph, answers
            )
    return {"resource": resources}


def terraform_type(token: str) -> str:
    """Terraform's name of a type, such as `aws_vpc` for `aws:ec2/vpc:Vpc`."""
    if token in TYPES:
        return TYPES[token]
    package, middle, _ = token.split(":")
    module, name = middle.split("/")
    return f"{package}_{'' if module == 'index' else MODULES.get(module, f'{module}_')}{_snake(name)}"


def _snake(name: str) -> str:
    return NAMES.get(name) or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def terraform_name(name: str) -> str:
    """A resource's name with the letters that Terraform takes."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)


def _arguments(resource: Resource, graph: Graph, answers: Mapping[str, Answer]) -> dict[str, Any]:
    return {
        _snake(key): _plain(value, key, _references(resource, key, graph, answers))
        for key, value in resource.properties.items()
        if value is not None
    }


def _plain(value: Any, key: str, references: Mapping[str, str]) -> Any:  # noqa: ANN401 - whatever JSON can say
    if isinstance(value, Mapping):
        return {
            inner if key in AS_WRITTEN else _snake(inner): _plain(each, inner, references)
            for inner, each in value.items()
            if each is not None
        }
    if isinstance(value, list):
        return [_plain(each, key, references) for each in value]
    return references.get(value, value) if isinstance(value, str) else value


def _references(resource: Resource, key: str, graph: Graph, answers: Mapping[str, Answer]) -> dict[str, str]:
    """What stands in a property for an attribute of another resource, and how Terraform writes that."""
    found: dict[str, str] = {}
    for urn in resource.property_dependencies.get(key, ()):
        other = graph.by_urn.get(urn)
        if other is None or urn not in answers or not other.custom:
            continue
        identity, outputs = answers[urn]
        known = {**other.properties, **outputs, "id": identity}
        address = f"{terraform_type(other.type)}.{terraform_name(other.name)}"
        for attribute, value in known.items():
            if isinstance(value, str) and value:
                found[value] = f"${{{address}.{_snake(attribute)}}}"
    return found
