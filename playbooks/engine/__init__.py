"""The real Pulumi engine, driven from here: bring an account's environment up, take it down, see what has drifted."""
