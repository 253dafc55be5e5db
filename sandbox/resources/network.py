"""The network and its security groups."""

from collections.abc import Mapping

from playbooks.account import Client
from playbooks.plan.graph import Resource
from sandbox.resources.row import Arguments, NotHeld, Row


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


ROWS: Mapping[str, Row | NotHeld] = {
    "aws:ec2/vpc:Vpc": Row(
        "ec2", "create_vpc", "Vpc.VpcId", tagged="vpc", ignored=("enableDnsHostnames", "enableDnsSupport"), then=_dns
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": Row(
        "ec2",
        "describe_security_groups",
        "SecurityGroups[0].GroupId",
        ignored=("vpcId", "ingress", "egress", "tags"),
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
    "aws:ec2/flowLog:FlowLog": Row(
        "ec2",
        "create_flow_logs",
        "FlowLogIds[0]",
        names={"iamRoleArn": "DeliverLogsPermissionArn"},
        ignored=("vpcId",),
        tagged="vpc-flow-log",
        more=lambda log, _: {"ResourceType": "VPC", "ResourceIds": [log.properties["vpcId"]]},
    ),
    "aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint": NotHeld(
        "moto has no CreateInstanceConnectEndpoint"
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
}
