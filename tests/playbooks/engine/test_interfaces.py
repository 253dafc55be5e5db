from playbooks.account import Clients
from playbooks.engine.interfaces import VPC, left_over, removed
from playbooks.engine.state import Kept, State


def state_with(vpc: str) -> State:
    """A state that made a VPC."""
    return State((Kept(f"urn:x::y::{VPC}::vpc", VPC, "", vpc, False, {}, {}),), (), settled=True)


def test_interfaces_that_nothing_uses_are_deleted_and_others_are_named(client: Clients) -> None:
    """Only in the VPC that the state made."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    pod = ec2.create_network_interface(SubnetId=subnet, Description="aws-K8S-i-1")["NetworkInterface"]
    node = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, SubnetId=subnet)["Instances"][0]
    left = left_over(ec2, state_with(vpc))
    deleted = removed(ec2, left)

    assert [str(each) for each in deleted] == [f"{pod['NetworkInterfaceId']} (aws-K8S-i-1), in use by nothing"]
    assert [each.attached for each in left_over(ec2, state_with(vpc))] == [node["InstanceId"]]


def test_another_s_vpc_is_not_looked_at(client: Clients) -> None:
    """An environment in an existing VPC made none."""
    assert left_over(client("ec2"), State((), (), settled=True)) == []
