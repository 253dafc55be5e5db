"""What the figures of the smoke gate must reach, and where each number comes from."""

from collections.abc import Mapping

from components.catalogue.collectives import Collective
from components.catalogue.instance_types import known
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

BETWEEN_NODES: Mapping[Collective, str] = {
    Collective.ALL_REDUCE: "smoke.allReduce.minimumBusBandwidthGbPerSecond",
    Collective.ALL_GATHER: "smoke.minimumBusBandwidthGbPerSecond.allGather",
    Collective.REDUCE_SCATTER: "smoke.minimumBusBandwidthGbPerSecond.reduceScatter",
    Collective.ALL_TO_ALL: "smoke.minimumBusBandwidthGbPerSecond.allToAll",
    Collective.BROADCAST: "smoke.minimumBusBandwidthGbPerSecond.broadcast",
}
INSIDE_NODE = "smoke.minimumBusBandwidthGbPerSecond.insideNode"
NOT_GPUS = ("Inferentia", "Trainium")  # accelerators that nvidia-smi does not show


def clock_offset(smoke: Smoke) -> Threshold:
    """Seconds that the clocks of two nodes of a fleet may lie apart."""
    return Threshold(Bound.AT_MOST, smoke.clock_offset_seconds, "smoke.clockOffsetSeconds of the settings")


def loss_fraction(smoke: Smoke) -> Threshold:
    """What the last loss may be of the first."""
    return Threshold(Bound.AT_MOST, smoke.training.loss_fraction, "smoke.training.lossFraction of the settings")


def bus_bandwidth_setting(collective: Collective, nodes: int) -> str:
    """Where the settings say what a collective over so many nodes must reach; empty where they have no place for it."""
    if nodes == 1:
        return INSIDE_NODE if collective is Collective.ALL_REDUCE else ""
    return BETWEEN_NODES[collective]


def bus_bandwidth(smoke: Smoke, collective: Collective, nodes: int) -> Threshold | None:
    """GB/s that a collective must reach at its largest message; None where the settings name none."""
    others = smoke.minimum_bus_bandwidth_gb_per_second
    told = {
        BETWEEN_NODES[Collective.ALL_REDUCE]: smoke.all_reduce.minimum_bus_bandwidth_gb_per_second,
        BETWEEN_NODES[Collective.ALL_GATHER]: others.all_gather,
        BETWEEN_NODES[Collective.REDUCE_SCATTER]: others.reduce_scatter,
        BETWEEN_NODES[Collective.ALL_TO_ALL]: others.all_to_all,
        BETWEEN_NODES[Collective.BROADCAST]: others.broadcast,
        INSIDE_NODE: others.inside_node,
    }
    setting = bus_bandwidth_setting(collective, nodes)
    minimum = told.get(setting)
    return None if minimum is None else Threshold(Bound.AT_LEAST, minimum, f"{setting} of the settings")


def gpus(instance_type_name: str) -> Threshold | None:
    """GPUs that a node must show; None where the catalogue does not know the type."""
    kind = known(instance_type_name)
    if kind is None:
        return None
    expected = 0 if kind.accelerator.startswith(NOT_GPUS) else kind.accelerators
    return Threshold(Bound.AT_LEAST, expected, f"{instance_type_name} in the catalogue of instance types")
