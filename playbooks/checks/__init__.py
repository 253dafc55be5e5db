"""What the smoke gate asks of the machines, one check a file, in the order in which they run."""

from playbooks.checks import all_reduce, checkpoint, host_facts, storage, training_step
from playbooks.checks.check import Check

CHECKS: tuple[Check, ...] = (
    host_facts.CHECK,
    storage.CHECK,
    checkpoint.CHECK,
    all_reduce.CHECK,
    training_step.CHECK,
)
