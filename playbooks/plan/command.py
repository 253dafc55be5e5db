"""`aidc plan`: makes the plan, holds it against a base where asked to, and prints it in the form asked for."""

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path

from rich.console import Console

from playbooks.plan.against import base_plan
from playbooks.plan.comparison import Comparison, compared
from playbooks.plan.cost import cost
from playbooks.plan.graph import Graph
from playbooks.plan.make import make
from playbooks.plan.plan import Cost, Plan
from stacks.environment import load

FINE, NOT_FINE = 0, 1


class Form(StrEnum):
    """How a plan is printed."""

    TERMINAL = "terminal"
    JSON = "json"
    JUNIT = "junit"
    MARKDOWN = "markdown"


def run(project: Path, name: str, form: Form, against: str | None, *, live: bool = False) -> int:
    """Print the plan of an environment; 0 if it is fine, 1 if it does not fit or breaks a mandatory rule.

    Args:
        project: the project's folder.
        name: the environment's.
        form: how the plan is printed.
        against: the git ref that it is held against, if any.
        live: whether the account is asked what it has room for, and AWS for its prices.

    Raises:
        SettingsError: the environment's file has mistakes.
        EvaluationError: its program can't be evaluated.
        BaseError: the base can't.
        NotHereError: there is no account to ask.
        AccountError: the credentials are no good for asking.
    """
    environment, asked = load(project, name), None
    if live:
        from playbooks.plan.live import live as live_account  # noqa: PLC0415 - boto3, which a plan does without

        asked = live_account(environment)
    today = datetime.now(UTC).date()
    plan = make(environment, today, asked.prices, asked.ask) if asked else make(environment, today)
    repriced = partial(cost, region=environment.settings.region, prices=asked.prices) if asked else None
    _print(plan, form, _comparison(project, plan, against, repriced) if against else None)
    return FINE if plan.fine else NOT_FINE


def _comparison(project: Path, plan: Plan, ref: str, repriced: Callable[[Graph], Cost] | None) -> Comparison:
    before = base_plan(project, ref, plan.environment) or Plan(plan.environment, Graph(()), (), Cost(()), ())
    if repriced:  # a price that AWS has changed is no change of the environment
        before = replace(before, cost=repriced(before.graph))
    return compared(ref, before, plan)


def _print(plan: Plan, form: Form, comparison: Comparison | None) -> None:
    # Each form imports what it needs, so that the one asked for starts fast.
    match form:
        case Form.JSON:
            from playbooks.plan.written import write  # noqa: PLC0415

            sys.stdout.write(write(plan) + "\n")
        case Form.JUNIT:
            from playbooks.plan.junit import to_junit  # noqa: PLC0415

            sys.stdout.write(to_junit(plan).decode())
        case Form.MARKDOWN:
            from playbooks.plan.markdown import to_markdown  # noqa: PLC0415

            sys.stdout.write(to_markdown(plan, comparison))
        case Form.TERMINAL:
            from playbooks.plan.terminal import show  # noqa: PLC0415

            show(plan, Console(highlight=False), comparison)
