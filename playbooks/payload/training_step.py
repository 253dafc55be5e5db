"""Trains a model on all ranks with DistributedDataParallel: does it learn, and do all ranks end up the same?

And does a model that was saved and read back go on as the one that was not?
"""

import argparse
import ctypes
import hashlib
import math
import os
import shutil
import statistics
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import ranks  # type: ignore[import-not-found]  # lies beside this file
import rendezvous  # type: ignore[import-not-found]  # the same
import transformer  # type: ignore[import-not-found]  # the same
from ending import Status, answer, fail  # type: ignore[import-not-found]  # the same

torch = ranks.torch
dist = ranks.dist
Model = Any  # torch is imported by name, so its types are not read
Optimizer = Any
Tensor = Any

# Found on CPUs: in 60 steps the loss falls to 0.08 of the first at a width of 64 and to 0.06 at 128, in 40 steps to
# 0.06 at 512, in 30 to 0.09 at 1,024; at twice the rate it first rises there, the more the wider.
RATE_TIMES_WIDTH = 0.05
WARM_UP = 5
RESUMED_STEPS = 3
CURVE_POINTS = 60
BF16_CAPABILITY = (8, 0)  # Ampere, the first with matrix units for bf16
SAVED_BYTES_PER_PARAMETER = 12  # float32, with both moments of AdamW
SPARE_BYTES = 1 << 28
# Of all ranks, for the slowest disk to write 9.7 GB, and to read it: 40 MB/s. The other ranks wait in a collective, so
# its patience is longer; all of it lies within the check's 900 s.
CHECKPOINT = timedelta(seconds=240)
PATIENCE = timedelta(seconds=300)


class Training:
    """A model that is trained on one rank together with all others."""

    def __init__(self, rank: ranks.Rank, plain: Model, data: transformer.Data, bf16: bool) -> None:
        self.plain, self.data, self.bf16, self.rank = plain, data, bf16, rank
        self.wrap()
        width = plain[0].out_features
        self.optimizer = torch.optim.AdamW(plain.parameters(), lr=RATE_TIMES_WIDTH / width)

    def wrap(self) -> None:
        """Lay out the gradients for the all-reduce afresh: their places decide in which order ranks are added up."""
        self.parallel = torch.nn.parallel.DistributedDataParallel(self.plain, gradient_as_bucket_view=True)

    def step(self) -> Tensor:
        """Train on one batch; its loss on this rank."""
        inputs, targets = self.data.draw()
        with torch.autocast(self.rank.device.type, torch.bfloat16, enabled=self.bf16):
            outputs = self.parallel(inputs)
        loss = torch.nn.functional.mse_loss(outputs.float(), targets)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def timed_step(self) -> tuple[Tensor, float]:
        """The same, with the seconds that it took."""
        begun = _now(self.rank)
        loss = self.step()
        return loss, _now(self.rank) - begun


def main(rank: ranks.Rank, options: argparse.Namespace) -> dict[str, object]:
    """The work of one rank."""
    size, kind = transformer.size(rank.device), rank.device.type
    bf16 = kind == "cuda" and torch.cuda.get_device_capability(rank.device) >= BF16_CAPABILITY
    data, plain = transformer.Data(rank, size), transformer.model(size, rank.device)
    with torch.autocast(kind, torch.bfloat16, enabled=bf16):
        counted = transformer.flops(plain, data.draw()[0])
    with ranks.within(ranks.HOST, "the first step"):
        training = Training(rank, plain, data, bf16)
        trained = [training.timed_step()]
    trained += [training.timed_step() for _ in range(options.steps - 1)]
    losses = [loss for loss, _ in trained]
    facts = {
        "losses": _curve(_averaged(losses)),
        "non_finite_losses": sum(not math.isfinite(loss) for loss in torch.stack(losses).tolist()),
        "checksum": checksum(plain),
        "step_seconds": statistics.median(seconds for _, seconds in trained[WARM_UP:]),
        "samples_per_step": size.batch * size.sequence,
        "flops_per_step": counted,
        "gradient_bytes": sum(each.numel() * each.element_size() for each in plain.parameters()),
        "precision": "bfloat16" if bf16 else "float32",
    }
    del plain, trained
    return {**facts, **resumed(training, _file(options), size)}


def resumed(training: Training, file: str, size: transformer.Size) -> dict[str, object]:
    """What a checkpoint is worth: some losses after it, and the same from a fresh model that read it.

    The first rank of each node writes it, all ranks of the node read it.
    """
    rank, place = training.rank, training.data.generator.get_state()
    folder = os.path.dirname(file)  # noqa: PTH120 - it is text
    if rank.local == 0:
        with ranks.within(CHECKPOINT, f"writing the checkpoint to {folder}", Status.SCRATCH_SLOW):
            _save(training, file)
    dist.barrier()
    training.wrap()  # as the fresh model will be
    went_on = torch.stack([training.step() for _ in range(RESUMED_STEPS)]).tolist()
    data, bf16 = training.data, training.bf16
    del training.parallel, training.optimizer, training.plain  # two of them may not fit
    fresh = transformer.model(size, rank.device)
    with ranks.within(CHECKPOINT, f"reading the checkpoint from {folder}", Status.SCRATCH_SLOW):
        saved = torch.load(file, map_location=rank.device, weights_only=True)
    dist.barrier()
    fresh.load_state_dict(saved["model"])
    restored = checksum(fresh)  # before DistributedDataParallel copies the first rank's parameters to all
    again = Training(rank, fresh, data, bf16)
    again.optimizer.load_state_dict(saved["optimizer"])
    data.generator.set_state(place)
    found = torch.stack([again.step() for _ in range(RESUMED_STEPS)]).tolist()
    return {"restored_checksum": restored, "went_on": _told(went_on), "resumed": _told(found)}


def checksum(trained: Model) -> str:
    """SHA-256 of the bytes of all parameters, in the model's order."""
    digest = hashlib.sha256()
    for parameter in trained.parameters():
        tensor = parameter.detach().cpu().contiguous()
        digest.update(ctypes.string_at(tensor.data_ptr(), tensor.numel() * tensor.element_size()))
    return digest.hexdigest()


def _file(options: argparse.Namespace) -> str:
    """The node's own; nodes of a sandbox share their host's disk."""
    return os.path.join(options.scratch, f".aidc-training-step-{options.port}-{options.node}.pt")  # noqa: PTH118


def _save(training: Training, file: str) -> None:
    needed = SAVED_BYTES_PER_PARAMETER * sum(each.numel() for each in training.plain.parameters()) + SPARE_BYTES
    folder = os.path.dirname(file)  # noqa: PTH120 - it is text
    try:
        free = shutil.disk_usage(folder).free
        if free < needed:
            fail(Status.DISK_FULL, f"{folder} has {free >> 20} MiB free; the checkpoint needs {needed >> 20} MiB")
        torch.save({"model": training.plain.state_dict(), "optimizer": training.optimizer.state_dict()}, file)
    except OSError as error:
        fail(Status.SCRATCH_REFUSED, f"cannot write the checkpoint to {folder}: {error.strerror}")


def _averaged(losses: list[Tensor]) -> list[object]:
    """The losses of all ranks, averaged step by step; None where one is not finite."""
    together = torch.stack(losses).double()
    dist.all_reduce(together)
    return _told((together / dist.get_world_size()).tolist())


def _told(losses: list[float]) -> list[object]:
    return [loss if math.isfinite(loss) else None for loss in losses]


def _curve(losses: list[object]) -> list[list[object]]:
    """Pairs of step and loss, the first and the last among them, as many as a plot can show."""
    steps = range(0, len(losses), max(1, len(losses) // CURVE_POINTS))
    return [[step, losses[step]] for step in sorted({*steps, len(losses) - 1})]


def _now(rank: ranks.Rank) -> float:
    """The clock once the device has done all that it was asked."""
    if rank.device.type == "cuda":
        torch.cuda.synchronize(rank.device)
    return time.perf_counter()


def parser() -> argparse.ArgumentParser:
    """The arguments of this program."""
    arguments: argparse.ArgumentParser = ranks.parser(__doc__)
    arguments.add_argument("--steps", required=True, type=int, help=f"more than {WARM_UP}, which are not timed")
    arguments.add_argument("--scratch", required=True, type=os.path.expanduser, help="folder for a checkpoint")
    arguments.set_defaults(patience=PATIENCE)
    return arguments


def run(options: argparse.Namespace) -> dict[str, object]:
    """This node's part of the answer; its checkpoint is gone afterwards, also where a rank was ended."""
    with rendezvous.LEFT as left:
        left.callback(_forget, options)
        return dict(ranks.run(main, options))


def _forget(options: argparse.Namespace) -> None:
    with suppress(OSError):  # where it could not be written there is none
        Path(_file(options)).unlink()  # by the port on which the ranks have met, also where any was asked for


if __name__ == "__main__":
    answer(run(parser().parse_args()))
