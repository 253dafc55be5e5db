"""A folder for the PYTHONPATH of a node whose processor corrupts data."""
