"""The fabric between the nodes: EFA drops, splits or slows down in silence where one of these is not true."""

from collections.abc import Mapping
from typing import Any

from policies.rule import Level, Rule, Severity, Subject, example
from policies.stack import Resource

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
ALL_PROTOCOLS = "-1"
EFA = ("efa", "efa-only")


def interfaces(template: Resource) -> list[Mapping[str, Any]]:
    """The network interfaces of a launch template."""
    return list(template.get("networkInterfaces", ()))


def has_efa(template: Resource) -> bool:
    """Whether a launch template asks for the fabric."""
    return any(each.get("interfaceType") in EFA for each in interfaces(template))


def efa_sg_self(subject: Subject) -> str | None:
    """Judge a security group: one that stands on EFA interfaces lets all protocols through to and from itself."""
    group, stack = subject.resource, subject.stack
    if not any(map(has_efa, stack.users(group, TEMPLATE, key="networkInterfaces"))):
        return None
    for way, kind in (("from", INGRESS), ("to", EGRESS)):
        rules = stack.users(group, kind, key="securityGroupId")
        itself = [rule for rule in rules if group in stack.behind(rule, "referencedSecurityGroupId")]
        if not any(rule.get("ipProtocol") == ALL_PROTOCOLS for rule in itself):
            return f"no rule lets all protocols through {way} the group itself, so EFA traffic is dropped"
    return None


_TEMPLATE_WITH_EFA = {"networkInterfaces": [{"interfaceType": "efa-only", "networkCardIndex": 1}]}
_GROUP = example(GROUP, {"description": "nodes"})

EFA_SG_SELF = Rule(
    name="efa-sg-self",
    description="A security group on EFA interfaces lets all protocols through to and from itself.",
    types=(GROUP,),
    judge=efa_sg_self,
    level=Level.MANDATORY,
    severity=Severity.CRITICAL,
    remediation="Add an ingress and an egress rule for protocol -1 that name the group itself; a rule for 0.0.0.0/0"
    " does not cover EFA.",
    reference="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-start.html#efa-start-security",
    example=(
        _GROUP,
        example(TEMPLATE, _TEMPLATE_WITH_EFA, networkInterfaces=_GROUP),
        example(INGRESS, {"ipProtocol": "-1"}, securityGroupId=_GROUP, referencedSecurityGroupId=_GROUP),
        example(EGRESS, {"ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0"}, securityGroupId=_GROUP),
    ),
)

RULES = (EFA_SG_SELF,)
