"""All-reduce over every rank of a fleet: each result is checked element by element, then the time is taken."""

import argparse
import time
from typing import Any

import ranks  # type: ignore[import-not-found]  # lies beside this file
from ending import answer  # type: ignore[import-not-found]  # the same

torch = ranks.torch
dist = ranks.dist
Tensor = Any  # torch is imported by name, so its types are not read

ELEMENT_BYTES = 4  # float32
VALUES = 251  # below it lie all values, so that sums over 66,000 ranks stay exact in float32 (2**24)
PERIOD = 1021  # a prime: what was shifted, swapped or repeated by a power of two never looks right
WARM_UP = 3
SMALL_BYTES = 1 << 20
MEMORY_SHARE = {"cuda": 0.5, "cpu": 0.125}  # of what is free; nodes of a sandbox share their host's memory


def pattern(number: int) -> Tensor:
    """What rank `number` contributes at each place of a period; differs by rank and by place."""
    places = torch.arange(PERIOD, dtype=torch.int64)
    return (places * (number % (VALUES - 1) + 1) + number) % VALUES


def total(world: int) -> Tensor:
    """What every rank must hold after the all-reduce, summed here in integers."""
    places = torch.zeros(PERIOD, dtype=torch.int64)
    for number in range(world):
        places += pattern(number)
    return places


def fill(buffer: Tensor, period: Tensor) -> None:
    """Lay a period over the whole buffer, again and again."""
    whole = len(buffer) // PERIOD * PERIOD
    buffer[:whole].view(-1, PERIOD).copy_(period.expand(whole // PERIOD, PERIOD))
    buffer[whole:].copy_(period[: len(buffer) - whole])


def differing(buffer: Tensor, period: Tensor) -> int:
    """How many elements are not what the period says; NaN is not."""
    whole = len(buffer) // PERIOD * PERIOD
    body = torch.count_nonzero(buffer[:whole].view(-1, PERIOD) != period)
    return int(body) + int(torch.count_nonzero(buffer[whole:] != period[: len(buffer) - whole]))


def main(rank: ranks.Rank, options: argparse.Namespace) -> dict[str, object]:
    """The work of one rank: a row a size, with the time of the slowest rank."""
    own = pattern(rank.number).to(rank.device, torch.float32)
    expected = total(rank.world).to(rank.device, torch.float32)
    fits = _fits(rank.device)
    rows = [_measure(size, rank, own, expected) for size in options.sizes if size <= fits]
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


def _measure(size: int, rank: ranks.Rank, own: Tensor, expected: Tensor) -> dict[str, Any]:
    buffer = torch.empty(size // ELEMENT_BYTES, dtype=torch.float32, device=rank.device)
    iterations = 20 if size <= SMALL_BYTES or rank.device.type == "cuda" else 5
    wrong = _checked(buffer, own, expected)
    buffer.zero_()  # sums of zero stay zero, however often
    for _ in range(WARM_UP):
        dist.all_reduce(buffer)
    seconds = _timed(buffer, iterations)
    wrong += _checked(buffer, own, expected)
    return {"bytes": size, "iterations": iterations, "seconds": seconds, "wrong": wrong}


def _checked(buffer: Tensor, own: Tensor, expected: Tensor) -> int:
    fill(buffer, own)
    dist.all_reduce(buffer)
    return differing(buffer, expected)


def _timed(buffer: Tensor, iterations: int) -> float:
    """Seconds of one all-reduce, on this rank."""
    _settle(buffer)
    begun = time.perf_counter()
    for _ in range(iterations):
        dist.all_reduce(buffer)
    if buffer.is_cuda:
        torch.cuda.synchronize(buffer.device)
    return (time.perf_counter() - begun) / iterations


def _settle(buffer: Tensor) -> None:
    dist.barrier()
    if buffer.is_cuda:
        torch.cuda.synchronize(buffer.device)


if __name__ == "__main__":
    arguments = ranks.parser(__doc__)
    arguments.add_argument("--sizes", required=True, type=lambda text: [int(size) for size in text.split(",")])
    answer(ranks.run(main, arguments.parse_args()))
