"""Fleets of instances, and what each of them boots with."""
