"""A plan as JSON, for machines, and back."""

from pydantic import TypeAdapter

from playbooks.plan.plan import Plan


def write(plan: Plan) -> str:
    """The plan as a JSON document, indented."""
    return _adapter().dump_json(plan, indent=2).decode()


def read(text: str) -> Plan:
    """The plan that a document holds.

    Raises:
        ValueError: it holds none.
    """
    return _adapter().validate_json(text)


def _adapter() -> TypeAdapter[Plan]:
    return TypeAdapter(Plan)
