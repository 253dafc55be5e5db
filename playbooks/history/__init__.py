"""What earlier runs of the smoke gate found on each machine, kept from run to run."""
