"""What the tests of components share: a way to declare one and look at the resources that it registers."""

from collections.abc import Callable
from typing import Any

import pytest

from playbooks.plan.evaluate import record
from playbooks.plan.graph import Graph

Declare = Callable[[Callable[[], object]], Graph]


@pytest.fixture
def declare() -> Declare:
    """Run a piece of a program and record it."""
    return lambda program: record(program, "test", {"aws:region": "us-east-1"})


def properties(graph: Graph, type_name: str) -> list[dict[str, Any]]:
    """The properties of every resource whose type ends so, in the order of registration."""
    return [dict(resource.properties) for resource in graph if resource.type.endswith(f":{type_name}")]
