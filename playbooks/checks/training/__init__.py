"""A model that trains on all nodes."""
