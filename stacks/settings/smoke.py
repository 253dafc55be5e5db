"""What the smoke gate asks of the machines."""

from enum import StrEnum

from pydantic import Field

from stacks.settings.section import Section
from stacks.values import Name, Number, RemoteFolder, Whole


class AllReduce(Section):
    """The all-reduce over all nodes of a fleet."""

    largest_message_mib: Whole | None = Field(
        None,
        ge=1,
        le=65536,
        description="Largest message, MiB. Left out: the smallest from 1 GiB to 16 GiB at which a public figure judges"
        " such a fleet, 1 GiB where there is none.",
        examples=[16],
    )
    minimum_bus_bandwidth_gb_per_second: Number | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="Bus bandwidth to reach between nodes at the largest message, GB/s (1e9 bytes). Left out: computed"
        " from what was reached in public, and INCONCLUSIVE where nothing was.",
        examples=[300],
    )


class MinimumBusBandwidth(Section):
    """Bus bandwidth to reach at the largest message, GB/s; what is left out comes from what was reached in public."""

    all_gather: Number | None = Field(
        None, gt=0, allow_inf_nan=False, description="Of the all-gather between nodes.", examples=[250]
    )
    reduce_scatter: Number | None = Field(
        None, gt=0, allow_inf_nan=False, description="Of the reduce-scatter between nodes.", examples=[250]
    )
    all_to_all: Number | None = Field(
        None, gt=0, allow_inf_nan=False, description="Of the all-to-all between nodes.", examples=[45]
    )
    broadcast: Number | None = Field(
        None, gt=0, allow_inf_nan=False, description="Of the broadcast between nodes.", examples=[250]
    )
    inside_node: Number | None = Field(
        None, gt=0, allow_inf_nan=False, description="Of the all-reduce over one node's own GPUs.", examples=[440]
    )


class Training(Section):
    """The training step over all nodes of a fleet."""

    steps: Whole = Field(60, ge=10, le=100000, description="Steps to train.", examples=[100])
    loss_fraction: Number = Field(
        0.5, gt=0, lt=1, allow_inf_nan=False, description="The last loss over the first, at most.", examples=[0.5]
    )
    minimum_model_flop_utilisation_percent: Number | None = Field(
        None,
        gt=0,
        le=100,
        allow_inf_nan=False,
        description="What the model's operations must reach of the GPUs' peak in bf16, percent. Left out: computed from"
        " what was reached in public.",
        examples=[45],
    )


class Gpu(Section):
    """What each GPU must reach by itself; what is left out comes from what was reached in public."""

    minimum_gemm_tflop_per_second: Number | None = Field(
        None, gt=0, allow_inf_nan=False, description="Matrix multiplication in bf16, TFLOP/s.", examples=[700]
    )
    minimum_memory_bandwidth_gb_per_second: Number | None = Field(
        None, gt=0, allow_inf_nan=False, description="STREAM's triad in its own memory, GB/s.", examples=[3700]
    )
    minimum_host_device_bandwidth_gb_per_second: Number | None = Field(
        None, gt=0, allow_inf_nan=False, description="To and from the host's pinned memory, GB/s.", examples=[50]
    )


class Storage(Section):
    """Writing and reading back, on the nodes and in the bucket."""

    scratch: RemoteFolder | None = Field(
        None,
        description="Folder of the nodes to write to. Left out: the fleet's `localDisks`, or `~` where it has none.",
        examples=["/opt/dlami/nvme"],
    )
    size_mib: Whole = Field(
        1024,
        ge=1,
        le=1048576,
        description="How much each node writes and reads back, MiB; over and over where that takes less than 10 s.",
        examples=[64],
    )
    minimum_write_gb_per_second: Number | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="What the folder of each node must take, GB/s (1e9 bytes). Left out: what EC2 states of local"
        " disks, and the fleet's own median.",
        examples=[4],
    )
    minimum_read_gb_per_second: Number | None = Field(
        None, gt=0, allow_inf_nan=False, description="What it must give, GB/s; the same.", examples=[8]
    )
    bucket: Name | None = Field(
        None,
        description="One of `buckets`, for the checkpoint; left out, no checkpoint is tried.",
        examples=["checkpoints"],
    )
    checkpoint_mib: Whole = Field(
        1024,
        ge=1,
        le=16384,
        description="Size of each node's checkpoint, MiB; it takes three times as much of the node's memory.",
        examples=[16],
    )
    minimum_put_gb_per_second: Number | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="How fast each node must put its checkpoint into the bucket, GB/s. Left out: the fleet's own"
        " median.",
        examples=[0.5],
    )
    minimum_get_gb_per_second: Number | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="How fast it must get it back, GB/s; the same.",
        examples=[0.5],
    )


class Dcgm(Section):
    """NVIDIA's own diagnostics, `dcgmi diag`, on nodes with GPUs."""

    level: Whole = Field(
        1,
        ge=0,
        le=4,
        description="`dcgmi diag -r`: 1 takes seconds, 2 minutes, 3 half an hour, 4 up to some hours; 0: not run.",
        examples=[2],
    )


class FaultIsolation(StrEnum):
    """When nodes are measured in pairs, to find the one that makes its fleet slow."""

    WHEN_SLOW = "when-slow"
    ALWAYS = "always"
    NEVER = "never"


class Smoke(Section):
    """What the smoke gate asks of the machines."""

    clock_offset_seconds: Number = Field(
        1.0,
        gt=0,
        allow_inf_nan=False,
        description="Furthest that the clocks of two nodes of a fleet may lie apart, seconds.",
        examples=[0.5],
    )
    all_reduce: AllReduce = Field(default_factory=AllReduce, description="The all-reduce over all nodes of a fleet.")
    minimum_bus_bandwidth_gb_per_second: MinimumBusBandwidth = Field(
        default_factory=MinimumBusBandwidth,
        description="What the other collectives must reach; the all-reduce between nodes has its own in `allReduce`.",
    )
    training: Training = Field(default_factory=Training, description="The training step over all nodes of a fleet.")
    storage: Storage = Field(default_factory=Storage, description="Writing and reading back.")
    gpu: Gpu = Field(default_factory=Gpu, description="What each GPU must reach by itself.")
    dcgm: Dcgm = Field(default_factory=Dcgm, description="NVIDIA's own diagnostics on nodes with GPUs.")
    fault_isolation: FaultIsolation = Field(
        FaultIsolation.WHEN_SLOW,
        description="When nodes are measured in pairs, at most four rounds of them: where a collective is slow, cannot"
        " be judged, or fails and no node says why; always; or never.",
        examples=["always"],
    )
