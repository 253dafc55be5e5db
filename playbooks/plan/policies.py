"""The policies' word on a graph."""

from datetime import date

from playbooks.plan.graph import Graph
from policies import stack
from policies.rules import RULES
from policies.verdicts import Ruling, rulings
from stacks.environment import PROJECT, Environment


def judged(graph: Graph, environment: Environment, today: date) -> list[Ruling]:
    """Every rule on every resource that it concerns."""
    return rulings(RULES, stack_of(graph, environment.name), environment.settings, today)


def stack_of(graph: Graph, name: str) -> stack.Stack:
    """A graph as rules look at it, with the stack's own resource, which an evaluation leaves aside."""
    title = f"{PROJECT}-{name}"
    root = stack.Resource(stack.STACK, title, f"urn:pulumi:{name}::{PROJECT}::{stack.STACK}::{title}", {})
    resources = (
        stack.Resource(each.type, each.name, each.urn, each.properties, each.property_dependencies, each.protect)
        for each in graph
    )
    return stack.Stack([root, *resources])
