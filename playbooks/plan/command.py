"""`aidc plan`: makes the plan, holds it against a base where asked to, and prints it in the form asked for."""

import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from rich.console import Console

from playbooks.plan.against import BaseError, base_plan
from playbooks.plan.comparison import Comparison, compared
from playbooks.plan.make import make
from playbooks.plan.plan import Plan
from stacks.environment import load

FINE, NOT_FINE = 0, 1


class Form(StrEnum):
    """How a plan is printed."""

    TERMINAL = "terminal"
    JSON = "json"
    JUNIT = "junit"
    MARKDOWN = "markdown"


def run(project: Path, name: str, form: Form, against: str | None) -> int:
    """Print the plan of an environment; 0 if it is fine, 1 if it does not fit or breaks a mandatory rule.

    Raises:
        SettingsError: the environment's file has mistakes.
        EvaluationError: its program can't be evaluated.
        BaseError: the base can't.
    """
    plan = make(load(project, name), datetime.now(UTC).date())
    _print(plan, form, _comparison(project, plan, against) if against else None)
    return FINE if plan.fine else NOT_FINE


def _comparison(project: Path, plan: Plan, ref: str) -> Comparison:
    before = base_plan(project, ref, plan.environment)
    if before is None:
        raise BaseError(f"{ref} has no environment {plan.environment}: leave --against out, for all of it is new")
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
