import pytest

from playbooks.account import Client, Clients
from playbooks.errors import RemedyError
from playbooks.remedy import instance
from playbooks.remedy.replacement import replacement
from tests.playbooks.remedy.found import node
from tests.stacks.documents import changed, settings_of


def state(ec2: Client, identity: str) -> str:
    """What EC2 says of an instance."""
    (reservation,) = ec2.describe_instances(InstanceIds=[identity])["Reservations"]
    return str(reservation["Instances"][0]["State"]["Name"])


def started(ec2: Client, count: int) -> list[str]:
    """Instances that may not be terminated."""
    made = ec2.run_instances(ImageId="ami-12c6146b", MinCount=count, MaxCount=count)["Instances"]
    for each in made:
        ec2.modify_instance_attribute(InstanceId=each["InstanceId"], DisableApiTermination={"Value": True})
    return [each["InstanceId"] for each in made]


def test_a_protected_instance_is_ended_and_its_protected_neighbour_runs_on(client: Clients) -> None:
    """EC2 refuses to end one that is protected; the protection is lifted of this one alone."""
    ec2 = client("ec2")
    bad, good = started(ec2, 2)
    how = replacement(node("workers-0", bad), settings_of(changed(fleets__workers__terminationProtection=True)))
    instance.end(ec2, [how])
    kept = ec2.describe_instance_attribute(InstanceId=good, Attribute="disableApiTermination")

    assert (state(ec2, bad), state(ec2, good)) == ("terminated", "running")
    assert kept["DisableApiTermination"] == {"Value": True}


def test_what_is_protected_though_the_settings_do_not_say_so_is_left_alone(client: Clients) -> None:
    """Somebody has protected it by hand, and had a reason."""
    ec2 = client("ec2")
    (bad,) = started(ec2, 1)
    with pytest.raises(RemedyError, match="OperationNotPermitted"):
        instance.end(ec2, [replacement(node("workers-0", bad), settings_of(changed()))])

    assert state(ec2, bad) == "running"
