from dataclasses import replace
from decimal import Decimal

from playbooks.plan.comparison import compared
from playbooks.plan.markdown import MOST_CHARACTERS, to_markdown
from playbooks.plan.plan import Cost, CostLine
from policies.verdicts import Verdict
from tests.playbooks.plan.plans import PLAN, ruled, with_vpc


def test_the_first_line_marks_the_comment_for_its_next_update() -> None:
    """One comment an environment, however often it runs."""
    assert to_markdown(PLAN).startswith("<!-- aidc plan dev -->\n## ✅ `dev`: fine\n")


def test_a_violation_is_in_the_title_and_in_the_table() -> None:
    """A reviewer may read no further."""
    text = to_markdown(ruled(Verdict.VIOLATION))

    assert "## ❌ `dev`: 1 mandatory violation\n" in text
    assert "| ❌ | `default-sg-closed` | `dev-default` | it is open |\n\n1 rules on 1 resources" in text


def test_what_a_setting_holds_breaks_no_table_and_calls_nobody() -> None:
    """Markdown, HTML and mentions are made harmless."""
    text = to_markdown(ruled(Verdict.VIOLATION, message="a | b <script> `c`\n@team"))

    assert "a \\| b &lt;script> 'c' @\u200bteam |" in text


def test_changes_are_told_by_property() -> None:
    """Before and after, side by side."""
    text = to_markdown(PLAN, compared("origin/main", PLAN, with_vpc(cidrBlock="10.9.0.0/16", tags={"owner": "us"})))

    assert "### Against `origin/main`" in text
    assert "| `dev-vpc` | ec2 Vpc | `cidrBlock` | `10.1.0.0/16` | `10.9.0.0/16` |" in text


def test_what_has_no_known_price_is_told_beside_the_sum() -> None:
    """And the budget that is exceeded."""
    lines = (*PLAN.cost.lines, CostLine("dev", "dev-0", "p9.metal, spot", Decimal(4), None, "not known"))
    text = to_markdown(replace(PLAN, cost=Cost(lines, Decimal(30))))

    assert "**not counted: 4 x p9.metal, spot (price not known)**" in text
    assert "## ❌ `dev`: the budget is exceeded" in text


def test_tables_have_no_blank_line_in_them_and_headings_one_before() -> None:
    """Or GitHub shows the bars."""
    text = to_markdown(ruled(Verdict.VIOLATION), compared("main", PLAN, with_vpc(cidrBlock="x")))
    lines = text.splitlines()

    assert "\n\n\n" not in text
    assert [lines[i - 1] for i, line in enumerate(lines) if line.startswith("### ")] == [""] * text.count("\n### ")
    for index, line in enumerate(lines[1:-1], start=1):
        assert line or not (lines[index - 1].startswith("|") and lines[index + 1].startswith("|"))


def test_a_comment_that_github_would_refuse_is_cut_and_says_so() -> None:
    """It takes 65,536 characters."""
    many = with_vpc(**{f"property{index}": "x" * 100 for index in range(1000)})
    text = to_markdown(PLAN, compared("main", PLAN, many))

    assert len(text) < MOST_CHARACTERS + 200
    assert text.endswith("shows the whole of it.**\n")
