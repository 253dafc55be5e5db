"""Every rule, in the order of the areas."""

from policies import fabric
from policies.rule import Rule
from policies.waivers import waiver_rule

AREAS: tuple[Rule, ...] = (*fabric.RULES,)
RULES: tuple[Rule, ...] = (*AREAS, waiver_rule(AREAS))
