"""The network: what the world can reach of it, and what writes down who spoke with whom."""

from collections.abc import Iterator

from policies import security_rules
from policies.rule import Level, Rule, Severity, Subject, example
from policies.security_rules import (
    DEFAULT_GROUP,
    EGRESS,
    GROUP,
    INGRESS,
    OLD_RULE,
    PREFIX_LIST,
    PREFIX_LIST_ENTRY,
    is_world,
    permissions,
    undeclared,
)

VPC = "aws:ec2/vpc:Vpc"
DEFAULT_VPC = "aws:ec2/defaultVpc:DefaultVpc"
SUBNET = "aws:ec2/subnet:Subnet"
DEFAULT_SUBNET = "aws:ec2/defaultSubnet:DefaultSubnet"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
NO_DESCRIPTIONS = ("Managed by Pulumi", "Managed by Terraform")  # what providers write where nobody did
CONTROLS = "https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html"


def sg_no_world_ingress(subject: Subject) -> str | None:
    """Judge what a security group lets in: nothing from the whole internet, by IPv4, IPv6 or a prefix list."""
    resource, stack = subject.resource, subject.stack
    given = undeclared(stack, resource) if resource.type == GROUP else list(permissions(resource))
    ingress = [each for each in given if each.way == "ingress"]
    wrong = [f"{each.peer} may reach {each}" for each in ingress if "/" in each.peer and is_world(each.peer)]
    if ingress:
        wrong += [f"the prefix list {name} holds {block}" for name, block in _world_in_lists(subject)]
    return "; ".join(wrong) or None


def _world_in_lists(subject: Subject) -> Iterator[tuple[str, str]]:
    """The blocks of the prefix lists behind a rule that are the internet."""
    stack = subject.stack
    for key in ("prefixListId", "prefixListIds", "ingress"):
        for each in stack.behind(subject.resource, key, PREFIX_LIST):
            beside = stack.users(each, PREFIX_LIST_ENTRY, key="prefixListId")
            blocks = [entry["cidr"] for entry in each.get("entries", ())] + [entry.get("cidr") for entry in beside]
            yield from ((each.name, block) for block in blocks if is_world(block))


def sg_no_mixed_rules(subject: Subject) -> str | None:
    """Judge a security group: its rules stand in it, or are resources of one kind beside it."""
    group, stack = subject.resource, subject.stack
    beside = stack.users(group, *security_rules.RULES, key="securityGroupId")
    kinds = [*dict.fromkeys("older" if each.type == OLD_RULE else "newer" for each in beside)]
    if len(kinds) > 1:
        return "it has rule resources of the older and of the newer kind, and each kind removes what the other adds"
    inside = undeclared(stack, group) if beside else []
    if inside:
        return f"it has rules inside ({inside[0].way}: {inside[0]}) and rule resources; the former remove the latter"
    return None


def sg_described(subject: Subject) -> str | None:
    """Judge a security group, its own rules, or a rule that is a resource: each says what it is for."""
    resource = subject.resource
    if _is_bare(resource.get("description")):
        return "it does not say what it is for"
    if resource.type != GROUP or subject.stack.users(resource, *security_rules.RULES, key="securityGroupId"):
        return None
    entries = [entry for way in ("ingress", "egress") for entry in resource.get(way, ())]
    bare = [entry for entry in entries if _is_bare(entry.get("description"))]
    return f"{len(bare)} of its {len(entries)} rules don't say what they are for" if bare else None


def _is_bare(description: str | None) -> bool:
    return not description or description in NO_DESCRIPTIONS


def default_sg_closed(subject: Subject) -> str | None:
    """Judge a VPC and its default security group: the group is declared, and has no rules."""
    resource, stack = subject.resource, subject.stack
    if resource.type != DEFAULT_GROUP:
        declared = stack.users(resource, DEFAULT_GROUP, key="vpcId")
        return None if declared else "its default security group is as AWS makes it: open to itself and to all outside"
    beside = stack.users(resource, *security_rules.RULES, key="securityGroupId")
    rules = [each for rule in (resource, *beside) for each in permissions(rule)]
    return f"it lets {rules[0]} through for whatever is started without a group" if rules else None


def subnet_no_auto_public_ip(subject: Subject) -> str | None:
    """Judge a subnet: what is started in it gets no public address by itself."""
    subnet = subject.resource
    mapped = subnet.get("mapPublicIpOnLaunch", subnet.type == DEFAULT_SUBNET)
    return "whatever is started in it gets a public address" if mapped else None


def vpc_flow_logs(subject: Subject) -> str | None:
    """Judge a VPC: a flow log is made of it."""
    logs = subject.stack.users(subject.resource, FLOW_LOG, key="vpcId")
    return None if logs else "no flow log says who spoke with whom in it"


_GROUP = example(GROUP, {"description": "nodes"})
_VPC = example(VPC, {"cidrBlock": "10.0.0.0/16"})
_SSH = {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "cidrIpv4": "0.0.0.0/0"}

SG_NO_WORLD_INGRESS = Rule(
    name="sg-no-world-ingress",
    description="No security group lets the whole internet in, on any port.",
    types=(INGRESS, OLD_RULE, GROUP),
    judge=sg_no_world_ingress,
    level=Level.MANDATORY,
    severity=Severity.CRITICAL,
    remediation="Name the blocks or the security groups that need to get in; reach nodes through SSM, an EC2 Instance"
    " Connect Endpoint or a VPN.",
    reference=f"{CONTROLS}#ec2-18",
    example=(example(INGRESS, _SSH, securityGroupId=_GROUP), _GROUP),
    checkov=("CKV_AWS_24", "CKV_AWS_25", "CKV_AWS_260", "CKV_AWS_277"),
)

SG_NO_MIXED_RULES = Rule(
    name="sg-no-mixed-rules",
    description="A security group has its rules inside, or as resources of one kind beside it, never both.",
    types=(GROUP,),
    judge=sg_no_mixed_rules,
    level=Level.MANDATORY,
    severity=Severity.HIGH,
    remediation="Write every rule as an aws.vpc.SecurityGroupIngressRule or aws.vpc.SecurityGroupEgressRule.",
    reference="https://www.pulumi.com/registry/packages/aws/api-docs/ec2/securitygroup/",
    example=(
        example(
            GROUP, {"ingress": [{"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["10.0.0.0/16"]}]}
        ),
        example(INGRESS, {**_SSH, "cidrIpv4": "10.0.0.0/16"}, securityGroupId=_GROUP),
    ),
)

SG_DESCRIBED = Rule(
    name="sg-described",
    description="Every security group and every rule says what it is for.",
    types=(GROUP, INGRESS, EGRESS, OLD_RULE),
    judge=sg_described,
    level=Level.ADVISORY,
    severity=Severity.LOW,
    remediation="Give it a description; that of a group can't be changed later, so write it before the first update.",
    reference="https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
    example=(example(INGRESS, {**_SSH, "cidrIpv4": "10.0.0.0/16"}, securityGroupId=_GROUP), _GROUP),
    checkov=("CKV_AWS_23",),
)

DEFAULT_SG_CLOSED = Rule(
    name="default-sg-closed",
    description="The default security group of every VPC is declared, without rules.",
    types=(VPC, DEFAULT_VPC, DEFAULT_GROUP),
    judge=default_sg_closed,
    level=Level.MANDATORY,
    severity=Severity.HIGH,
    remediation="Declare an aws.ec2.DefaultSecurityGroup of the VPC with ingress=[] and egress=[].",
    reference=f"{CONTROLS}#ec2-2",
    example=(_VPC,),
    checkov=("CKV2_AWS_12",),
)

SUBNET_NO_AUTO_PUBLIC_IP = Rule(
    name="subnet-no-auto-public-ip",
    description="No subnet gives what is started in it a public address by itself.",
    types=(SUBNET, DEFAULT_SUBNET),
    judge=subnet_no_auto_public_ip,
    level=Level.MANDATORY,
    severity=Severity.HIGH,
    remediation="Set map_public_ip_on_launch=False; a NAT gateway or a load balancer has an address of its own.",
    reference=f"{CONTROLS}#ec2-15",
    example=(example(SUBNET, {"mapPublicIpOnLaunch": True}),),
    checkov=("CKV_AWS_130",),
)

VPC_FLOW_LOGS = Rule(
    name="vpc-flow-logs",
    description="Every VPC has a flow log.",
    types=(VPC, DEFAULT_VPC),
    judge=vpc_flow_logs,
    level=Level.ADVISORY,
    severity=Severity.MEDIUM,
    remediation="Declare an aws.ec2.FlowLog of the VPC, or have the network's settings do it.",
    reference=f"{CONTROLS}#ec2-6",
    example=(_VPC,),
    checkov=("CKV2_AWS_11",),
)

RULES = (
    SG_NO_WORLD_INGRESS,
    SG_NO_MIXED_RULES,
    SG_DESCRIBED,
    DEFAULT_SG_CLOSED,
    SUBNET_NO_AUTO_PUBLIC_IP,
    VPC_FLOW_LOGS,
)
