"""A folder for the PYTHONPATH of a node whose clock is wrong."""
