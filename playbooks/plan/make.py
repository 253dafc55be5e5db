"""Makes the plan of an environment: one evaluation, and what follows from its graph."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from playbooks.plan.answers import NO_ANSWERS, Answers
from playbooks.plan.cost import cost
from playbooks.plan.evaluate import evaluate
from playbooks.plan.fit import fit
from playbooks.plan.graph import Graph
from playbooks.plan.instances import Instances, all_instances
from playbooks.plan.places import Places
from playbooks.plan.plan import Plan
from playbooks.plan.policies import judged
from playbooks.plan.prices import CommittedPrices, Prices
from stacks.environment import Environment

Ask = Callable[[Sequence[Instances]], Answers]


def make(environment: Environment, today: date, prices: Prices | None = None, ask: Ask | None = None) -> Plan:
    """Everything that a plan says of an environment.

    Args:
        environment: which.
        today: the day by which waivers and the like expire, UTC.
        prices: where prices come from; the committed tables where nothing is given.
        ask: what tells of the account what it has room for; it is not asked where nothing is given.

    Raises:
        EvaluationError: the program can't be evaluated.
        AccountError: the account is asked, and the credentials are no good.
    """
    graph, settings = evaluate(environment), environment.settings
    answers = ask(all_instances(Places.of(graph, settings))) if ask else NO_ANSWERS
    limit = Decimal(str(settings.budget.monthly_usd)) if settings.budget else None
    paid = Graph(()) if settings.sandbox else graph  # a sandbox has no account that anything could cost
    return Plan(
        environment=environment.name,
        graph=graph,
        fit=fit(graph, settings, answers),
        cost=cost(paid, settings.region, prices or CommittedPrices(), limit),
        rulings=tuple(judged(graph, environment, today)),
    )
