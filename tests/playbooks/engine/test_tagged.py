from playbooks.account import Clients
from playbooks.engine.tagged import Tagged, remaining, tagged, untracked

TAGS = {"environment": "dev", "managed-by": "ai-datacenter"}


def listed(tags: dict[str, str]) -> list[dict[str, str]]:
    """Tags as the API wants them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def vpc(client: Clients, **more: str) -> str:
    """A VPC of the environment."""
    specification = [{"ResourceType": "vpc", "Tags": listed(TAGS | more)}]
    created = client("ec2").create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=specification)
    return str(created["Vpc"]["VpcId"])


def instance(client: Clients, **more: str) -> str:
    """An instance of the environment."""
    specification = [{"ResourceType": "instance", "Tags": listed(TAGS | more)}]
    started = client("ec2").run_instances(
        ImageId="ami-12c6146b", MinCount=1, MaxCount=1, TagSpecifications=specification
    )
    return str(started["Instances"][0]["InstanceId"])


def test_what_carries_the_environment_s_tags_is_found(client: Clients) -> None:
    """In every region that is asked; another environment's is not ours."""
    ours = vpc(client)
    vpc(client, environment="prod")
    found = tagged(lambda _: client, ["us-east-1"], "dev")

    assert [(each.id, each.kind, each.tags["environment"]) for each in found] == [(ours, "vpc", "dev")]


def test_an_instance_that_no_state_knows_is_untracked(client: Clients) -> None:
    """The call that started it may have failed; one that a scaling group started is the group's affair."""
    known, unknown = instance(client), instance(client, Name="dev-workers-1")
    found = tagged(lambda _: client, ["us-east-1"], "dev")
    found.append(Tagged("arn:aws:ec2:us-east-1:1:instance/i-9", "us-east-1", {"aws:autoscaling:groupName": "g"}))
    found.append(Tagged("arn:aws:ec2:us-east-1:1:volume/vol-9", "us-east-1", {}))
    strangers = untracked(found, {known})

    assert [each.id for each in strangers] == [unknown]
    assert str(strangers[0]).endswith(f"instance/{unknown} (dev-workers-1)")


def test_what_has_ended_remains_in_the_list_of_tags_and_not_in_the_account(client: Clients) -> None:
    """An instance is listed for an hour after its end, a key until its day."""
    ended, running = instance(client), instance(client)
    client("ec2").terminate_instances(InstanceIds=[ended])
    key = client("kms").create_key(Tags=[{"TagKey": each["Key"], "TagValue": each["Value"]} for each in listed(TAGS)])
    arn = key["KeyMetadata"]["Arn"]
    client("kms").schedule_key_deletion(KeyId=key["KeyMetadata"]["KeyId"], PendingWindowInDays=7)
    never = Tagged("arn:aws:ec2:us-east-1:1:natgateway/nat-0123456789abcdef0", "us-east-1", {})
    gone = Tagged("arn:aws:ec2:us-east-1:1:instance/i-0123456789abcdef0", "us-east-1", {})
    listing = [
        *(Tagged(f"arn:aws:ec2:us-east-1:1:instance/{each}", "us-east-1", TAGS) for each in (ended, running)),
        Tagged(arn, "us-east-1", TAGS),
        never,
        gone,
    ]
    left = {each.id: state for each, state in remaining(listing, lambda _: client)}

    assert left.keys() == {running, arn.rpartition("/")[2]}
    assert left[arn.rpartition("/")[2]].startswith("deleted on 20")
