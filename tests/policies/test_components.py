"""The components of docs/components.md, all of them in one program, are as the rules want them."""

from playbooks.plan.policies import stack_of
from policies.rules import AREAS
from policies.verdicts import Verdict, rulings
from tests.components.conftest import Declare, declare
from tests.components.test_examples import declared
from tests.policies.documents import TODAY, settings

__all__ = ("declare",)

# Its examples are tagged with an owner only, and their fleet is bought on demand.
SHORT_ON_THE_PAGE = {"tags-required", "p-types-need-reservation"}


def test_the_components_break_no_rule(declare: Declare) -> None:
    """Whatever a rule finds on them is a fault of the component, or of the rule."""
    found = rulings(AREAS, stack_of(declared(declare), "dev"), settings(), TODAY)
    wrong = [each for each in found if each.verdict is not Verdict.PASS and each.rule not in SHORT_ON_THE_PAGE]

    assert wrong == []
    assert {"backup-covers-all-stateful", "eks-logs", "fsx-customer-key"} <= {each.rule for each in found}
