"""Makes the plan of an environment: one evaluation, and what follows from its graph."""

from datetime import date

from playbooks.plan.cost import cost
from playbooks.plan.evaluate import evaluate
from playbooks.plan.plan import Plan
from playbooks.plan.policies import judged
from playbooks.plan.prices import CommittedPrices, Prices
from stacks.environment import Environment


def make(environment: Environment, today: date, prices: Prices | None = None) -> Plan:
    """Everything that a plan says of an environment.

    Args:
        environment: which.
        today: the day by which waivers and the like expire, UTC.
        prices: where prices come from; the committed tables where nothing is given.

    Raises:
        EvaluationError: the program can't be evaluated.
    """
    graph, settings = evaluate(environment), environment.settings
    return Plan(
        environment=environment.name,
        graph=graph,
        fit=(),
        cost=cost(graph, settings.region, prices or CommittedPrices()),
        rulings=tuple(judged(graph, environment, today)),
    )
