from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from policies.cluster import (
    CLUSTER,
    EKS_DELETION_PROTECTION,
    EKS_ENDPOINT_CLOSED,
    EKS_LOGS,
    EKS_SECRETS_ENCRYPTED,
    EKS_SUPPORTED_VERSION,
    LOGS,
    NODE_GROUP,
    NODE_GROUP_NO_OPEN_SSH,
)
from policies.rule import Subject, example
from policies.stack import Stack
from policies.unknown import NotEvaluatedError, Unknown
from tests.policies.documents import TODAY, settings, word


def of_endpoint(**network: Any) -> str | None:  # noqa: ANN401 - what the cluster's network may say
    """What is said of a cluster with this endpoint."""
    return word(EKS_ENDPOINT_CLOSED, example(CLUSTER, {"vpcConfig": {"subnetIds": ["subnet-1"], **network}}))


def test_the_api_is_not_open_to_the_internet() -> None:
    """EKS opens it where nothing is said; named blocks may reach it."""
    assert of_endpoint(endpointPublicAccess=False) is None
    assert of_endpoint(endpointPublicAccess=True, publicAccessCidrs=["203.0.113.0/24"]) is None
    assert of_endpoint() is not None
    assert of_endpoint(endpointPublicAccess=True) is not None
    assert (
        of_endpoint(publicAccessCidrs=["203.0.113.0/24", "0.0.0.0/0"]) == "the internet (0.0.0.0/0) may reach its API"
    )
    assert of_endpoint(endpointPublicAccess=False, publicAccessCidrs=["0.0.0.0/0"]) is None


def test_secrets_are_encrypted_with_a_key_of_ones_own() -> None:
    """A key alone encrypts nothing."""
    key = {"provider": {"keyArn": "arn:aws:kms:us-east-1:111111111111:key/1"}}

    assert (
        word(EKS_SECRETS_ENCRYPTED, example(CLUSTER, {"encryptionConfig": {**key, "resources": ["secrets"]}})) is None
    )
    assert word(EKS_SECRETS_ENCRYPTED, example(CLUSTER, {"encryptionConfig": {**key, "resources": []}})) is not None
    assert word(EKS_SECRETS_ENCRYPTED, example(CLUSTER, {})) is not None


def test_a_key_that_has_no_arn_yet_encrypts_all_the_same() -> None:
    """In a preview none has."""
    key = example("aws:kms/key:Key", {})
    given = {"encryptionConfig": {"provider": {"keyArn": Unknown("keyArn")}, "resources": ["secrets"]}}

    assert word(EKS_SECRETS_ENCRYPTED, example(CLUSTER, given, encryptionConfig=key), key) is None


def test_the_control_plane_logs_everything() -> None:
    """What is missing is told."""
    assert word(EKS_LOGS, example(CLUSTER, {"enabledClusterLogTypes": LOGS})) is None
    assert word(EKS_LOGS, example(CLUSTER, {"enabledClusterLogTypes": ["api", "audit", "scheduler"]})) == (
        "its control plane does not log authenticator, controllerManager"
    )


def of_version(version: str, today: date) -> str | None:
    """What is said of a version on a day."""
    cluster = example(CLUSTER, {"version": version})
    return EKS_SUPPORTED_VERSION.judge(replace(Subject(cluster, Stack([cluster]), settings(), TODAY), today=today))


@pytest.mark.parametrize(
    ("version", "last"), [("1.33", date(2026, 7, 29)), ("1.34", date(2026, 12, 2)), ("1.35", date(2027, 3, 27))]
)
def test_a_version_is_supported_until_its_last_day(version: str, last: date) -> None:
    """The day itself still counts."""
    assert of_version(version, last) is None
    assert str(last) in str(of_version(version, last.replace(day=last.day + 1)))


def test_a_version_must_be_named_and_known() -> None:
    """Of an older one the support has ended; of a newer one nothing is known here."""
    assert of_version("1.36", TODAY) is None
    assert of_version("1.29", TODAY) == "AWS no longer supports Kubernetes 1.29"
    assert word(EKS_SUPPORTED_VERSION, example(CLUSTER, {})) == "it names no version, so that EKS chooses"
    with pytest.raises(NotEvaluatedError, match="nothing is known here of Kubernetes 1.99"):
        of_version("1.99", TODAY)


def test_a_cluster_is_protected_from_deletion() -> None:
    """By EKS itself, not only by Pulumi."""
    assert word(EKS_DELETION_PROTECTION, example(CLUSTER, {"deletionProtection": True})) is None
    assert word(EKS_DELETION_PROTECTION, example(CLUSTER, {"deletionProtection": False})) is not None


def test_a_node_group_does_not_open_ssh() -> None:
    """EKS opens it to all where a key but no group is named."""
    key, groups = {"ec2SshKey": "team"}, {"sourceSecurityGroupIds": ["sg-1"]}

    assert word(NODE_GROUP_NO_OPEN_SSH, example(NODE_GROUP, {})) is None
    assert word(NODE_GROUP_NO_OPEN_SSH, example(NODE_GROUP, {"remoteAccess": {**key, **groups}})) is None
    assert word(NODE_GROUP_NO_OPEN_SSH, example(NODE_GROUP, {"remoteAccess": key})) is not None
