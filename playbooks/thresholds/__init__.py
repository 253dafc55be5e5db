"""What the figures of the smoke gate must reach, and where each number comes from."""

from components.catalogue.instance_types import UnknownInstanceTypeError, instance_type
from playbooks.findings import Bound, Threshold
from stacks.settings import Smoke

NO_WRONG_ELEMENTS = Threshold(
    Bound.AT_MOST, 0, "integers that float32 represents exactly, so every sum has one right value"
)
NO_DIFFERENT_BYTES = Threshold(Bound.AT_MOST, 0, "what was written must come back")
NO_DIFFERENT_CHECKSUMS = Threshold(
    Bound.AT_MOST, 1, "DistributedDataParallel applies the same gradients on every rank, so parameters stay bit-equal"
)
NO_NON_FINITE_LOSSES = Threshold(Bound.AT_MOST, 0, "the model and its data are known to give finite losses")
ONE_OF_EACH_VERSION = Threshold(Bound.AT_MOST, 1, "a fleet starts from one image")

NOT_GPUS = ("Inferentia", "Trainium")  # accelerators that nvidia-smi does not show


def clock_offset(smoke: Smoke) -> Threshold:
    """Seconds that the clocks of two nodes of a fleet may lie apart."""
    return Threshold(Bound.AT_MOST, smoke.clock_offset_seconds, "smoke.clockOffsetSeconds of the settings")


def loss_fraction(smoke: Smoke) -> Threshold:
    """What the last loss may be of the first."""
    return Threshold(Bound.AT_MOST, smoke.training.loss_fraction, "smoke.training.lossFraction of the settings")


def bus_bandwidth(smoke: Smoke) -> Threshold | None:
    """GB/s that the all-reduce must reach at its largest message; None where the settings name none."""
    minimum = smoke.all_reduce.minimum_bus_bandwidth_gb_per_second
    if minimum is None:
        return None
    return Threshold(Bound.AT_LEAST, minimum, "smoke.allReduce.minimumBusBandwidthGbPerSecond of the settings")


def gpus(instance_type_name: str) -> Threshold | None:
    """GPUs that a node must show; None where the catalogue does not know the type."""
    try:
        found = instance_type(instance_type_name)
    except UnknownInstanceTypeError:
        return None
    expected = 0 if found.accelerator.startswith(NOT_GPUS) else found.accelerators
    return Threshold(Bound.AT_LEAST, expected, f"{instance_type_name} in the catalogue of instance types")
