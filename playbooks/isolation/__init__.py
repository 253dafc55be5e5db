"""Which node is to blame: pairs measured in a few parallel rounds, and what follows from them. Pure."""
