"""What an environment may be: one file an area, each rule a named value, `RULES` of all areas in `policies.rules`."""
