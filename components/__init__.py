"""What a data centre is made of: one Pulumi component a file, usable without `stacks`."""
