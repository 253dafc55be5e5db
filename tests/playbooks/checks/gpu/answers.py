"""Answers of nodes with GPUs, made from what the programs really answered on a CPU: no GPU was there to ask."""

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any

from playbooks.checks.check import Ask
from playbooks.transport.outcome import Completed
from tests.playbooks.checks.asks import completed, printed

Facts = dict[str, Any]
GPUS = 8
READING: Facts = {  # of an H200 that works and is well
    "sm_mhz": 1755.0,
    "most_sm_mhz": 1980.0,
    "celsius": 61.0,
    "watts": 699.1,
    "generation": 5.0,
    "most_generation": 5.0,
    "lanes": 16.0,
    "most_lanes": 16.0,
    "slowdowns": {
        "hw_slowdown": False,
        "hw_thermal_slowdown": False,
        "hw_power_brake_slowdown": False,
        "sw_thermal_slowdown": False,
    },
}


def of_gpus(name: str, change: Callable[[int, Facts], None], count: int = GPUS) -> str:
    """The captured answer as a p5en.48xlarge would give it; `change` sets what each GPU found."""
    facts = json.loads(printed(name))
    [cpu] = facts["devices"]
    facts.update(cuda="13.2", driver="580.95.05")
    facts["devices"] = []
    for index in range(count):
        device = copy.deepcopy(cpu)
        device.update(index=index, name="NVIDIA H200", uuid=f"GPU-{index}", memory_mib=143771, units=132)
        change(index, device)
        facts["devices"].append(device)
    return json.dumps(facts)


def ended(question: Ask, stdout: Mapping[int, str]) -> dict[str, Completed]:
    """What each node printed, by its number."""
    return {node.name: completed(stdout[node.index]) for node in question.nodes}
