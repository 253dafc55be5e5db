"""The network that everything stands in, and the ways into it."""
