"""What must hold between several settings, an area a file."""

from stacks.rules import access, account, backup, budget, cluster, fleets, network, storage
from stacks.rules.rule import Refusal, Rule

__all__ = ("RULES", "Refusal", "Rule")

RULES = (
    *account.RULES,
    *network.RULES,
    *fleets.RULES,
    *cluster.RULES,
    *storage.RULES,
    *backup.RULES,
    *access.RULES,
    *budget.RULES,
)
