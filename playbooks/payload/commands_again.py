"""Runs commands of the node that ran when the smoke gate began, and tells what they printed then and now."""

import argparse
import json
import socket

import baseline  # type: ignore[import-not-found]  # lies beside this file
import commands  # type: ignore[import-not-found]  # the same
from ending import answer  # type: ignore[import-not-found]  # the same

KEPT = "commands_again"
Outputs = dict[str, object]


def keep(outputs: Outputs) -> None:
    """Keep how the commands ended, for a later run to compare with."""
    baseline.keep(KEPT, outputs)


def kept() -> Outputs:
    """What was kept; nothing where nobody did."""
    found: Outputs = baseline.kept(KEPT) or {}
    return found


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--commands", required=True, type=json.loads, help="words of each by name, as JSON")
    arguments.add_argument("--seconds", default=60.0, type=float, help="for all commands together")
    options = arguments.parse_args()
    before = {name: ended for name, ended in kept().items() if name in options.commands}
    after = commands.run_all(options.commands, options.seconds)
    answer({"hostname": socket.gethostname(), "before": before, "after": after})
