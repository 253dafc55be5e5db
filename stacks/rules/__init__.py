"""What must hold between several settings, an area a file."""

from stacks.rules import access, fleets, network, storage
from stacks.rules.rule import Refusal, Rule

__all__ = ("RULES", "Refusal", "Rule")

RULES = (*network.RULES, *fleets.RULES, *storage.RULES, *access.RULES)
