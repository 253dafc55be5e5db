"""How long the commands take on the sandbox, and an evaluation against the SDK's own mock path in the same run.

Usage: python benchmarks/commands.py [ROUNDS]   (from the project's folder, no sandbox running)
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pulumi
from pulumi.runtime import mocks

from playbooks.plan.evaluate import evaluate
from playbooks.plan.made_up import outputs
from stacks.datacenter import declare
from stacks.environment import Environment, load

AIDC = Path(sys.executable).with_name("aidc")
PROJECT = Path(__file__).parents[1]
Command = tuple[list[str | Path], float | None]  # the words, and what is aimed at, s

COMMANDS: dict[str, Command] = {
    "python -c pass": ([sys.executable, "-c", "pass"], None),
    "aidc --help": ([AIDC, "--help"], 0.3),
    "aidc plan sandbox": ([AIDC, "plan", "sandbox"], 2.0),
    "aidc plan prod": ([AIDC, "plan", "prod"], 2.0),
}
SANDBOX: dict[str, Command] = {
    "aidc up sandbox --no-smoke": ([AIDC, "up", "sandbox", "--no-smoke"], 15.0),
    "the same again, nothing to do": ([AIDC, "up", "sandbox", "--no-smoke"], None),
    "aidc smoke sandbox": ([AIDC, "smoke", "sandbox"], 60.0),
    "aidc down sandbox": ([AIDC, "down", "sandbox"], None),
}


class SdkMocks(mocks.Mocks):
    """The SDK's own way to run a program without an engine, given the same outputs as an evaluation."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, object]]:
        """Answer for the cloud."""
        made = outputs(args.typ, args.name, args.inputs) if args.custom else {}
        return f"{args.name}-id", {**args.inputs, **made}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, object], None]:
        """Nothing asks."""
        raise NotImplementedError(args.token)


def sdk_evaluation(environment: Environment) -> None:
    """The environment's program on the SDK's mock monitor, untouched."""
    mocks.set_mocks(SdkMocks(), project="ai-datacenter", stack=environment.name, preview=False)
    pulumi.runtime.set_all_config(dict(environment.config))
    mocks.test(lambda: declare(environment.settings) and None)()  # type: ignore[no-untyped-call]


def seconds(action: Callable[[], object]) -> float:
    """Wall time of one call."""
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def cpu_seconds(action: Callable[[], object]) -> float:
    """CPU time of one call; wall time varies with what else the machine does."""
    begin = time.process_time()
    action()
    return time.process_time() - begin


def command(words: list[str | Path]) -> None:
    """Run a command of the toolkit; it must succeed."""
    subprocess.run(words, cwd=PROJECT, check=True, capture_output=True)


def first_evaluation(way: str) -> None:
    """Print the CPU seconds of this process's first evaluation of prod, and its resources."""
    environment = load(PROJECT, "prod")
    action = {"ours": lambda: evaluate(environment), "sdk": lambda: sdk_evaluation(environment)}[way]
    taken = cpu_seconds(action)
    print(taken, len(evaluate(environment)))


def evaluations(rounds: int) -> None:
    """Both ways in turn, each in a process of its own, as a command evaluates once."""
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(rounds):
        for way, taken in (("ours", ours), ("sdk", theirs)):
            words = [sys.executable, __file__, way]
            answer = subprocess.run(words, cwd=PROJECT, check=True, capture_output=True, text=True).stdout.split()
            taken.append(1000 * float(answer[0]) / int(answer[1]))
    ratios = [sdk / own for sdk, own in zip(theirs, ours, strict=True)]
    print("\n| evaluating prod for the first time in a process | CPU ms a resource |\n|---|---|")
    print(f"| evaluate | {statistics.median(ours):.2f} |")
    print(f"| the SDK's mock monitor | {statistics.median(theirs):.2f} |")
    print(f"| ratio, median of pairs | {statistics.median(ratios):.2f} |")


def main(rounds: int) -> None:
    """Print the tables."""
    print("| command | median s | goal s |\n|---|---|---|")
    for name, (words, goal) in COMMANDS.items():
        found = statistics.median(seconds(partial(command, words)) for _ in range(rounds))
        print(f"| {name} | {found:.2f} | {goal or ''} |")
    found_by_name: dict[str, list[float]] = {name: [] for name in SANDBOX}
    for _ in range(rounds):
        for name, (words, _goal) in SANDBOX.items():
            found_by_name[name].append(seconds(partial(command, words)))
    for name, (_words, goal) in SANDBOX.items():
        print(f"| {name} | {statistics.median(found_by_name[name]):.2f} | {goal or ''} |")
    evaluations(rounds)


if __name__ == "__main__":
    if sys.argv[1:] in (["ours"], ["sdk"]):
        first_evaluation(sys.argv[1])
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
