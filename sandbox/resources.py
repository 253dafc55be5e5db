"""How each type of resource is created in the sandbox's moto server: one row a type."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from playbooks.account import Client
from playbooks.plan.graph import Resource
from sandbox.request import tag_list

Arguments = dict[str, Any]


def _nothing(_resource: Resource, _region: str) -> Arguments:
    return {}


class Row(NamedTuple):
    """The call that creates one type of resource.

    Attributes:
        service: boto3's name of the service.
        operation: the client's method.
        id: where the id stands in the answer (JMESPath), or among the call's arguments if it begins with `@`.
        under: the argument that the properties belong inside of, where it is not the call itself.
        beside: properties that stay at the top of the call although `under` is set.
        names: AWS's name of a property, where it differs by more than letter case.
        ignored: properties that steer the provider and that AWS never sees, or that moto has by default.
        tagged: the resource type of EC2's TagSpecifications; empty where tags are an argument like any other.
        more: further arguments, given the resource and the region.
        outputs: where outputs stand, told like the id, by their camelCase names.
        then: calls that finish the resource, given the client, its id and the resource.
    """

    service: str
    operation: str
    id: str
    under: str = ""
    beside: tuple[str, ...] = ()
    names: Mapping[str, str] = {}
    ignored: tuple[str, ...] = ()
    tagged: str = ""
    more: Callable[[Resource, str], Arguments] = _nothing
    outputs: Mapping[str, str] = {}
    then: Callable[[Client, str, Resource], None] = lambda _client, _id, _resource: None


def physical_name(resource: Resource) -> str:
    """A name with a suffix as Pulumi's auto-naming gives it, the same in every rebuild of the sandbox."""
    return f"{resource.name}-{hashlib.sha256(resource.urn.encode()).hexdigest()[:7]}"


class NotHeld(NamedTuple):
    """A type that moto has no operation for; it is kept as declared."""

    reason: str


def _dns(client: Client, vpc: str, resource: Resource) -> None:
    for key, attribute in (("enableDnsHostnames", "EnableDnsHostnames"), ("enableDnsSupport", "EnableDnsSupport")):
        client.modify_vpc_attribute(VpcId=vpc, **{attribute: {"Value": resource.properties[key]}})


def _attach_internet(client: Client, gateway: str, resource: Resource) -> None:
    client.attach_internet_gateway(InternetGatewayId=gateway, VpcId=resource.properties["vpcId"])


def _close_default_group(client: Client, group: str, _: Resource) -> None:
    found = client.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    if found["IpPermissions"]:
        client.revoke_security_group_ingress(GroupId=group, IpPermissions=found["IpPermissions"])
    if found["IpPermissionsEgress"]:
        client.revoke_security_group_egress(GroupId=group, IpPermissions=found["IpPermissionsEgress"])


def _drop_default_egress(client: Client, group: str, _: Resource) -> None:
    """EC2 gives a new group a rule that lets everything out; the provider takes it away, and so does the sandbox."""
    found = client.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    client.revoke_security_group_egress(GroupId=group, IpPermissions=found["IpPermissionsEgress"])


def _permission(resource: Resource, _region: str) -> Arguments:
    """One rule of a security group, as AuthorizeSecurityGroup* takes it."""
    rule, description = resource.properties, resource.properties.get("description", "")
    permission: Arguments = {"IpProtocol": rule["ipProtocol"]}
    if rule.get("fromPort") is not None:
        permission |= {"FromPort": rule["fromPort"], "ToPort": rule["toPort"]}
    if rule.get("referencedSecurityGroupId"):
        group = {"GroupId": rule["referencedSecurityGroupId"], "Description": description}
        permission["UserIdGroupPairs"] = [group]
    else:
        permission["IpRanges"] = [{"CidrIp": rule["cidrIpv4"], "Description": description}]
    return {"GroupId": rule["securityGroupId"], "IpPermissions": [permission]}


RULE_PROPERTIES = ("securityGroupId", "referencedSecurityGroupId", "ipProtocol", "cidrIpv4", "fromPort", "toPort")


def _rule(direction: str) -> Row:
    return Row(
        "ec2",
        f"authorize_security_group_{direction}",
        "SecurityGroupRules[0].SecurityGroupRuleId",
        ignored=(*RULE_PROPERTIES, "description"),
        tagged="security-group-rule",
        more=_permission,
    )


def _rotate(client: Client, key: str, resource: Resource) -> None:
    if resource.properties.get("enableKeyRotation"):
        client.enable_key_rotation(KeyId=key)


def _bucket_place(bucket: Resource, region: str) -> Arguments:
    """A bucket's name and where it stands; us-east-1 is S3's own region and is not said."""
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    return {"Bucket": physical_name(bucket), **place}


def _tag_bucket(client: Client, bucket: str, resource: Resource) -> None:
    client.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tag_list(resource.properties["tags"])})


def _part_of_bucket(operation: str, under: str, **more: Any) -> Row:  # noqa: ANN401 - what a Row takes
    return Row("s3", operation, "@Bucket", under=under, beside=("bucket",), **more)


ROWS: Mapping[str, Row | NotHeld] = {
    "aws:ec2/vpc:Vpc": Row(
        "ec2", "create_vpc", "Vpc.VpcId", tagged="vpc", ignored=("enableDnsHostnames", "enableDnsSupport"), then=_dns
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": Row(
        "ec2",
        "describe_security_groups",
        "SecurityGroups[0].GroupId",
        ignored=("vpcId", "ingress", "egress"),
        more=lambda group, _: {
            "Filters": [
                {"Name": "vpc-id", "Values": [group.properties["vpcId"]]},
                {"Name": "group-name", "Values": ["default"]},
            ]
        },
        then=_close_default_group,
    ),
    "aws:ec2/internetGateway:InternetGateway": Row(
        "ec2",
        "create_internet_gateway",
        "InternetGateway.InternetGatewayId",
        tagged="internet-gateway",
        ignored=("vpcId",),
        then=_attach_internet,
    ),
    "aws:ec2/subnet:Subnet": Row(
        "ec2", "create_subnet", "Subnet.SubnetId", tagged="subnet", ignored=("mapPublicIpOnLaunch",)
    ),
    "aws:ec2/routeTable:RouteTable": Row("ec2", "create_route_table", "RouteTable.RouteTableId", tagged="route-table"),
    "aws:ec2/route:Route": Row("ec2", "create_route", "@RouteTableId"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Row("ec2", "associate_route_table", "AssociationId"),
    "aws:ec2/eip:Eip": Row("ec2", "allocate_address", "AllocationId", tagged="elastic-ip"),
    "aws:ec2/natGateway:NatGateway": Row("ec2", "create_nat_gateway", "NatGateway.NatGatewayId", tagged="natgateway"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Row(
        "ec2", "create_vpc_endpoint", "VpcEndpoint.VpcEndpointId", tagged="vpc-endpoint"
    ),
    "aws:ec2/securityGroup:SecurityGroup": Row(
        "ec2",
        "create_security_group",
        "GroupId",
        tagged="security-group",
        more=lambda group, _: {"GroupName": group.name},
        then=_drop_default_egress,
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _rule("ingress"),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _rule("egress"),
    "aws:ec2/placementGroup:PlacementGroup": NotHeld("moto has no CreatePlacementGroup"),
    "aws:ec2/launchTemplate:LaunchTemplate": Row(
        "ec2",
        "create_launch_template",
        "LaunchTemplate.LaunchTemplateId",
        under="LaunchTemplateData",
        names={"securityGroups": "Groups"},
        ignored=("description", "updateDefaultVersion"),
        tagged="launch-template",
        more=lambda template, _: {"LaunchTemplateName": template.name},
        outputs={"latestVersion": "LaunchTemplate.LatestVersionNumber"},
    ),
    "aws:ec2/instance:Instance": Row(
        "ec2",
        "run_instances",
        "Instances[0].InstanceId",
        names={"id": "LaunchTemplateId"},
        tagged="instance",
        more=lambda _resource, _region: {"MinCount": 1, "MaxCount": 1},
        outputs={"privateIp": "Instances[0].PrivateIpAddress"},
    ),
    "aws:kms/key:Key": Row(
        "kms",
        "create_key",
        "KeyMetadata.KeyId",
        ignored=("enableKeyRotation", "tags"),
        more=lambda key, _: {
            "Tags": [{"TagKey": name, "TagValue": value} for name, value in key.properties["tags"].items()]
        },
        outputs={"arn": "KeyMetadata.Arn", "keyId": "KeyMetadata.KeyId"},
        then=_rotate,
    ),
    "aws:s3/bucket:Bucket": Row(
        "s3",
        "create_bucket",
        "@Bucket",
        ignored=("tags",),
        more=_bucket_place,
        outputs={"bucket": "@Bucket"},
        then=_tag_bucket,
    ),
    "aws:s3/bucketVersioning:BucketVersioning": _part_of_bucket("put_bucket_versioning", ""),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _part_of_bucket(
        "put_bucket_encryption", "ServerSideEncryptionConfiguration"
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _part_of_bucket(
        "put_bucket_lifecycle_configuration", "LifecycleConfiguration"
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _part_of_bucket(
        "put_public_access_block", "PublicAccessBlockConfiguration"
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _part_of_bucket(
        "put_bucket_ownership_controls", "OwnershipControls", names={"rule": "Rules"}
    ),
    "aws:s3/bucketPolicy:BucketPolicy": NotHeld("moto leaves a policy's conditions aside, so it would deny everything"),
}
