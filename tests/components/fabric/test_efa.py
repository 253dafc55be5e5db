from components.fabric.efa import FabricSecurityGroup
from tests.components.conftest import Declare, properties


def test_the_security_group_lets_itself_through_in_both_directions(declare: Declare) -> None:
    """By the group's own id and for every protocol: a rule for 0.0.0.0/0 does not cover EFA."""
    graph = declare(
        lambda: FabricSecurityGroup(
            "fabric", {"vpc_id": "vpc-1", "ssh_cidr": "10.0.0.0/16", "ssh_port": 22, "tags": {"owner": "us"}}
        )
    )

    for kind in ("SecurityGroupIngressRule", "SecurityGroupEgressRule"):
        own = [each for each in properties(graph, kind) if each.get("referencedSecurityGroupId")]
        assert [(each["referencedSecurityGroupId"], each["securityGroupId"], each["ipProtocol"]) for each in own] == [
            ("fabric-group-SecurityGroup", "fabric-group-SecurityGroup", "-1")
        ]


def test_ssh_is_let_in_from_the_network_only(declare: Declare) -> None:
    """No rule lets the world in."""
    graph = declare(
        lambda: FabricSecurityGroup(
            "fabric", {"vpc_id": "vpc-1", "ssh_cidr": "10.0.0.0/16", "ssh_port": 2222, "tags": {}}
        )
    )
    rules = [each for each in properties(graph, "SecurityGroupIngressRule") if each.get("cidrIpv4")]

    assert [(each["cidrIpv4"], each["ipProtocol"], each["fromPort"], each["toPort"]) for each in rules] == [
        ("10.0.0.0/16", "tcp", 2222, 2222)
    ]


def test_peers_pass_in_both_directions_by_their_ids(declare: Declare) -> None:
    """The cluster's security group, or that of a file system that speaks EFA; the group itself stays."""
    graph = declare(
        lambda: FabricSecurityGroup(
            "fabric",
            {
                "vpc_id": "vpc-1",
                "ssh_cidr": "10.0.0.0/16",
                "ssh_port": 22,
                "peers": {"lustre": "sg-1", "cluster": "sg-2"},
                "tags": {"owner": "us"},
            },
        )
    )

    for kind in ("SecurityGroupIngressRule", "SecurityGroupEgressRule"):
        named = [each for each in properties(graph, kind) if each.get("referencedSecurityGroupId")]
        assert [(each["referencedSecurityGroupId"], each["ipProtocol"]) for each in named] == [
            ("fabric-group-SecurityGroup", "-1"),
            ("sg-1", "-1"),
            ("sg-2", "-1"),
        ]
    assert {each.name for each in graph} >= {"fabric-lustre-in", "fabric-lustre-out", "fabric-cluster-in"}
