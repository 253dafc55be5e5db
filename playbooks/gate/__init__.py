"""The smoke gate: which programs run on which nodes and when, and what is asked next."""
