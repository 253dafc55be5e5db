"""Stands in for AWS in an evaluation: creates each resource in the sandbox's moto server and hands on its real ids."""

from collections.abc import Mapping
from functools import cache
from ipaddress import IPv4Address, IPv4Network
from itertools import islice
from typing import Any

import jmespath
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from playbooks.account import Client, Clients
from playbooks.plan import made_up
from playbooks.plan.graph import Resource
from sandbox.errors import SandboxError
from sandbox.request import Request, request, tag_list
from sandbox.resources import ROWS, NotHeld, Row

Answer = tuple[str, Mapping[str, Any]]
FIRST_USABLE = 4  # AWS keeps the first four addresses of a subnet (AWS VPC user guide)
INSTANCE = "aws:ec2/instance:Instance"
AUTO_SCALING_GROUP = "aws:autoscaling/group:Group"


class Cloud:
    """Creates what moto can hold, and keeps a list of what it can't.

    Attributes:
        kept: what stands in the graph but not in moto, by type or by type and property, with the reason.
        addresses: of every instance that was created, by resource name.
    """

    def __init__(self, client: Clients, addresses: Mapping[str, str]) -> None:
        """`client` makes the boto3 client of a service; `addresses` are those that instances of a name had before."""
        self._client, self._before = cache(client), addresses  # a client takes longer to make than most resources
        self.kept: dict[str, str] = {}
        self.addresses: dict[str, str] = {}
        self._of_groups: set[str] = set()

    def make(self, resource: Resource) -> Answer:
        """Create one resource; what `playbooks.plan.evaluate` asks of a maker."""
        row = ROWS.get(resource.type, NotHeld("the sandbox has no way to create it"))
        identity = made_up.identity(resource.type, resource.name)
        real: Mapping[str, Any] = {}
        if isinstance(row, NotHeld):
            self.kept[resource.type] = row.reason
        else:
            identity, real = self._create(row, resource)
        if resource.type == INSTANCE:
            self.addresses[resource.name] = real["privateIp"]
        if resource.type == AUTO_SCALING_GROUP:
            self._of_groups |= self._addresses_of(identity)
        return identity, {**made_up.outputs(resource.type, resource.name, {**resource.properties, **real}), **real}

    def _create(self, row: Row, resource: Resource) -> Answer:
        client = self._client(row.service)
        arguments = self._arguments(client, row, resource)
        try:
            answer = getattr(client, row.operation)(**arguments)
            identity = _found(row.id, answer, arguments)
            row.then(client, identity, resource)
        except (ClientError, BotoCoreError, ResponseParserError) as error:
            raise SandboxError(f"{resource.name} ({resource.type}) can't be created: {error}") from error
        return identity, {name: _found(path, answer, arguments) for name, path in row.outputs.items()}

    def _arguments(self, client: Client, row: Row, resource: Resource) -> dict[str, Any]:
        method = client.meta.method_to_api_mapping[row.operation]
        shape = client.meta.service_model.operation_model(method).input_shape
        given = {key: value for key, value in resource.properties.items() if key not in row.ignored}
        tags = given.pop("tags", {}) if row.tagged else {}
        beside = {key: given.pop(key) for key in row.beside}
        made = request(shape.members[row.under] if row.under else shape, given, row.names)
        self._keep(resource, made)
        arguments: dict[str, Any] = {row.under: made.arguments} if row.under else made.arguments
        arguments |= request(shape, beside, row.names).arguments | row.more(resource, client.meta.region_name)
        if tags:
            arguments["TagSpecifications"] = [{"ResourceType": row.tagged, "Tags": tag_list(tags)}]
        if resource.type == INSTANCE:
            arguments |= self._place(client, resource, arguments["LaunchTemplate"])
        return arguments

    def _place(self, client: Client, resource: Resource, template: Mapping[str, str]) -> dict[str, Any]:
        """Where an instance stands: moto leaves a template's interfaces aside and would take any subnet."""
        version = client.describe_launch_template_versions(
            LaunchTemplateId=template["LaunchTemplateId"], Versions=[template["Version"]]
        )["LaunchTemplateVersions"][0]
        primary = version["LaunchTemplateData"]["NetworkInterfaces"][0]
        (subnet,) = client.describe_subnets(SubnetIds=[primary["SubnetId"]])["Subnets"]
        if len(version["LaunchTemplateData"]["NetworkInterfaces"]) > 1:
            self.kept[f"{resource.type} networkInterfaces"] = "moto gives an instance the first interface only"
        address = self._address(resource.name, IPv4Network(subnet["CidrBlock"]))
        return {"SubnetId": primary["SubnetId"], "SecurityGroupIds": primary["Groups"], "PrivateIpAddress": address}

    def _address(self, name: str, subnet: IPv4Network) -> str:
        """The address that the instance had, or the lowest that none has or had: a newcomer moves no other."""
        before = self._before.get(name)
        if before and before not in self._of_groups and IPv4Address(before) in subnet:
            return before
        taken = {*self._before.values(), *self.addresses.values(), *self._of_groups}
        usable = map(str, islice(subnet.hosts(), FIRST_USABLE - 1, None))
        address = next((each for each in usable if each not in taken), None)
        if address is None:
            raise SandboxError(f"{name}: {subnet} has no free address left; run `aidc down`, or write fewer nodes")
        return address

    def _addresses_of(self, group: str) -> set[str]:
        """Addresses that moto has given the nodes of an Auto Scaling group: nobody else can have them."""
        pages = self._client("ec2").get_paginator("describe_instances")
        found = pages.paginate(Filters=[{"Name": "tag:aws:autoscaling:groupName", "Values": [group]}])
        return {each["PrivateIpAddress"] for each in found.search("Reservations[].Instances[]")}

    def _keep(self, resource: Resource, made: Request) -> None:
        for name in made.left_over:
            self.kept[f"{resource.type} {name}"] = "the operation that creates it takes no such argument"


def _found(path: str, answer: Mapping[str, Any], arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401
    return jmespath.search(path[1:], arguments) if path.startswith("@") else jmespath.search(path, answer)
