"""What every environment declares, both layers, held against the last graph that somebody has looked at.

After a change that is meant: `pytest tests/stacks/test_golden_graphs.py --snapshot-update`, and read the difference.
"""

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from playbooks.plan.digest import short_type
from playbooks.plan.evaluate import evaluate, evaluate_platform
from playbooks.plan.graph import Graph
from stacks.environment import load, names
from tests.stacks.documents import PROJECT


class TextFile(SingleFileSnapshotExtension):
    """A snapshot is a text file of its own, so that a difference reads as one."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


def drawn(graph: Graph) -> str:
    """A graph as lines: a component or resource below its parent, what protects it, and what it is made from."""
    return "\n".join(_lines(graph, "", 0)) + "\n"


def _lines(graph: Graph, parent: str, depth: int) -> list[str]:
    lines = []
    for resource in sorted(graph.children(parent), key=lambda each: (each.name, each.type)):
        needs = sorted(graph.by_urn[urn].name for urn in resource.dependencies if urn in graph.by_urn)
        notes = [*(["protected"] if resource.protect else []), *([f"<- {', '.join(needs)}"] if needs else [])]
        lines.append("  ".join([f"{'  ' * depth}{resource.name}", short_type(resource.type), *notes]))
        lines += _lines(graph, resource.urn, depth + 1)
    return lines


@pytest.mark.parametrize("name", names(PROJECT))
def test_the_graph_is_the_one_that_was_looked_at(name: str, snapshot: SnapshotAssertion) -> None:
    """Names, types, components, protection and dependencies; properties are the tests' of the components."""
    assert drawn(evaluate(load(PROJECT, name))) == snapshot(extension_class=TextFile)


@pytest.mark.parametrize("name", [name for name in names(PROJECT) if load(PROJECT, name).settings.cluster])
def test_the_graph_of_the_platform_layer_too(name: str, snapshot: SnapshotAssertion) -> None:
    """What runs inside the cluster."""
    environment = load(PROJECT, name)
    graph = evaluate_platform(environment, evaluate(environment))

    assert drawn(graph) == snapshot(extension_class=TextFile)
