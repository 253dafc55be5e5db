"""The objects that the platform layer declares, as documents for an API server."""

from collections.abc import Callable
from typing import Any

from components.platform.mpi_operator import MpiOperator
from components.platform.queues import QueueArgs, Queues
from playbooks.plan.evaluate import record

TRAINING: QueueArgs = {"instance_type": "p5.48xlarge", "nodes": 2, "node_labels": {"fleet": "training"}}


def documents(program: Callable[[], object]) -> list[dict[str, Any]]:
    """What a piece of a program declares: Pulumi's properties of an object are the object."""
    graph = record(program, "test", {})
    return [dict(each.properties) for each in graph if each.custom]


def operator() -> list[dict[str, Any]]:
    """The MPI Operator and the kind that it works on."""
    return documents(lambda: MpiOperator("operator"))


def queues() -> list[dict[str, Any]]:
    """The queue of a fleet of two p5 nodes, with its namespace."""
    return documents(lambda: Queues("queues", {"namespace": "jobs", "fleets": {"training": TRAINING}}))


def of_kind(objects: list[dict[str, Any]], *kinds: str) -> list[dict[str, Any]]:
    """Those of these kinds."""
    return [each for each in objects if each["kind"] in kinds]
