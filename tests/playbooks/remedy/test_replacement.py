import pytest

from playbooks.remedy.replacement import DISKS, NEW_FIRST, OLD_FIRST, PROTECTED, PURCHASES, Means, replacement
from stacks.settings import Purchase, Settings
from tests.playbooks.remedy.found import node
from tests.stacks.documents import changed, settings_of

URN = "urn:pulumi:dev::ai-datacenter::ai-datacenter:components:Fleet$aws:ec2/instance:Instance::dev-workers-1"
NODE = node("workers-1", "i-0bad")


def settings(**fleet: object) -> Settings:
    """The settings of dev whose fleet has these keys, too."""
    return settings_of(changed(**{f"fleets__workers__{key}": value for key, value in fleet.items()}))


def test_a_numbered_node_is_replaced_by_the_engine_and_no_other_is_touched() -> None:
    """On demand the new one starts first, so nothing is lost where AWS has none left."""
    how = replacement(NODE, settings())

    assert (how.means, how.urn, how.ends_first, how.protections) == (Means.ENGINE, URN, False, ())
    assert how.commands == (f"pulumi up --stack dev --target-replace '{URN}'",)
    assert how.notes == (DISKS, NEW_FIRST)


@pytest.mark.parametrize("purchase", ["capacity-block", "capacity-reservation"])
def test_in_a_full_reservation_the_old_one_must_go_first(purchase: str) -> None:
    """And AWS may give the same machine again, which the person must know."""
    how = replacement(NODE, settings(purchase=purchase, reservation="cr-0123456789abcdef0"))

    assert how.ends_first
    assert how.commands[:2] == (
        "aws ec2 terminate-instances --region us-east-1 --instance-ids i-0bad",
        "aws ec2 wait instance-terminated --region us-east-1 --instance-ids i-0bad",
    )
    assert how.commands[2].startswith("pulumi up")
    assert how.notes == (DISKS, OLD_FIRST, PURCHASES[Purchase(purchase)])


def test_protections_are_lifted_of_this_one_and_it_is_ended_by_hand() -> None:
    """The provider would set stop protection again, and then could not terminate."""
    how = replacement(NODE, settings(stopProtection=True, terminationProtection=True))

    assert how.protections == ("DisableApiStop", "DisableApiTermination")
    assert [command.split()[2] for command in how.commands[:4]] == [
        "modify-instance-attribute",
        "modify-instance-attribute",
        "terminate-instances",
        "wait",
    ]
    assert how.commands[0].endswith("--instance-id i-0bad --no-disable-api-stop")
    assert how.notes == (DISKS, PROTECTED, OLD_FIRST)


def test_of_spot_the_person_learns_that_there_may_be_none() -> None:
    """Or a dearer one."""
    assert PURCHASES[Purchase.SPOT] in replacement(NODE, settings(purchase="spot")).notes


def test_an_auto_scaling_group_stays_as_large_as_it_was() -> None:
    """It starts another one by itself."""
    how = replacement(NODE, settings(scaling={"minimum": 1, "maximum": 4}))

    assert (how.means, how.urn) == (Means.GROUP, "")
    (command,) = how.commands
    assert command.startswith("aws autoscaling terminate-instance-in-auto-scaling-group --region us-east-1")
    assert command.endswith(" --instance-id i-0bad --no-should-decrement-desired-capacity")
    assert OLD_FIRST in how.notes


CLUSTER = {
    "version": "1.36",
    "image": "1.36.3-20260911",
    "access": {"ci": {"principal": "arn:aws:iam::111111111111:role/ci", "policy": "AmazonEKSClusterAdminPolicy"}},
}


def test_a_node_of_the_cluster_is_emptied_before() -> None:
    """Found by its provider id, for Kubernetes does not know our names."""
    asked = changed(cluster=CLUSTER, fleets__workers__cluster=True, fleets__workers__image="1.36.3-20260911")
    how = replacement(NODE, settings_of(asked))
    drain, end = how.commands

    assert how.means is Means.NODE_GROUP
    assert 'providerID=="aws:///us-east-1a/i-0bad"' in drain
    assert drain.startswith("kubectl drain $(")
    assert end.startswith("aws autoscaling terminate-instance-in-auto-scaling-group")
