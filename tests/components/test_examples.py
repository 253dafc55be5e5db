"""The examples of docs/components.md, run as the one program that they are."""

import re
from pathlib import Path

from playbooks.plan.graph import Graph
from tests.components.conftest import Declare

PAGE = Path(__file__).parents[2] / "docs" / "components.md"
COMPONENTS = (
    "Network",
    "Endpoints",
    "FlowLogs",
    "ConnectEndpoint",
    "JumpHost",
    "FabricSecurityGroup",
    "Fleet",
    "Cluster",
    "NodeGroup",
    "LogBucket",
    "Bucket",
    "Lustre",
    "Backup",
    "Budget",
    "ClusterAddons",
    "Queues",
)


def example_program() -> str:
    """All Python blocks of the page."""
    return "\n".join(re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE))


def declared(declare: Declare) -> Graph:
    """What the program declares."""
    program = compile(example_program(), str(PAGE), "exec")
    return declare(lambda: exec(program, {}))  # noqa: S102 - the page's own examples


def test_the_examples_declare_every_component(declare: Declare) -> None:
    """Each has a section of its own, and stands in the program once."""
    graph = declared(declare)
    kinds = [each.type.removeprefix("ai-datacenter:components:") for each in graph.children("") if not each.custom]

    assert sorted(COMPONENTS) == sorted(kinds)
    assert re.findall(r"^## (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE) == list(COMPONENTS)


def test_names_begin_with_the_components_own(declare: Declare) -> None:
    """As the page says."""
    graph = declared(declare)
    parents = {each.urn: each.name for each in graph}

    assert [each.name for each in graph if not each.name.startswith(parents.get(each.parent, ""))] == []
