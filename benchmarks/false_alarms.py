"""Healthy runs of the smoke gate, one after the other: does it ever blame a machine that is well?

`python benchmarks/false_alarms.py 20` in the project's folder, with the sandbox up and every node of it well. Prints
the verdict and the seconds of each run and exits with 1 where one of them needs an action.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

ALARMS = ("FAIL", "ERROR", "INCONCLUSIVE")
REPORT = Path("reports")


def main() -> int:
    """Run the gate so many times, and count the runs that were no PASS."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=int, metavar="N")
    parser.add_argument("--environment", default="sandbox")
    options = parser.parse_args()
    seconds, alarms = [], 0
    for number in range(1, options.runs + 1):
        run = _run(options.environment)
        found = [finding for finding in run["findings"] if finding["verdict"] in ALARMS]
        alarms += bool(found)
        seconds.append(run["seconds"])
        print(f"{number:3} {'ALARM' if found else 'PASS ':5} {run['seconds']:6.1f} s  {run['run']}", flush=True)
        for finding in found:
            nodes = ", ".join(finding["nodes"])
            print(f"      {finding['verdict']} {finding['check']} on {nodes}: {finding['reason']}", flush=True)
    print(f"{alarms} of {options.runs} runs raised an alarm; median {statistics.median(seconds):.1f} s a run")
    return 1 if alarms else 0


def _run(environment: str) -> dict[str, Any]:
    """What the report of one run says; ends the program where there is none."""
    report = REPORT / environment / "report.json"
    before = _name(report)
    aidc = shutil.which("aidc") or str(Path(sys.executable).with_name("aidc"))
    done = subprocess.run([aidc, "smoke", environment], capture_output=True, text=True, check=False)
    if not report.exists() or _name(report) == before:
        sys.exit(f"`aidc smoke {environment}` made no report and exited with {done.returncode}: {done.stderr.strip()}")
    run: dict[str, Any] = json.loads(report.read_text())["run"]
    return run


def _name(report: Path) -> str:
    return json.loads(report.read_text())["run"]["run"] if report.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
