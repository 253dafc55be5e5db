"""Writes the catalogue's data file from DescribeInstanceTypes: of the account, or of moto's copy where there is none.

Usage: python -m components.refresh_instance_types aws|moto
"""

import json
import re
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import boto3

from components.instance_types import DATA

Answer = Mapping[str, Any]


def row(answer: Answer) -> dict[str, Any]:
    """The catalogue's row of one type: the fields of `InstanceType` but its name, cards as [interfaces, efa]."""
    disks = answer.get("InstanceStorageInfo", {}).get("Disks", [])
    return {
        "vcpus": answer["VCpuInfo"]["DefaultVCpus"],
        "memory_mib": answer["MemoryInfo"]["SizeInMiB"],
        "architecture": answer["ProcessorInfo"]["SupportedArchitectures"][0],
        **_accelerators(answer),
        "network_cards": _cards(answer["NetworkInfo"]),
        "nic_gbit_per_second": gbit_per_second(answer["NetworkInfo"]["NetworkPerformance"]),
        "disks": sum(disk["Count"] for disk in disks),
        "disk_gb": disks[0]["SizeInGB"] if disks else 0,
        "cluster_placement": "cluster" in answer["PlacementGroupInfo"]["SupportedStrategies"],
        "usage": sorted(answer["SupportedUsageClasses"]),
    }


def gbit_per_second(performance: str) -> float | None:
    """The rate in a text such as `3200 Gigabit`, `4x 100 Gigabit` or `Up to 25 Gigabit`; None for words only."""
    match = re.fullmatch(r"(?:Up to )?(?:(\d+)x )?([\d.]+) Gigabit", performance)
    return float(match[1] or 1) * float(match[2]) if match else None


def _cards(network: Answer) -> list[list[int]]:
    """Of the cards that can carry EFA only so many count as the type may have: i7ie.48xlarge has two, and one EFA."""
    cards = sorted(network["NetworkCards"], key=lambda card: int(card["NetworkCardIndex"]))
    capable = [card["NetworkCardIndex"] for card in cards if "efa-only" in card.get("InterfaceTypes", [])]
    used = capable[: network.get("EfaInfo", {}).get("MaximumEfaInterfaces", 0)]
    return [[card["MaximumNetworkInterfaces"], int(card["NetworkCardIndex"] in used)] for card in cards]


def _accelerators(answer: Answer) -> dict[str, Any]:
    gpus = answer.get("GpuInfo", {}).get("Gpus", [])
    devices = gpus or answer.get("NeuronInfo", {}).get("NeuronDevices", [])
    if not devices:
        return {"accelerator": "", "accelerators": 0, "accelerator_memory_mib": 0}
    return {
        "accelerator": devices[0]["Name"],
        "accelerators": sum(device["Count"] for device in devices),
        "accelerator_memory_mib": devices[0]["MemoryInfo"]["SizeInMiB"],
    }


def describe() -> list[Answer]:
    """Every instance type that the API of us-east-1 tells."""
    pages = boto3.client("ec2", region_name="us-east-1").get_paginator("describe_instance_types").paginate()
    return [answer for page in pages for answer in page["InstanceTypes"]]


def document(answers: Iterable[Answer], source: str) -> str:
    """The data file's text: a type a line, so that a change is read as a change."""
    rows = {answer["InstanceType"]: json.dumps(row(answer)) for answer in answers}
    lines = ",\n".join(f"    {json.dumps(name)}: {rows[name]}" for name in sorted(rows))
    taken = f"DescribeInstanceTypes in us-east-1, {source}, {datetime.now(UTC):%Y-%m-%d}"
    return f'{{\n  "source": {json.dumps(taken)},\n  "types": {{\n{lines}\n  }}\n}}\n'


def main(source: str) -> None:
    """Write the data file from the account's own API (`aws`) or from moto's copy of it (`moto`)."""
    if source == "aws":
        text = document(describe(), "the API itself")
    else:
        import moto  # noqa: PLC0415 - needed only where there is no account

        with moto.mock_aws():
            text = document(describe(), f"moto {moto.__version__}")
    DATA.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] not in (["aws"], ["moto"]):
        sys.exit(__doc__)
    main(sys.argv[1])
