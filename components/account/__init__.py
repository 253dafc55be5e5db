"""What belongs to the account: keys, names of things, money."""
