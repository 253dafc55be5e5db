from collections.abc import Callable
from ipaddress import IPv4Network

import pulumi_aws as aws
import pytest

from playbooks.plan.evaluate import record
from playbooks.plan.graph import Graph
from playbooks.plan.instances import Instances
from playbooks.plan.places import Places, Subnet
from playbooks.plan.plan import Fit, Fits
from playbooks.plan.subnets import address_fits
from tests.playbooks.plan.fleets import SUBNET, fleet, only

NOTHING: Graph = Graph(())
ELSEWHERE = Subnet("subnet-0abc", "us-east-1a", None)


def fits(*instances: Instances, graph: Graph = NOTHING) -> list[Fit]:
    """The rows about addresses."""
    return list(address_fits(Places(graph, {"subnet-0abc": "us-east-1a"}), instances))


def others(program: Callable[[], object]) -> Fit:
    """The row of the one subnet in which a program declares something."""
    return only(fits(graph=record(program, "test", {"aws:region": "us-east-1"})))


@pytest.mark.parametrize(("nodes", "verdict"), [(251, Fits.YES), (252, Fits.NO)])
def test_of_a_24_aws_leaves_251_addresses(nodes: int, verdict: Fits) -> None:
    """The reason says what they are made of."""
    found = only(fits(fleet(nodes=nodes)))

    assert (found.needed, found.available, found.fits) == (nodes, 251, verdict)
    assert found.where == "dev-private-us-east-1a (10.0.0.0/24)"
    assert found.reason.startswith(f"dev-training {nodes} nodes x 1; AWS keeps 5")


def test_nodes_spread_evenly_over_subnets() -> None:
    """Three nodes in two subnets are two in one of them, and nobody knows which."""
    other = SUBNET._replace(name="dev-private-us-east-1b", network=IPv4Network("10.0.1.0/24"))

    assert [each.needed for each in fits(fleet(nodes=3, subnets=(SUBNET, other)))] == [2, 2]


def test_pods_take_whole_blocks_of_16() -> None:
    """32 pods and one block in reserve are three blocks a node."""
    addresses, blocks = fits(fleet(nodes=2, pods=32))

    assert addresses.needed == 2 + 2 * 3 * 16
    assert "pods of dev-training 2 nodes x 3 prefixes x 16" in addresses.reason
    assert (blocks.what, blocks.needed, blocks.available, blocks.fits) == ("prefixes for pods", 6, 12, Fits.YES)


@pytest.mark.parametrize(
    ("nodes", "single", "verdict"),
    [(3, 0, Fits.YES), (3, 20, Fits.NOT_EVALUATED), (5, 0, Fits.NO)],
)
def test_a_block_needs_room_of_its_own(nodes: int, single: int, verdict: Fits) -> None:
    """Where single addresses may split the room, nobody can say before."""
    _, blocks = fits(fleet(nodes=nodes, pods=32), *([fleet(nodes=single)] if single else []))

    assert blocks.fits is verdict


def test_a_subnet_of_somebody_else_is_not_evaluated() -> None:
    """What is needed is told all the same."""
    for found in fits(fleet(pods=32, subnets=(ELSEWHERE,))):
        assert (found.available, found.fits) == (None, Fits.NOT_EVALUATED)
        assert "don't say how large" in found.reason


def test_endpoints_are_counted_together() -> None:
    """Interface endpoints; gateways take no address."""

    def program() -> None:
        for name, kind in (("ec2", "Interface"), ("sts", "Interface")):
            aws.ec2.VpcEndpoint(
                name, vpc_id="vpc-1", service_name=name, vpc_endpoint_type=kind, subnet_ids=["subnet-0abc"]
            )
        aws.ec2.VpcEndpoint("s3", vpc_id="vpc-1", service_name="s3", vpc_endpoint_type="Gateway")

    found = others(program)

    assert (found.needed, found.reason.split(";")[0]) == (2, "2 for interface endpoints")


def test_a_control_plane_takes_16_of_each_of_its_subnets() -> None:
    """AWS asks for six at least and advises 16."""

    def program() -> None:
        aws.eks.Cluster(
            "c",
            role_arn="arn:aws:iam::123456789012:role/c",
            vpc_config={"subnet_ids": ["subnet-0abc"], "security_group_ids": ["sg-0abc"]},
        )

    found = others(program)

    assert (found.needed, found.reason.split(";")[0]) == (16, "16 for the control plane of c")


def test_what_lustre_takes_is_an_assumption_and_said_to_be() -> None:
    """AWS states no number of servers."""

    def program() -> None:
        aws.fsx.LustreFileSystem("fs", subnet_ids="subnet-0abc", deployment_type="SCRATCH_2", storage_capacity=4800)

    found = others(program)

    assert found.needed == 5
    assert "5 for servers of fs (assumed: one for each 1,200 GiB" in found.reason


def test_gateways_and_ways_in_take_one() -> None:
    """Each stands in one subnet."""

    def program() -> None:
        aws.ec2.NatGateway("n", subnet_id="subnet-0abc", allocation_id="eipalloc-1")
        aws.ec2transitgateway.InstanceConnectEndpoint("e", subnet_id="subnet-0abc")

    assert others(program).reason.startswith("1 for a NAT gateway, 1 for an Instance Connect Endpoint;")
