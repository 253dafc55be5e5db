"""What the smoke gate asks of the machines, one check a file, in the order in which they run."""

from collections.abc import Mapping

from playbooks.checks import examination
from playbooks.checks.check import Check
from playbooks.checks.data import bucket, lustre_throughput, scratch
from playbooks.checks.fabric import collectives, fault_isolation, in_node
from playbooks.checks.gpu import dcgm, fixed_computation, gemm, host_device_bandwidth, memory_bandwidth
from playbooks.checks.node import NODE_CHECKS, efa_counters, gpu_errors
from playbooks.checks.training import training_step

CHECKS: tuple[Check, ...] = (
    examination.CHECK,
    dcgm.CHECK,
    gemm.CHECK,
    memory_bandwidth.CHECK,
    host_device_bandwidth.CHECK,
    fixed_computation.CHECK,
    scratch.CHECK,
    bucket.CHECK,
    lustre_throughput.CHECK,
    in_node.CHECK,
    collectives.CHECK,
    training_step.CHECK,
)
LAST_CHECKS: tuple[Check, ...] = (gpu_errors.CHECK, efa_counters.CHECK)  # of what all that was run has left behind
TITLES: Mapping[str, str] = {
    examination.NAME: examination.CHECK.title,
    **{check.name: check.title for check in NODE_CHECKS},
    **{check.name: check.title for check in (*CHECKS, *LAST_CHECKS)},
    **collectives.TITLES,
    fault_isolation.NAME: fault_isolation.TITLE,
    scratch.SPEED: scratch.SPEED_TITLE,
    bucket.SPEED: bucket.SPEED_TITLE,
}
