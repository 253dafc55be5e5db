"""What Pulumi needs in an account before it can run: a place for its state, a key for its secrets, a role for CI."""
