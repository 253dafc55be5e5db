"""An all-reduce over the GPUs of this node: by nccl-tests where the image has it, else by torch."""

import argparse
import importlib

import nccl_tests  # type: ignore[import-not-found]  # lies beside this file
from ending import answer  # type: ignore[import-not-found]  # the same

PROGRAM = "all_reduce_perf"
SECONDS = 240.0  # torch gets as long after it


def by_nccl_tests(largest_bytes: int) -> dict[str, object]:
    """What nccl-tests told, or in `not_used` why nothing comes of it."""
    program, count = nccl_tests.find(PROGRAM), nccl_tests.gpus()
    if program is None:
        return {"nccl_tests": None, "not_used": f"the image has no {PROGRAM}"}
    if count < 2:  # noqa: PLR2004 - one has nobody to sum with
        return {"nccl_tests": None, "not_used": f"{PROGRAM} has {count} GPUs to run on"}
    told = nccl_tests.run(program, largest_bytes, count, SECONDS)
    if nccl_tests.CONCLUDED in told["stdout"]:
        return {"nccl_tests": told, "not_used": ""}
    *_, last = [""] + [line for line in (told["stdout"] + told["stderr"]).splitlines() if line.strip()]
    return {"nccl_tests": None, "not_used": f"{program} exited with {told['status']}: {last[:200]}"}


def by_torch(words: list[str]) -> dict[str, object]:
    """What the collectives' program answers of this node alone."""
    collectives = importlib.import_module("collectives")  # not before: a node with nccl-tests needs no torch
    options = collectives.parser().parse_args(words)
    return dict(collectives.ranks.run(collectives.main, options))


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--largest", required=True, type=int, help="message, bytes")
    asked, others = arguments.parse_known_args()
    told = by_nccl_tests(asked.largest)
    answer({**told, "torch": None if told["nccl_tests"] else by_torch(others)})
