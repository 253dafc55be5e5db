"""What a sound GPU shows of itself: limits that hold for every model, and those that the catalogue knows."""

from components.catalogue.accelerators import BUILT_LANES, NVLINKS
from components.catalogue.instance_types import known
from playbooks.findings import Bound, Threshold

MEMORY_TOLERANCE = 0.1  # nvidia-smi shows what ECC and the driver leave: 15,360 of a T4's 16,384 MiB
NO_MEMORY_FAULTS = Threshold(
    Bound.AT_MOST,
    0,
    "a sound GPU has no uncorrected ECC error since its driver was loaded, and no row to remap or that could not be",
)
NO_HARDWARE_XIDS = Threshold(
    Bound.AT_MOST, 0, "a sound GPU reports no hardware fault; NVIDIA's Xid catalogue says which"
)
NO_SLOW_LINKS = Threshold(
    Bound.AT_MOST,
    0,
    "nvidia-smi's own maximum, or the lanes that are wired where these are fewer, where another GPU of the type in the"
    " fleet reaches more",
)
NO_SLOWDOWNS = Threshold(Bound.AT_MOST, 0, "a GPU that does nothing is neither too hot nor short of power")
SLOWED_PART = 0.1  # of the readings under load; one is of an instant, and a change of clocks may show in it
NO_SLOWDOWNS_UNDER_LOAD = Threshold(
    Bound.AT_MOST,
    0,
    f"heat and power hold a sound GPU back in one reading under load or {100 * SLOWED_PART:.0f} % of them at the most",
)
NO_NVLINK_FAULTS = Threshold(Bound.AT_MOST, 0, "every NVLink of the GPU, by NVIDIA's data sheet, at one rate")
NO_FAILED_TESTS = Threshold(Bound.AT_MOST, 0, "DCGM's own tests and limits")


def nvlinks(instance_type_name: str) -> int:
    """NVLinks of each GPU; 0 where the type has none, or a single GPU, or is not known."""
    found = known(instance_type_name)
    return NVLINKS.get(found.accelerator, 0) if found and found.accelerators > 1 else 0


def built_lanes(instance_type_name: str) -> int | None:
    """Lanes of PCIe of each GPU, where these are known to be fewer than nvidia-smi's maximum; None otherwise."""
    found = known(instance_type_name)
    return BUILT_LANES.get(found.accelerator) if found else None
