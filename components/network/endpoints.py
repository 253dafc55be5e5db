"""Interface endpoints: AWS services at private addresses inside the VPC, reached without NAT or the internet."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

import pulumi
import pulumi_aws as aws

# What nodes, clusters and those who operate them ask for; S3 has a gateway endpoint, which costs nothing.
SERVICES = (
    "ec2",
    "ecr.api",
    "ecr.dkr",
    "eks",
    "eks-auth",
    "fsx",
    "kms",
    "logs",
    "monitoring",
    "secretsmanager",
    "ssm",
    "ssmmessages",
    "sts",
)
HTTPS = 443


class EndpointsArgs(TypedDict):
    """What interface endpoints are made from."""

    vpc_id: pulumi.Input[str]
    """The VPC; it has DNS support and host names."""

    cidr: str
    """From where the endpoints may be reached: the VPC's block."""

    subnet_ids: Sequence[pulumi.Input[str]]
    """A private subnet of each zone; every endpoint takes an address in each."""

    services: Sequence[str]
    """Names of the services, such as `ecr.api`; each once."""

    region: str
    """The region of the VPC; the services' full names hold it."""

    tags: Mapping[str, str]
    """Tags of every resource."""


class Endpoints(pulumi.ComponentResource):
    """An interface endpoint a service, under the service's own name, and one security group for all.

    Attributes:
        endpoint_ids: the id of each endpoint, by service.
    """

    endpoint_ids: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: EndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ai-datacenter:components:Endpoints", name, {}, opts)
        refuse_mistakes(args["services"])
        self._name, self._args, self._child = name, args, pulumi.ResourceOptions(parent=self)
        group = self._security_group()
        self.endpoint_ids = {service: self._endpoint(service, group).id for service in args["services"]}
        self.register_outputs({"endpointIds": self.endpoint_ids})

    def _security_group(self) -> aws.ec2.SecurityGroup:
        """HTTPS from the VPC, and nothing out: an endpoint answers and never asks."""
        tags = {**self._args["tags"], "Name": self._name}
        group = aws.ec2.SecurityGroup(
            f"{self._name}-group",
            description="Interface endpoints: HTTPS from the VPC",
            vpc_id=self._args["vpc_id"],
            tags=tags,
            opts=self._child,
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{self._name}-https-in",
            security_group_id=group.id,
            cidr_ipv4=self._args["cidr"],
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            description="HTTPS from the VPC",
            tags=tags,
            opts=self._child,
        )
        return group

    def _endpoint(self, service: str, group: aws.ec2.SecurityGroup) -> aws.ec2.VpcEndpoint:
        role = service.replace(".", "-")
        return aws.ec2.VpcEndpoint(
            f"{self._name}-{role}",
            vpc_id=self._args["vpc_id"],
            service_name=f"com.amazonaws.{self._args['region']}.{service}",
            vpc_endpoint_type="Interface",
            private_dns_enabled=True,
            subnet_ids=self._args["subnet_ids"],
            security_group_ids=[group.id],
            tags={**self._args["tags"], "Name": f"{self._name}-{role}"},
            opts=self._child,
        )


def refuse_mistakes(services: Sequence[str]) -> None:
    """Refuse services that have no interface endpoint here, or have it twice.

    Raises:
        pulumi.InputPropertyError: which service, and why.
    """
    for service in services:
        if service not in SERVICES:
            raise pulumi.InputPropertyError("services", f"{service!r} is none of {', '.join(SERVICES)}")
        if services.count(service) > 1:
            raise pulumi.InputPropertyError("services", f"{service} stands there twice; two can't have one name")
