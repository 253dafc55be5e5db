"""What people run: the `aidc` command."""
