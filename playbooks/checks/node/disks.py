"""Whether a node has the local NVMe disks of its instance type, and all of them carry the folder of the settings."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from playbooks.checks.answer import UnreadableAnswerError
from playbooks.checks.check import Ask
from playbooks.checks.node.check import UNKNOWN_TYPE, Examined, NodeCheck, Words, one_each, printed
from playbooks.findings import Figure, Finding, Threshold, Verdict, judge
from playbooks.nodes import Node
from playbooks.thresholds import host

NAME = "disks"
MODEL = "Amazon EC2 NVMe Instance Storage"  # EC2 user guide, "NVMe instance store volumes"
# MOUNTPOINT and not MOUNTPOINTS, which util-linux has from 2.37 on
LSBLK: Words = ("lsblk", "--json", "--bytes", "--output", "NAME,TYPE,SIZE,MODEL,MOUNTPOINT")
_REPLACE = "Stop and start the node, for other hardware, or replace it; a reboot does not bring a disk back."
_SEE_UNIT = (
    "See `systemctl status stripe-local-disks` on the node, which makes the stripe at boot, and `cat /proc/mdstat`."
)


class Device(BaseModel):
    """A row of lsblk, with what lies on it."""

    model_config = ConfigDict(frozen=True)

    name: str
    type: str
    size: int
    model: str | None = None
    mountpoint: str | None = None
    children: tuple["Device", ...] = ()

    def all(self) -> Iterator["Device"]:
        """It and everything on it."""
        yield self
        for child in self.children:
            yield from child.all()


def parse(text: str) -> list[Device]:
    """The local NVMe disks in lsblk's answer; volumes of EBS are none.

    Raises:
        UnreadableAnswerError: it is not lsblk's answer, or tells a disk twice.
    """
    try:
        rows: Any = json.loads(text)["blockdevices"]
        devices = [Device.model_validate(row) for row in rows]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        why = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise UnreadableAnswerError(f"lsblk's answer is not whole or not right: {why}: {text[:200]!r}") from None
    if twice := [name for name, count in Counter(device.name for device in devices).items() if count > 1]:
        raise UnreadableAnswerError(f"lsblk tells {twice[0]} twice: {text[:200]!r}")
    return [device for device in devices if (device.model or "").strip() == MODEL]


def mounted_at(disks: Sequence[Device], folder: str) -> int:
    """How many of the disks carry what is mounted at a folder."""
    return sum(any(device.mountpoint == folder for device in disk.all()) for disk in disks)


def no_disks(ask: Ask, node: Node) -> str:
    """Why nothing is asked of a node's local disks; empty where it has some, or where nobody knows."""
    limit = host.local_disks(node.instance_type)
    if limit and limit.value == 0:
        return f"{node.instance_type} has no local NVMe disks"
    return (
        f"the sandbox's nodes share one machine, which has none of {node.instance_type}'s disks" if ask.stand_in else ""
    )


def _commands(_ask: Ask, _node: Node) -> Mapping[str, Words]:
    return {"lsblk": LSBLK}


def _judge(ask: Ask, examined: Sequence[Examined]) -> list[Finding]:
    return one_each(NAME, examined, lambda each: _finding(ask, each), "Run `lsblk` on the node.")


def _finding(ask: Ask, examined: Examined) -> Finding:
    """The disks that the folder lies on, where the settings name one; else those that are there."""
    node, disks = examined.node, parse(printed(examined.outputs["lsblk"]))
    threshold, folder = host.local_disks(node.instance_type), ask.local_disks
    missing = threshold is not None and not threshold.holds(len(disks))
    count = len(disks) if folder is None or missing else mounted_at(disks, folder)
    figure = Figure("local disks", count, "")
    verdict = judge(figure, threshold)
    reason = _reason(threshold, count, "" if folder is None or missing else folder)
    action = {Verdict.FAIL: _REPLACE if missing else _SEE_UNIT, Verdict.INCONCLUSIVE: UNKNOWN_TYPE}.get(verdict, "")
    sizes = tuple(Figure(disk.name, disk.size, "B") for disk in disks)
    evidence = {"lsblk": "\n".join(_shown(disk) for disk in disks)} if disks else {}
    return Finding(NAME, (node.name,), verdict, reason, figure, threshold, action, sizes, evidence=evidence)


def _reason(threshold: Threshold | None, count: int, folder: str) -> str:
    wanted = "an unknown number of" if threshold is None else f"{threshold.value:g}"
    return (
        f"{folder} lies on {count} of {wanted} local disks" if folder else f"{count} of {wanted} local disks are there"
    )


def _shown(disk: Device) -> str:
    return " > ".join(f"{each.name} {each.type} {each.mountpoint or ''}".strip() for each in disk.all())


CHECK = NodeCheck(NAME, "The local disks are there and mounted", _judge, _commands, no_disks)
