from typing import Any

import pytest

from stacks.rules.fleets import LONGEST_ROLE, ROLE
from stacks.rules.rule import SUFFIX
from stacks.settings import Settings
from tests.stacks.documents import VALID, changed, settings_of, told

MANAGER = {"principal": "arn:aws:iam::111111111111:role/ops", "policy": "AmazonEKSClusterAdminPolicy"}
CLUSTER: dict[str, Any] = {"version": "1.36", "image": "1.36.3-20260911", "access": {"ops": MANAGER}}
FLEET: dict[str, Any] = {**VALID["fleets"]["workers"], "cluster": True, "image": "1.36.3-20260911"}


def of_cluster(cluster: object = CLUSTER, fleet: object = FLEET, **changes: object) -> dict[str, Any]:
    """The valid settings with a cluster and a fleet of it."""
    return changed(cluster=cluster, fleets={"workers": fleet}, **changes)


def test_a_cluster_and_a_fleet_of_it() -> None:
    """The shortest that there is."""
    settings = settings_of(of_cluster())

    assert isinstance(settings, Settings)
    assert (settings.fleets["workers"].numbers, settings.fleets["workers"].fewest_nodes) == ((), 2)


def test_a_cluster_may_stand_beside_instances() -> None:
    """Each fleet says which it is."""
    fleets = {"workers": FLEET, "bare": VALID["fleets"]["workers"]}

    assert isinstance(settings_of(changed(cluster=CLUSTER, fleets=fleets)), Settings)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            of_cluster({**CLUSTER, "version": "1.33"}),
            (
                "cluster.version: AWS's standard support of Kubernetes 1.33 ended on 2026-07-29\n"
                '    Write a newer one, such as "1.36".'
            ),
        ),
        (
            of_cluster({**CLUSTER, "image": "1.35.3-20260911"}),
            ("cluster.image: 1.35.3-20260911 is not of Kubernetes 1.36\n    Write a release that begins with 1.36."),
        ),
        (
            of_cluster({**CLUSTER, "access": {"ops": {**MANAGER, "namespaces": ["training"]}}}),
            (
                "cluster.access: nobody could manage the cluster\n"
                "    Give one principal `policy: AmazonEKSClusterAdminPolicy`, in all namespaces."
            ),
        ),
        (
            of_cluster({**CLUSTER, "publicCidrs": ["203.0.113.0/24", "0.0.0.0/0"]}),
            (
                "cluster.publicCidrs[1]: 0.0.0.0/0 is the whole internet\n"
                "    Write your own networks, or remove it: the VPC reaches it anyway."
            ),
        ),
        (
            of_cluster({**CLUSTER, "systemNodes": {"instanceType": "g5.xlarge"}}),
            (
                "cluster.systemNodes.instanceType: g5.xlarge has accelerators, which the cluster's own software can't"
                " use\n    Write m7i.xlarge."
            ),
        ),
        (
            of_cluster(network__zones=["us-east-1a"]),
            (
                "network.zones: a cluster needs subnets in two zones at least\n"
                "    Append a zone to it, or remove `cluster`."
            ),
        ),
        (
            changed(fleets={"workers": FLEET}),
            "fleets.workers.cluster: there is no cluster\n    Add the key `cluster`, or remove it here.",
        ),
        (
            of_cluster(fleet={**FLEET, "image": "ami-0123456789abcdef0"}),
            (
                "fleets.workers.image: the nodes of a cluster start from EKS's own image\n"
                "    Write a release of EKS's images for it, such as 1.36.3-20260911."
            ),
        ),
        (
            of_cluster(fleet={**FLEET, "cluster": False}),
            (
                "fleets.workers.image: 1.36.3-20260911 is a release of EKS's images\n"
                "    Write `ami-…`; `aidc image` shows the newest. With `cluster: true` a release is right."
            ),
        ),
        (
            of_cluster(fleet={**FLEET, "image": "1.35.3-20260911"}),
            (
                "fleets.workers.image: 1.35.3-20260911 is not of Kubernetes 1.36\n"
                "    Write a release that begins with 1.36."
            ),
        ),
        (
            of_cluster(fleet={**FLEET, "keyName": "team"}),
            (
                "fleets.workers.keyName: the nodes of a cluster have no such thing\n"
                "    Remove it, or remove `cluster: true`."
            ),
        ),
        (
            of_cluster(fleet={**FLEET, "nodes": 200}),
            (
                "network.zones[0]: the private subnet 10.1.0.0/19 of us-east-1a has 8187 free addresses, and 9945 are"
                " asked for (fleets.workers 200, pods of fleets.workers 9600, cluster 145)\n"
                "    Write fewer nodes, another zone for a fleet, or a larger network.cidr (a /16 at most). Fewer"
                " cluster.podsPerNode take fewer."
            ),
        ),
    ],
)
def test_a_rule_that_is_broken_is_told_once_and_whole(values: dict[str, Any], expected: str) -> None:
    """Where, what, and what to write instead."""
    assert [expected] == told(values)


def test_a_version_is_text() -> None:
    """A number would lose the nought of 1.40."""
    assert told(of_cluster({**CLUSTER, "version": 1.36})) == [
        'cluster.version: 1.36 is not text\n    Write "1.36", in quotes.'
    ]


def test_a_node_group_name_fits() -> None:
    """63 characters are EKS's bound, and the bound of a fleet's role is tighter."""
    longest = LONGEST_ROLE - SUFFIX - len(ROLE)

    assert longest + SUFFIX <= 63


def test_the_roles_of_a_cluster_fit() -> None:
    """The control plane's has the longest name: 64 characters, 8 of them random."""
    room = 64 - len("-cluster-control-plane") - 8

    assert told({**of_cluster(), "name": "e" * room}, "e" * room) == []
    (mistake,) = told({**of_cluster(), "name": "e" * (room + 1)}, "e" * (room + 1))
    assert mistake.startswith("name: 1 character too many for an IAM role")


def test_128_nodes_of_a_cluster_fit_one_zone() -> None:
    """A /16 gives a zone a /19; 32 pods a node take 48 addresses of it."""
    assert told(of_cluster(fleet={**FLEET, "nodes": 128})) == []
