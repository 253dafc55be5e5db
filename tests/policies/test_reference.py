import re
from pathlib import Path
from typing import Any

from policies.reference import FILE, page
from policies.rules import AREAS, RULES
from stacks.yaml_file import parse
from tests.policies.documents import settings

PAGE = Path(__file__).parents[2] / FILE


def test_the_page_is_fresh() -> None:
    """It is made from the rules."""
    assert PAGE.read_text(encoding="utf-8") == page(), "stale: run `python -m policies.reference`"


def test_every_rule_has_a_row() -> None:
    """With its level, and what checkov calls it."""
    rows = {row.split(" | ")[0].strip("| `"): row for row in page().splitlines() if row.startswith("| `")}

    assert list(rows) == [rule.name for rule in RULES]
    assert all(f"| {rule.level} | {rule.severity} |" in rows[rule.name] for rule in RULES)
    assert all(identity in rows[rule.name] for rule in RULES for identity in rule.checkov)


def test_every_row_has_as_many_cells_as_the_header() -> None:
    """A bar in a text would break the table."""
    rows = [row for row in page().splitlines() if row.startswith("| `")]

    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {8}


def test_the_waiver_that_it_shows_is_one() -> None:
    """As an environment's file would have it."""
    (example,) = re.findall(r"^```yaml\n(.*?)^```$", page(), re.DOTALL | re.MULTILINE)
    document = parse(example, "Pulumi.dev.yaml")
    values: Any = document.values
    (waiver,) = settings(waivers=values["config"]["ai-datacenter:waivers"]).waivers

    assert document.mistakes == []
    assert waiver.rule in {rule.name for rule in AREAS}
