import json

import pulumi

from components.account.service_role import ServiceRoleArgs, service_role
from components.cluster.eks_addons import POD_IDENTITY
from tests.components.conftest import Declare, properties


def test_pod_identity_takes_a_role_on_and_tags_its_sessions(declare: Declare) -> None:
    """Without the second action it can't (EKS user guide, "EKS Pod Identity")."""
    options = pulumi.ResourceOptions()
    args: ServiceRoleArgs = {"trust": POD_IDENTITY, "policies": (), "tags": {"owner": "us"}}
    (role,) = properties(declare(lambda: service_role("reader", args, options)), "Role")

    assert json.loads(role["assumeRolePolicy"])["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"Service": "pods.eks.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
        }
    ]


def test_a_role_is_known_once_its_policies_are_attached(declare: Declare) -> None:
    """What uses it finds it able to do its work."""
    known: list[str] = []

    args: ServiceRoleArgs = {"trust": POD_IDENTITY, "policies": ("service-role/Reader",), "tags": {}}

    def program() -> None:
        role = service_role("reader", args, pulumi.ResourceOptions())
        role.arn.apply(known.append)

    (attached,) = properties(declare(program), "RolePolicyAttachment")

    assert attached["policyArn"] == "arn:aws:iam::aws:policy/service-role/Reader"
    assert known == ["arn:aws:iam:us-east-1:123456789012:role/reader"]
