"""Mistakes of who may do what: wide policies, keys that never change, a Kubernetes cluster for everyone."""

import json

from benchmarks.mistakes.changes import Address, in_turn, put, take
from benchmarks.mistakes.mistake import Mistake
from policies.cluster import CLUSTER, NODE_GROUP
from policies.identity import ATTACHMENT, KEY, ROLE, ROLE_POLICY

SESSIONS = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def allowing(action: str, resource: str) -> str:
    """A policy that allows an action."""
    statement = {"Effect": "Allow", "Action": [action], "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


ANYONE = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
)

_DEV_ROLE = Address(ROLE, "dev-workers-role")
_PROD_CLUSTER = Address(CLUSTER, "prod-cluster")
_STAGING_CLUSTER = Address(CLUSTER, "staging-cluster")

IDENTITY = (
    Mistake(
        "nodes that may do everything",
        "prod",
        "iam-no-wildcards",
        "prod-training-buckets",
        put(Address(ROLE_POLICY, "prod-training-buckets"), "policy", allowing("*", "*")),
    ),
    Mistake(
        "nodes that may read every bucket",
        "dev",
        "iam-no-wildcards",
        "dev-workers-buckets",
        put(Address(ROLE_POLICY, "dev-workers-buckets"), "policy", allowing("s3:GetObject", "*")),
    ),
    Mistake(
        "a role that anyone may take on",
        "dev",
        "iam-no-wildcards",
        "dev-workers-role",
        put(_DEV_ROLE, "assumeRolePolicy", ANYONE),
    ),
    Mistake(
        "nodes as administrators",
        "research",
        "iam-no-wildcards",
        "research-training-sessions",
        put(Address(ATTACHMENT, "research-training-sessions"), "policyArn", ADMINISTRATOR),
    ),
    Mistake(
        "managed policies on a role and beside it",
        "prod",
        "role-policy-conflicts",
        "prod-training-role",
        put(Address(ROLE, "prod-training-role"), "managedPolicyArns", [f"{SESSIONS}2"]),
    ),
    Mistake(
        "inline policies on a role and beside it",
        "dev",
        "role-policy-conflicts",
        "dev-workers-role",
        put(
            _DEV_ROLE,
            "inlinePolicies",
            [{"name": "logs", "policy": allowing("logs:PutLogEvents", "arn:aws:logs:*:*:log-group:dev")}],
        ),
    ),
    Mistake(
        "a key that never changes",
        "prod",
        "kms-rotation",
        "prod-checkpoints-key",
        put(Address(KEY, "prod-checkpoints-key"), "enableKeyRotation", value=False),
    ),
)

KUBERNETES = (
    Mistake(
        "a public API, without a word on who may call it",
        "prod",
        "eks-endpoint-closed",
        "prod-cluster",
        put(_PROD_CLUSTER, "vpcConfig.endpointPublicAccess", value=True),
    ),
    Mistake(
        "a public API for everyone",
        "staging",
        "eks-endpoint-closed",
        "staging-cluster",
        in_turn(
            put(_STAGING_CLUSTER, "vpcConfig.endpointPublicAccess", value=True),
            put(_STAGING_CLUSTER, "vpcConfig.publicAccessCidrs", ["0.0.0.0/0"]),
        ),
    ),
    Mistake(
        "Kubernetes' secrets without a key",
        "prod",
        "eks-secrets-encrypted",
        "prod-cluster",
        take(_PROD_CLUSTER, "encryptionConfig"),
    ),
    Mistake(
        "no audit log",
        "staging",
        "eks-logs",
        "staging-cluster",
        put(_STAGING_CLUSTER, "enabledClusterLogTypes", ["api"]),
    ),
    Mistake(
        "a version past its support",
        "prod",
        "eks-supported-version",
        "prod-cluster",
        put(_PROD_CLUSTER, "version", "1.29"),
    ),
    Mistake(
        "a cluster that goes at a word",
        "prod",
        "eks-deletion-protection",
        "prod-cluster",
        put(_PROD_CLUSTER, "deletionProtection", value=False),
    ),
    Mistake(
        "SSH on a cluster's nodes for the world",
        "staging",
        "node-group-no-open-ssh",
        "staging-training",
        put(Address(NODE_GROUP, "staging-training"), "remoteAccess", {"ec2SshKey": "team"}),
    ),
)

OF_ACCESS = (*IDENTITY, *KUBERNETES)
