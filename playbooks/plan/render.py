"""A graph as a person reads it: a tree of components, and how many resources of which type are in each."""

from collections import Counter

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from playbooks.plan.graph import Graph, Resource


def show(graph: Graph, environment: str, console: Console) -> None:
    """Print what would exist."""
    tree = Tree(Text(environment, style="bold"))
    for resource in graph.children(""):
        _grow(tree, graph, resource)
    console.print(tree)
    custom = sum(resource.custom for resource in graph)
    console.print(f"{custom} resources in {len(graph) - custom} component(s). Nothing was created.", highlight=False)


def _grow(tree: Tree, graph: Graph, resource: Resource) -> None:
    children = graph.children(resource.urn)
    branch = tree.add(Text.assemble(resource.name, (f"  {short_type(resource.type)}", "dim")))
    for component in (child for child in children if not child.custom):
        _grow(branch, graph, component)
    for kind, count in sorted(Counter(short_type(child.type) for child in children if child.custom).items()):
        branch.add(Text(f"{count:>4} {kind}"))


def short_type(token: str) -> str:
    """A type's token without what repeats: `aws:ec2/vpc:Vpc` is `ec2 Vpc`, a component's its class's name."""
    module, _, name = token.removeprefix("aws:").removeprefix("ai-datacenter:").rpartition(":")
    return name if module == "components" else f"{module.split('/')[0]} {name}"
