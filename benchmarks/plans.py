"""Plans and their policies against `pulumi preview --policy-pack` and against checkov, on environments as they are.

`python -m benchmarks.plans --checkov <virtual environment with benchmarks/requirements-checkov.txt>`, in the project's
folder. Times are of whole processes, from start to exit. The preview needs `pulumi` and its plugins on PATH; with a
provider that only stands in for AWS, its time is a lower bound.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path

from benchmarks import checkov
from benchmarks.findings import PROJECT, TODAY, Recorded, record, side_by_side
from playbooks.plan.graph import Graph, Resource
from playbooks.plan.made_up import ACCOUNT
from playbooks.plan.policies import judged
from policies.pack import RULINGS
from policies.rules import RULES
from stacks.environment import load, names

AIDC = Path(sys.executable).with_name("aidc")
LARGE = "research"  # 128 nodes
ENGINE = ("pulumi", "pulumi-language-python", "pulumi-resource-aws", "pulumi-resource-kubernetes")
GOALS = {"preview": 3.0, "checkov": 1.0}  # how many times slower than ours, at least


def main() -> None:
    """Print the tables; the exit status is 1 where a goal is missed or a finding is unexplained."""
    options = _options()
    if options.verdicts:
        _print_verdicts(options.verdicts)
        return
    with tempfile.TemporaryDirectory() as folder:
        recorded = {name: record(name) for name in names(PROJECT)}
        fine = _times(options, Path(folder), recorded[LARGE])
        fine &= side_by_side(options.checkov, Path(folder), recorded)
    sys.exit(not fine)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--checkov", type=Path, help="virtual environment of checkov")
    parser.add_argument("--verdicts", type=Path, metavar="FILE", help=argparse.SUPPRESS)
    return parser.parse_args()


def _times(options: argparse.Namespace, folder: Path, recorded: Recorded) -> bool:
    """Measure whole processes in turn, round by round; whether the goals are met."""
    resources = folder / "resources.json"
    resources.write_text(json.dumps([asdict(each) for each in recorded.declared.graph]))
    verdicts: list[str | Path] = [sys.executable, "-m", "benchmarks.plans", "--verdicts", resources]
    ways: dict[str, Callable[[], object]] = {
        "plan": partial(_run, [AIDC, "plan", LARGE]),
        "verdicts": partial(_run, verdicts),
        **_peers(options.checkov, folder, recorded),
    }
    rounds = [{way: _seconds(action) for way, action in ways.items()} for _ in range(options.rounds)]
    count = sum(each.custom for each in recorded.declared.graph)
    print(f"{LARGE}: {count} resources, {options.rounds} rounds, medians\n")
    met = _print_times(rounds)
    inside = statistics.median(float(_run(verdicts)) for _ in rounds)
    plan = statistics.median(each["plan"] for each in rounds)
    print(f"\nOf a plan's {plan:.2f} s the rules take {inside:.2f} s ({inside / plan:.0%}).\n")
    return met


def _peers(environment: Path | None, folder: Path, recorded: Recorded) -> dict[str, Callable[[], object]]:
    """Those that are here to be measured; for the others, what is missing."""
    found: dict[str, Callable[[], object]] = {}
    missing = [name for name in ENGINE if shutil.which(name) is None]
    if missing:
        print(f"`pulumi preview` is left out: not on PATH: {', '.join(missing)}.\n")
    else:
        found["preview"] = _preview(folder / "project")
    if environment:
        checkov.write(folder / "clean" / LARGE, recorded.declared.graph, recorded.answers)
        found["checkov"] = partial(_run, checkov.command(environment, folder / "clean"))
    else:
        print("checkov is left out: name its virtual environment with `--checkov`.\n")
    return found


def _print_times(rounds: list[dict[str, float]]) -> bool:
    """Print a row a way; whether the goals are met."""
    told = {
        "plan": (f"aidc plan {LARGE}", "plan"),
        "preview": ("pulumi preview --policy-pack policies", "plan"),
        "verdicts": ("our verdicts alone, on resources in a file", "verdicts"),
        "checkov": ("checkov, on the same resources in a file", "verdicts"),
    }
    print("| whole process | wall s | lowest-highest | times ours in the same round | goal |\n|---|---|---|---|---|")
    met = True
    for way, (words, ours) in told.items():
        if way not in rounds[0]:
            continue
        taken, ratios = [each[way] for each in rounds], [each[way] / each[ours] for each in rounds]
        ratio, goal = statistics.median(ratios), GOALS.get(way)
        met = met and ratio >= (goal or 0)
        spread = f"{min(taken):.2f}-{max(taken):.2f}"
        aim = f"at least {goal:g}" if goal else ""
        print(f"| {words} | {statistics.median(taken):.2f} | {spread} | {ratio:.2f} | {aim} |")
    return met


def _print_verdicts(file: Path) -> None:
    """Judge the resources in a file, and print the seconds that the rules took in a process that is new to them."""
    graph = Graph(tuple(Resource(**each) for each in json.loads(file.read_text())))
    environment = load(PROJECT, LARGE)
    print(_seconds(lambda: judged(graph, environment, TODAY)))


def _run(words: list[str | Path], folder: Path = PROJECT, **variables: str) -> str:
    """Run a program to its end; what it printed.

    Raises:
        RuntimeError: it failed; with the end of what it said.
    """
    done = subprocess.run(
        words, cwd=folder, env={**os.environ, **variables}, check=False, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise RuntimeError(f"{words[0]} failed: {(done.stdout + done.stderr)[-2000:]}")
    return done.stdout


def _seconds(action: Callable[[], object]) -> float:
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def _preview(folder: Path) -> Callable[[], None]:
    """A preview of nothing but new resources, with a project and a backend of its own; it must judge every rule."""
    for part in ("stacks", "policies"):
        shutil.copytree(PROJECT / part, folder / part)
    shutil.copy(PROJECT / "Pulumi.yaml", folder)
    file = folder / "stacks" / "config" / f"Pulumi.{LARGE}.yaml"
    file.write_text(re.sub(r"(aws:allowedAccountIds:) \[.*?]", rf'\1 ["{ACCOUNT}"]', file.read_text()))
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "state").mkdir()
    variables = {
        "PULUMI_BACKEND_URL": f"file://{folder}/state",
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_CONFIG_PASSPHRASE": "no secrets",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
    _run(["pulumi", "stack", "init", LARGE, "--non-interactive"], folder, **variables)
    words: list[str | Path] = ["pulumi", "preview", "--stack", LARGE, "--policy-pack", "policies", "--non-interactive"]

    def preview() -> None:
        with tempfile.TemporaryDirectory() as rulings:
            _run(words, folder, **variables, **{RULINGS: rulings})
            told = {each.stem for each in Path(rulings).iterdir()}
        if unjudged := {rule.name for rule in RULES} - told:
            raise AssertionError(f"the preview did not judge {', '.join(sorted(unjudged))}")

    return preview


if __name__ == "__main__":
    main()
