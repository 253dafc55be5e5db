"""The mark of an unhealthy node, as tags of its instance: every inventory shows it, whoever made it."""

from datetime import datetime
from typing import NamedTuple

from components.fleet.unhealthy import RUN, SINCE, TAGS, UNHEALTHY
from playbooks.account import Client
from playbooks.nodes import Node
from playbooks.remedy.blamed import Blamed
from playbooks.remedy.refusal import doing
from playbooks.report.run import Run


class Mark(NamedTuple):
    """Why a node gets no more work.

    Attributes:
        check: the check that blames it.
        run: the run of the smoke gate.
        since: when that began, ISO 8601.
        reason: what the check says.
    """

    check: str
    run: str
    since: str
    reason: str


def mark(blamed: Blamed, run: Run) -> Mark:
    """The mark that a run sets on a node that it blames."""
    started: datetime = run.started
    return Mark(blamed.check, run.run, started.isoformat(timespec="seconds"), blamed.reason)


def tag(ec2: Client, node: Node, why: Mark) -> None:
    """Set the tags.

    Raises:
        RemedyError: EC2 does not.
    """
    values = {UNHEALTHY: why.check, RUN: why.run, SINCE: why.since}
    with doing(f"tag {node.name} ({node.instance_id})"):
        ec2.create_tags(
            Resources=[node.instance_id], Tags=[{"Key": key, "Value": value} for key, value in values.items()]
        )


def untag(ec2: Client, node: Node) -> None:
    """Take the same tags away, and no others.

    Raises:
        RemedyError: EC2 does not.
    """
    with doing(f"untag {node.name} ({node.instance_id})"):
        ec2.delete_tags(Resources=[node.instance_id], Tags=[{"Key": key} for key in TAGS])
