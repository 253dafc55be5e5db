"""Writes the catalogue's data file from DescribeInstanceTypes: of the account, or of moto's copy where there is none.

Usage: python -m components.catalogue.refresh_instance_types aws|moto
"""

import json
import re
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import boto3

from components.catalogue.instance_types import DATA, InstanceType

Answer = Mapping[str, Any]

TRAINIUM2 = {"accelerator_memory_mib": 96 * 1024}  # AWS Neuron documentation, Trainium2 Architecture; the API: 512 GiB
CORRECTIONS: Mapping[str, Mapping[str, Any]] = {  # what the API says of a type and the type is not
    "trn2.3xlarge": TRAINIUM2,
    "trn2.48xlarge": TRAINIUM2,
    "trn2u.48xlarge": {  # Amazon EC2 Trn2 page: 16 chips as in trn2.48xlarge; the API names no accelerator
        "accelerator": "Trainium2",
        "accelerators": 16,
        "accelerator_manufacturer": "AWS",
        **TRAINIUM2,
    },
}


def row(answer: Answer) -> dict[str, Any]:
    """The catalogue's row of one type: the fields of `InstanceType` but its name, cards as [interfaces, efa]."""
    return {**told(answer), **CORRECTIONS.get(answer["InstanceType"], {})}


def told(answer: Answer) -> dict[str, Any]:
    """The row as the API has it."""
    return {
        "vcpus": answer["VCpuInfo"]["DefaultVCpus"],
        "memory_mib": answer["MemoryInfo"]["SizeInMiB"],
        "architecture": answer["ProcessorInfo"]["SupportedArchitectures"][0],
        **_accelerators(answer),
        "network_cards": _cards(answer["NetworkInfo"]),
        "nic_gbit_per_second": gbit_per_second(answer["NetworkInfo"]["NetworkPerformance"]),
        **_disks(answer.get("InstanceStorageInfo", {})),
        "placement_strategies": sorted(answer["PlacementGroupInfo"]["SupportedStrategies"]),
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


def _disks(storage: Answer) -> dict[str, Any]:
    """The local disks: a type has one kind of them, or none."""
    if not storage:
        return {"disks": 0, "disk_gb": 0, "disk_kind": "", "disk_nvme": False}
    (disk,) = storage["Disks"]
    nvme = storage["NvmeSupport"] == "required"
    return {"disks": disk["Count"], "disk_gb": disk["SizeInGB"], "disk_kind": disk["Type"], "disk_nvme": nvme}


def _accelerators(answer: Answer) -> dict[str, Any]:
    """GPUs, or Neuron devices, which the API gives no manufacturer; a type has one kind of them, or none.

    `Count` is of whole GPUs, 0 where an instance has a part of one.
    """
    gpus = answer.get("GpuInfo", {}).get("Gpus", [])
    for device in [*gpus, *answer.get("NeuronInfo", {}).get("NeuronDevices", [])]:
        return {
            "accelerator": device["Name"],
            "accelerators": device.get("LogicalGpuCount", device["Count"]),
            "accelerator_share": device.get("GpuPartitionSize", 1.0),
            "accelerator_manufacturer": device.get("Manufacturer", "AWS"),
            "accelerator_memory_mib": device["MemoryInfo"]["SizeInMiB"],
        }
    return {
        "accelerator": "",
        "accelerators": 0,
        "accelerator_share": 1.0,
        "accelerator_manufacturer": "",
        "accelerator_memory_mib": 0,
    }


def describe() -> list[Answer]:
    """Every instance type that the API of us-east-1 tells."""
    pages = boto3.client("ec2", region_name="us-east-1").get_paginator("describe_instance_types").paginate()
    return [answer for page in pages for answer in page["InstanceTypes"]]


def document(answers: Iterable[Answer], source: str) -> str:
    """The data file's text: a type a line, so that a change is read as a change; its values in the fields' order."""
    fields = [field for field in InstanceType._fields if field != "name"]
    rows = {answer["InstanceType"]: row(answer) for answer in answers}
    lines = [f"{json.dumps(name)}: {json.dumps([rows[name][field] for field in fields])}" for name in sorted(rows)]
    taken = f"DescribeInstanceTypes in us-east-1, {source}, {datetime.now(UTC):%Y-%m-%d}"
    types = ",\n    ".join(lines)
    head = f'"source": {json.dumps(taken)},\n  "fields": {json.dumps(fields)}'
    return f'{{\n  {head},\n  "types": {{\n    {types}\n  }}\n}}\n'


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
