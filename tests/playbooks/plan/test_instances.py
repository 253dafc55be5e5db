from collections.abc import Callable

import pulumi_aws as aws
import pytest

from components.cluster.node_group import NodeGroup
from components.fleet.args import FleetArgs
from components.fleet.fleet import Fleet
from playbooks.plan.evaluate import record
from playbooks.plan.instances import KUBELETS_PODS, Instances, all_instances
from playbooks.plan.places import Places

FLEET: FleetArgs = {
    "instance_type": "p5.48xlarge",
    "nodes": 3,
    "image_id": "ami-0123456789abcdef0",
    "subnet_id": "subnet-0abc",
    "security_group_id": "sg-0abc",
    "tags": {},
}


def declared(program: Callable[[], object]) -> list[Instances]:
    """The instances of a program."""
    return all_instances(Places(record(program, "test", {"aws:region": "us-east-1"}), {"subnet-0abc": "us-east-1a"}))


def test_nodes_of_one_template_are_one_fleet() -> None:
    """Its 32 interfaces take one address a node: all but the first are `efa-only`."""
    (found,) = declared(lambda: Fleet("dev-training", FLEET))

    assert (found.name, found.title, found.addresses) == ("dev-training", "3 x p5.48xlarge", 1)
    assert [subnet.zone for subnet in found.subnets] == ["us-east-1a"]
    assert (found.purchase, found.reservation, found.pods) == ("on-demand", "", None)


def test_interfaces_of_the_older_layout_take_addresses() -> None:
    """What the template says counts, not what the type could do."""

    def program() -> None:
        template = aws.ec2.LaunchTemplate(
            "t",
            instance_type="p4d.24xlarge",
            network_interfaces=[{"interface_type": "efa", "subnet_id": "subnet-0abc"}] * 4,
        )
        aws.ec2.Instance("n", launch_template={"id": template.id, "version": "1"})

    assert [each.addresses for each in declared(program)] == [4]


def test_an_auto_scaling_group_counts_with_its_most_nodes() -> None:
    """It stands in the subnets of its own settings."""
    (found,) = declared(lambda: Fleet("dev-training", {**FLEET, "scaling": {"minimum": 1, "maximum": 8}}))

    assert found.nodes == 8
    assert [subnet.name for subnet in found.subnets] == ["subnet-0abc"]


@pytest.mark.parametrize("purchase", ["capacity-reservation", "capacity-block"])
def test_reserved_instances_tell_their_reservation(purchase: str) -> None:
    """Each kind of reservation by its own name."""
    (found,) = declared(
        lambda: Fleet("dev-training", {**FLEET, "purchase": purchase, "reservation_id": "cr-0123456789abcdef0"})
    )

    assert (found.purchase, found.reservation) == (purchase, "cr-0123456789abcdef0")


def test_nodes_of_a_cluster_tell_how_many_pods_they_run() -> None:
    """As their template tells the kubelet; spread over all subnets of the group."""

    def program() -> None:
        NodeGroup(
            "dev-system",
            {
                "cluster_name": "dev",
                "version": "1.36",
                "node_role_arn": "arn:aws:iam::123456789012:role/node",
                "instance_type": "m7i.xlarge",
                "nodes": 2,
                "pods_per_node": 50,
                "subnet_ids": ["subnet-0abc", "subnet-0def"],
                "security_group_ids": ["sg-0abc"],
                "tags": {},
            },
        )

    (found,) = declared(program)

    assert (found.nodes, found.pods, len(found.subnets)) == (2, 50, 2)


def test_a_node_group_that_says_nothing_has_the_kubelets_own_bound() -> None:
    """110 pods a node."""

    def program() -> None:
        template = aws.ec2.LaunchTemplate("t", instance_type="m7i.xlarge")
        aws.eks.NodeGroup(
            "g",
            cluster_name="dev",
            node_role_arn="arn:aws:iam::123456789012:role/node",
            subnet_ids=["subnet-0abc"],
            launch_template={"id": template.id, "version": "1"},
            scaling_config={"min_size": 1, "desired_size": 1, "max_size": 4},
        )

    assert [(each.nodes, each.pods) for each in declared(program)] == [(4, KUBELETS_PODS)]
