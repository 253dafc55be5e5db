import json

import pulumi

from components.cluster.eks_roles import POD_IDENTITY, service_role
from tests.components.conftest import Declare, properties


def test_pod_identity_takes_a_role_on_and_tags_its_sessions(declare: Declare) -> None:
    """Without the second action it can't (EKS user guide, "EKS Pod Identity")."""
    options = pulumi.ResourceOptions()
    (role,) = properties(declare(lambda: service_role("reader", POD_IDENTITY, (), {"owner": "us"}, options)), "Role")

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

    def program() -> None:
        role = service_role("reader", POD_IDENTITY, ("service-role/Reader",), {}, pulumi.ResourceOptions())
        role.arn.apply(known.append)

    (attached,) = properties(declare(program), "RolePolicyAttachment")

    assert attached["policyArn"] == "arn:aws:iam::aws:policy/service-role/Reader"
    assert known == ["arn:aws:iam:us-east-1:123456789012:role/reader"]
