import json
from typing import Any

from components.fleet.instance_profile import BucketAccess, InstanceProfile
from playbooks.plan.graph import Graph
from tests.components.conftest import Declare, properties

BUCKETS: list[BucketAccess] = [
    {"arn": "arn:aws:s3:::data-1", "key_arn": "arn:aws:kms:us-east-1:123456789012:key/1"},
    {"arn": "arn:aws:s3:::other-1", "key_arn": None},
]


def declared(declare: Declare, buckets: list[BucketAccess]) -> Graph:
    """A profile with access to these buckets."""
    return declare(lambda: InstanceProfile("nodes", {"buckets": buckets, "tags": {"owner": "us"}}))


def statements(graph: Graph) -> dict[str, Any]:
    """The statements of the profile's own policy, by what they are about."""
    (policy,) = properties(graph, "RolePolicy")
    return {each["Sid"]: each for each in json.loads(policy["policy"])["Statement"]}


def test_only_ec2_takes_the_role(declare: Declare) -> None:
    """Neither another service nor another account."""
    (role,) = properties(declared(declare, []), "Role")
    (statement,) = json.loads(role["assumeRolePolicy"])["Statement"]

    assert (statement["Effect"], statement["Principal"]) == ("Allow", {"Service": "ec2.amazonaws.com"})


def test_systems_manager_reaches_the_nodes_and_no_bucket_is_theirs_without_asking(declare: Declare) -> None:
    """The one policy that is attached is AWS's smallest for a managed instance."""
    graph = declared(declare, [])

    assert [each["policyArn"] for each in properties(graph, "RolePolicyAttachment")] == [
        "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    ]
    assert properties(graph, "RolePolicy") == []


def test_named_buckets_are_read_and_written_and_no_others(declare: Declare) -> None:
    """No statement is for everything, neither as an action nor as a resource."""
    found = statements(declared(declare, BUCKETS))

    assert found["Buckets"]["Resource"] == ["arn:aws:s3:::data-1", "arn:aws:s3:::other-1"]
    assert found["Objects"]["Resource"] == ["arn:aws:s3:::data-1/*", "arn:aws:s3:::other-1/*"]
    assert {"s3:GetObject", "s3:PutObject"} <= set(found["Objects"]["Action"])
    assert not any("*" in action for each in found.values() for action in each["Action"])


def test_keys_of_those_buckets_are_used_through_s3_only(declare: Declare) -> None:
    """A bucket of somebody else has a key that they grant; without any key there is no statement."""
    keys = statements(declared(declare, BUCKETS))["Keys"]

    assert keys["Resource"] == ["arn:aws:kms:us-east-1:123456789012:key/1"]
    assert keys["Condition"] == {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}}
    assert "Keys" not in statements(declared(declare, BUCKETS[1:]))


def test_what_takes_tags_has_them(declare: Declare) -> None:
    """So that the role is found with its environment."""
    tags = [each.properties["tags"] for each in declared(declare, BUCKETS) if "tags" in each.properties]

    assert tags == [{"owner": "us", "Name": "nodes"}] * 2
