"""What each node is asked about itself, one check a file, in the order of the report."""

from playbooks.checks.node import (
    clock,
    disks,
    ecc,
    efa,
    gpus,
    limits,
    lustre,
    names,
    nvlink,
    pcie,
    throttling,
    versions,
    xid,
)
from playbooks.checks.node.check import NodeCheck

NODE_CHECKS: tuple[NodeCheck, ...] = (
    clock.CHECK,
    gpus.CHECK,
    ecc.CHECK,
    xid.CHECK,
    pcie.CHECK,
    throttling.CHECK,
    nvlink.CHECK,
    efa.CHECK,
    limits.CHECK,
    disks.CHECK,
    names.CHECK,
    lustre.CHECK,
    versions.CHECK,
)
