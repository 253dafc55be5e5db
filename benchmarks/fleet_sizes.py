"""The smoke gate on 4, 16 and 64 nodes whose programs take a second each: what is left is the gate's own time.

`python benchmarks/fleet_sizes.py [ROUNDS]`. A sandbox's nodes share this machine's processors, so that sixteen of them
would compute four times as long as four; these only wait, as a program on a machine of its own would let us wait.
Everything else is the real thing: `aidc smoke`, its SSH hosts, uploads, jobs and reports.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

PROJECT = Path(__file__).parents[1]
AIDC = Path(sys.executable).with_name("aidc")
CONFIG = Path("stacks") / "config" / "Pulumi.sandbox.yaml"
SIZES = (4, 16, 64)
PROGRAM_SECONDS = 1.0
# It finds a free port as the real one and answers nothing else: the gate goes through every step and tells errors.
PYTHON = """\
#!/bin/sh
[ "$1" = -c ] && exec {python} "$@"
sleep {seconds}
"""


def main(rounds: int) -> None:
    """Print the table."""
    found: dict[int, list[tuple[float, float]]] = {size: [] for size in SIZES}
    for _ in range(rounds):
        for size in SIZES:
            with _sandbox(size) as folder:
                found[size].append(_gate(folder))
    print(
        f"| nodes | smoke, s | of it the programs | the gate's own | {rounds} rounds, medians |\n|---|---|---|---|---|"
    )
    first = statistics.median(own for _, own in found[SIZES[0]])
    for size, figures in found.items():
        whole = statistics.median(seconds for seconds, _ in figures)
        own = statistics.median(own for _, own in figures)
        print(f"| {size} | {whole:.1f} | {whole - own:.1f} | {own:.1f} | {own / first:.1f} times that of {SIZES[0]} |")


def _gate(folder: Path) -> tuple[float, float]:
    """Seconds of a whole gate, and what its programs do not account for."""
    done = subprocess.run([AIDC, "smoke", "sandbox"], cwd=folder, capture_output=True, text=True, check=False)
    report = folder / "reports" / "sandbox" / "report.json"
    if not report.exists():
        sys.exit(f"`aidc smoke sandbox` made no report and exited with {done.returncode}: {done.stderr}")
    run: Mapping[str, Any] = json.loads(report.read_text())["run"]
    steps = [step for step in run["took"] if step["check"] != "reachable"]  # which runs none of them
    return run["seconds"], run["seconds"] - PROGRAM_SECONDS * len(steps)


@contextmanager
def _sandbox(nodes: int) -> Iterator[Path]:
    """A project whose sandbox has so many nodes that wait instead of computing; gone afterwards."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / CONFIG).parent.mkdir(parents=True)
        shutil.copy(PROJECT / "Pulumi.yaml", folder)
        python = folder / "python"
        python.write_text(PYTHON.format(python=sys.executable, seconds=PROGRAM_SECONDS))
        python.chmod(0o755)
        yaml = YAML()
        document = yaml.load(PROJECT / CONFIG)
        config = document["config"]
        config["ai-datacenter:fleets"]["workers"] |= {"nodes": nodes, "python": str(python)}
        config["ai-datacenter:smoke"]["faultIsolation"] = "never"
        config["ai-datacenter:network"]["cidr"] = "127.43.0.0/16"
        yaml.dump(document, folder / CONFIG)
        subprocess.run([AIDC, "up", "sandbox", "--no-smoke"], cwd=folder, check=True, capture_output=True)
        try:
            yield folder
        finally:
            subprocess.run([AIDC, "down", "sandbox"], cwd=folder, check=True, capture_output=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
