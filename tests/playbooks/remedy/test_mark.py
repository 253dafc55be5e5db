from components.fleet.unhealthy import TAGS
from playbooks.account import Client, Clients
from playbooks.remedy.blamed import blamed
from playbooks.remedy.mark import mark, tag, untag
from tests.playbooks.remedy.found import fail, node, run


def tags_of(ec2: Client, identity: str) -> dict[str, str]:
    """The tags of an instance, as EC2 tells them."""
    (reservation,) = ec2.describe_instances(InstanceIds=[identity])["Reservations"]
    return {each["Key"]: each["Value"] for each in reservation["Instances"][0].get("Tags", ())}


def test_a_mark_says_which_check_which_run_and_since_when_and_goes_without_a_trace(client: Clients) -> None:
    """What else the instance is tagged with stays."""
    ec2 = client("ec2")
    (made,) = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)["Instances"]
    ec2.create_tags(Resources=[made["InstanceId"]], Tags=[{"Key": "owner", "Value": "team"}])
    bad = node("workers-0", made["InstanceId"])
    seen = run([bad], fail("workers-0"))
    (blame,) = blamed(seen)
    tag(ec2, bad, mark(blame, seen))
    marked = tags_of(ec2, bad.instance_id)
    untag(ec2, bad)

    assert tuple(marked[key] for key in TAGS) == (
        "reachable",
        "20261122T030000Z-0a1b2c",
        "2026-11-22T03:00:00+00:00",
    )
    assert tags_of(ec2, bad.instance_id) == {"owner": "team"}
