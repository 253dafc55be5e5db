"""Backups, and what they must cover."""
