"""What replaces a node: by which hand, by which commands, and what a person must know before; pure."""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from playbooks.nodes import Node
from stacks.settings import PROJECT, RESERVED, Fleet, Purchase, Settings

NODE_TYPE = "ai-datacenter:components:Fleet$aws:ec2/instance:Instance"

DISKS = "What is on its disks is lost, the root volume's too."
NEW_FIRST = "The new one starts before the old one ends: if AWS has none left, the old one stays."
OLD_FIRST = "The old one ends before the new one starts: if AWS has none left, the fleet lacks a node until it has."
PURCHASES = {
    Purchase.SPOT: "Spot capacity may be gone by now, or dearer.",
    **dict.fromkeys(
        RESERVED,
        "Its place in the reservation is free some minutes after the old one has ended, and AWS may fill it with the"
        " same machine: compare the GPUs' serial numbers in the retest, and open a case with AWS so that it is taken"
        " out of service.",
    ),
}
PROTECTED = "Its protection against stopping and termination is lifted, of this one alone; the new one has it again."


class Means(StrEnum):
    """Who makes the new node."""

    ENGINE = "engine"  # a numbered instance: Pulumi's own
    GROUP = "group"  # an Auto Scaling group starts another one
    NODE_GROUP = "node group"  # the same, after its pods have gone
    SANDBOX = "sandbox"


class Replacement(NamedTuple):
    """How one node is replaced.

    Attributes:
        node: which.
        means: who makes the new one.
        urn: the engine's name of it; empty where the engine does not know it.
        protections: EC2's names of the protections that are to be lifted first.
        ends_first: whether the old one is ended before the new one is made.
        commands: what does it by hand.
        notes: what a person must know before.
    """

    node: Node
    means: Means
    urn: str
    protections: tuple[str, ...]
    ends_first: bool
    commands: tuple[str, ...]
    notes: tuple[str, ...]


def replacement(node: Node, settings: Settings) -> Replacement:
    """How this node, and no other, is replaced."""
    fleet = settings.fleets[node.fleet]
    means = _means(fleet, settings)
    urn = f"urn:pulumi:{settings.name}::{PROJECT}::{NODE_TYPE}::{settings.name}-{node.name}"
    numbered = means is Means.ENGINE
    protections = _protections(fleet) if numbered else ()
    # The provider sets stop protection again before it terminates (terraform-provider-aws, resourceInstanceDelete), so
    # a protected node is ended by us; and a full reservation has no room for a second one beside it.
    ends_first = not numbered or bool(protections) or fleet.purchase in RESERVED
    made = Replacement(node, means, urn if numbered else "", protections, ends_first, (), ())
    return made._replace(commands=tuple(_commands(made, settings)), notes=tuple(_notes(made, fleet)))


def _means(fleet: Fleet, settings: Settings) -> Means:
    if settings.sandbox is not None:
        return Means.SANDBOX
    if fleet.cluster:
        return Means.NODE_GROUP
    return Means.GROUP if fleet.scaling else Means.ENGINE


def _protections(fleet: Fleet) -> tuple[str, ...]:
    """Stop protection keeps an instance from being terminated too (EC2 user guide, "Enable stop protection")."""
    asked = {"DisableApiStop": fleet.stop_protection, "DisableApiTermination": fleet.termination_protection}
    return tuple(name for name, there in asked.items() if there)


FLAGS = {"DisableApiStop": "--no-disable-api-stop", "DisableApiTermination": "--no-disable-api-termination"}


def _commands(made: Replacement, settings: Settings) -> Iterator[str]:
    where, identity = f"--region {settings.region}", made.node.instance_id
    if made.means is Means.SANDBOX:
        yield f"aidc smoke {settings.name} --only {made.node.name} --replace"
    if made.means is Means.NODE_GROUP:
        zone = settings.fleets[made.node.fleet].zone
        chosen = f'{{.items[?(@.spec.providerID=="aws:///{zone}/{identity}")].metadata.name}}'
        yield f"kubectl drain $(kubectl get nodes -o jsonpath='{chosen}') --ignore-daemonsets --delete-emptydir-data"
    if made.means in (Means.GROUP, Means.NODE_GROUP):
        end = f"terminate-instance-in-auto-scaling-group {where} --instance-id {identity}"
        yield f"aws autoscaling {end} --no-should-decrement-desired-capacity"
    if made.means is Means.ENGINE:
        for name in made.protections:
            yield f"aws ec2 modify-instance-attribute {where} --instance-id {identity} {FLAGS[name]}"
        if made.ends_first:
            yield f"aws ec2 terminate-instances {where} --instance-ids {identity}"
            yield f"aws ec2 wait instance-terminated {where} --instance-ids {identity}"
        yield f"pulumi up --stack {settings.name} --target-replace '{made.urn}'"


def _notes(made: Replacement, fleet: Fleet) -> Iterator[str]:
    yield DISKS
    if made.means is Means.SANDBOX:
        return
    if made.protections:
        yield PROTECTED
    yield OLD_FIRST if made.ends_first else NEW_FIRST
    if fleet.purchase in PURCHASES:
        yield PURCHASES[fleet.purchase]
