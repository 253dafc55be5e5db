"""Collectives over all ranks: each result is checked element by element, then the time is taken."""

import argparse
import os
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import efa_counters  # type: ignore[import-not-found]  # lies beside this file
import ranks  # type: ignore[import-not-found]  # the same
from ending import Status, answer, fail  # type: ignore[import-not-found]  # the same

torch = ranks.torch
dist = ranks.dist
Tensor = Any  # torch is imported by name, so its types are not read

ELEMENT_BYTES = 4  # float32
PACK_BYTES = 16  # NCCL copies by them; a part that begins off one is slow (its common_kernel.h, nccl#413)
VALUES = 251  # below it lie all values, so that sums over 66,000 ranks stay exact in float32 (2**24)
PERIOD = 1021  # a prime: what was shifted, swapped or repeated by a power of two never looks right
SMALL_BYTES = 1 << 20
ROOT = 0  # of the broadcast
MEMORY_SHARE = {"cuda": 0.4, "cpu": 0.06}  # of what is free, for each of two buffers; a sandbox's nodes share theirs


class Collective(NamedTuple):
    """What a collective moves; `divided` where it hands each rank a part of the message.

    `sends` are the numbers of the patterns that rank r of n lays out, part after part, before it; `holds` are those
    that it must find summed in each part after it.
    """

    divided: bool
    sends: Callable[[int, int], list[int]]
    holds: Callable[[int, int], list[list[int]]]
    run: Callable[[Tensor, Tensor], object]


def _own(rank: int, _world: int) -> list[int]:
    return [rank]


def _one_for_each(rank: int, world: int) -> list[int]:
    return [rank * world + other for other in range(world)]


def _all_summed(_rank: int, world: int) -> list[list[int]]:
    return [list(range(world))]


def _mine_summed(rank: int, world: int) -> list[list[int]]:
    return [[other * world + rank for other in range(world)]]


def _one_of_each(_rank: int, world: int) -> list[list[int]]:
    return [[other] for other in range(world)]


def _mine_of_each(rank: int, world: int) -> list[list[int]]:
    return [[other * world + rank] for other in range(world)]


def _the_root_s(_rank: int, _world: int) -> list[list[int]]:
    return [[ROOT]]


COLLECTIVES = {
    "all-reduce": Collective(False, _own, _all_summed, lambda source, _: dist.all_reduce(source)),
    "all-gather": Collective(
        True, _own, _one_of_each, lambda source, result: dist.all_gather_into_tensor(result, source)
    ),
    "reduce-scatter": Collective(
        True, _one_for_each, _mine_summed, lambda source, result: dist.reduce_scatter_tensor(result, source)
    ),
    "all-to-all": Collective(
        True, _one_for_each, _mine_of_each, lambda source, result: dist.all_to_all_single(result, source)
    ),
    "broadcast": Collective(False, _own, _the_root_s, lambda source, _: dist.broadcast(source, ROOT)),
}


def pattern(numbers: Tensor) -> Tensor:
    """What each number stands for at each place of a period; differs by number and by place."""
    column, places = numbers.unsqueeze(-1), torch.arange(PERIOD, dtype=torch.int64)
    return (places * (column % (VALUES - 1) + 1) + column) % VALUES


def periods(sums: list[list[int]]) -> Tensor:
    """A row a part, each the sum of its patterns, made of integers."""
    return torch.stack([pattern(torch.tensor(numbers)).sum(0) for numbers in sums])


def fill(buffer: Tensor, rows: Tensor) -> None:
    """Lay a row's period over its part of the buffer, again and again; the parts are equally long."""
    parts = buffer.view(len(rows), -1)
    whole = parts.shape[1] // PERIOD * PERIOD
    parts[:, :whole].unflatten(1, (-1, PERIOD)).copy_(rows.unsqueeze(1).expand(-1, whole // PERIOD, -1))
    parts[:, whole:].copy_(rows[:, : parts.shape[1] - whole])


def differing(buffer: Tensor, rows: Tensor) -> int:
    """How many elements are not what the periods say; NaN is not."""
    parts = buffer.view(len(rows), -1)
    whole = parts.shape[1] // PERIOD * PERIOD
    body = torch.count_nonzero(parts[:, :whole].unflatten(1, (-1, PERIOD)) != rows.unsqueeze(1))
    return int(body) + int(torch.count_nonzero(parts[:, whole:] != rows[:, : parts.shape[1] - whole]))


def message_sizes(wanted: list[int], world: int, *, divided: bool) -> list[int]:
    """The sizes in bytes, rounded up to what can be divided among the ranks in whole packs, as nccl-tests does."""
    step = PACK_BYTES * world if divided else ELEMENT_BYTES
    return sorted({-(-size // step) * step for size in wanted})


class Buffers(NamedTuple):
    """What a rank sends from and finds its result in, and the patterns of both; one tensor where it works in place."""

    source: Tensor
    result: Tensor
    sent: Tensor
    held: Tensor


def main(rank: ranks.Rank, options: argparse.Namespace) -> dict[str, object]:
    """The work of one rank: a row a collective and size, with the time of the slowest rank."""
    with ranks.within(ranks.HOST, "the first exchange"):
        fits = _fits(rank.device)
    rows = [
        _measure(name, size, rank)
        for name in options.collectives
        for size in message_sizes(options.sizes, rank.world, divided=COLLECTIVES[name].divided)
        if size <= fits
    ]
    seconds = torch.tensor([row["seconds"] for row in rows], dtype=torch.float64, device=rank.device)
    dist.all_reduce(seconds, dist.ReduceOp.MAX)
    return {
        "fits_bytes": fits,
        "rows": [{**row, "seconds": slowest} for row, slowest in zip(rows, seconds.tolist())],  # noqa: B905 - Python 3.9
    }


def _fits(device: ranks.Device) -> int:
    """The largest message that every rank has memory for, in bytes."""
    free = torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else _available_bytes()
    fits = torch.tensor([int(free * MEMORY_SHARE[device.type])], device=device)
    dist.all_reduce(fits, dist.ReduceOp.MIN)
    return int(fits)


def _available_bytes() -> int:
    with open("/proc/meminfo", encoding="ascii") as lines:  # noqa: PTH123 - as short as it gets
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))


def _measure(name: str, size: int, rank: ranks.Rank) -> dict[str, Any]:
    collective = COLLECTIVES[name]
    buffers = _buffers(collective, size, rank)
    warm_up, iterations = (3, 20) if rank.device.type == "cuda" else (1, 10 if size <= SMALL_BYTES else 5)
    with ranks.within(ranks.HOST, f"the first {name} of {size} B"):  # NCCL has other connections for other sizes
        wrong = _checked(collective, buffers)
    buffers.source.zero_()  # sums of zero stay zero, however often
    for _ in range(warm_up):
        collective.run(buffers.source, buffers.result)
    seconds = _timed(collective, buffers, iterations)
    wrong += _checked(collective, buffers)
    return {"collective": name, "bytes": size, "iterations": iterations, "seconds": seconds, "wrong": wrong}


def _buffers(collective: Collective, size: int, rank: ranks.Rank) -> Buffers:
    part = size // ELEMENT_BYTES // (rank.world if collective.divided else 1)
    sends, holds = collective.sends(rank.number, rank.world), collective.holds(rank.number, rank.world)
    source = torch.empty(part * len(sends), dtype=torch.float32, device=rank.device)
    result = torch.empty(part * len(holds), dtype=torch.float32, device=rank.device) if collective.divided else source
    sent, held = periods([[number] for number in sends]), periods(holds)
    return Buffers(source, result, sent.to(source), held.to(source))


def _checked(collective: Collective, buffers: Buffers) -> int:
    buffers.result.fill_(float("nan"))  # what is not written is wrong
    fill(buffers.source, buffers.sent)
    collective.run(buffers.source, buffers.result)
    return differing(buffers.result, buffers.held)


def _timed(collective: Collective, buffers: Buffers, iterations: int) -> float:
    """Seconds of one run, on this rank."""
    dist.barrier()
    _settle(buffers.source)
    begun = time.perf_counter()
    for _ in range(iterations):
        collective.run(buffers.source, buffers.result)
    _settle(buffers.source)
    return (time.perf_counter() - begun) / iterations


def _settle(buffer: Tensor) -> None:
    """Wait until the GPU has done all that it was asked."""
    if buffer.is_cuda:
        torch.cuda.synchronize(buffer.device)


def _only(rail: int) -> None:
    """Leave this node one of its GPUs, and so the network cards that are nearest to it."""
    os.environ["CUDA_VISIBLE_DEVICES"] = str(rail)
    if not torch.cuda.device_count():
        fail(Status.NO_GPU, f"torch finds no GPU {rail} on this node")


def _sent(before: dict[str, dict[str, int]], after: dict[str, dict[str, int]]) -> "int | None":
    """Bytes that all EFA interfaces sent in between; None where there is none."""
    grown = [counters["tx_bytes"] - before[name]["tx_bytes"] for name, counters in after.items() if name in before]
    return sum(grown) if grown else None


def parser() -> argparse.ArgumentParser:
    """The arguments of this program."""
    arguments: argparse.ArgumentParser = ranks.parser(__doc__)
    arguments.add_argument("--sizes", required=True, type=lambda text: [int(size) for size in text.split(",")])
    arguments.add_argument("--collectives", required=True, type=lambda text: text.split(","), help="names, A,B,C")
    arguments.add_argument("--rail", type=int, help="use only this GPU of the node, counted from 0")
    return arguments


if __name__ == "__main__":
    asked = parser().parse_args()
    if asked.rail is not None:
        _only(asked.rail)
    before = efa_counters.read()
    found = ranks.run(main, asked)
    answer({**found, "efa_sent_bytes": _sent(before, efa_counters.read())})
