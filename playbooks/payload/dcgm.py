"""Runs NVIDIA's own diagnostics (`dcgmi diag`) and brings back what it printed. Needs nothing but Python."""

import argparse

from commands import run  # type: ignore[import-not-found]  # lies beside this file
from ending import answer  # type: ignore[import-not-found]  # the same

if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--level", required=True, type=int, choices=(1, 2, 3, 4))
    arguments.add_argument("--seconds", required=True, type=float, help="for the diagnostics")
    options = arguments.parse_args()
    answer({"level": options.level, "diag": run(["dcgmi", "diag", "-r", str(options.level), "-j"], options.seconds)})
