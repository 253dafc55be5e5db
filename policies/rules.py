"""Every rule, in the order of the areas."""

from policies import (
    capacity,
    cluster,
    compute,
    fabric,
    governance,
    identity,
    lustre,
    network,
    placement,
    protection,
    routes,
    storage,
)
from policies.rule import Rule
from policies.waivers import waiver_rule

AREAS: tuple[Rule, ...] = (
    *network.RULES,
    *compute.RULES,
    *identity.RULES,
    *storage.RULES,
    *cluster.RULES,
    *protection.RULES,
    *governance.RULES,
    *fabric.RULES,
    *placement.RULES,
    *capacity.RULES,
    *lustre.RULES,
    *routes.RULES,
)
RULES: tuple[Rule, ...] = (*AREAS, waiver_rule(AREAS))
