"""Collectives over the nodes of a fleet, and what moved their bytes."""
