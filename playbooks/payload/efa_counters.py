"""Reads the hardware counters of the node's EFA interfaces: first to keep them, later to tell both readings."""

import argparse
import socket
from pathlib import Path

import baseline  # type: ignore[import-not-found]  # lies beside this file
from ending import Status, answer, fail  # type: ignore[import-not-found]  # the same

INTERFACES = Path("/sys/class/infiniband")
KEPT = "efa_counters"
DRIVER = "efa"
Readings = dict[str, dict[str, int]]


def read(interfaces: Path = INTERFACES) -> Readings:
    """Every counter by its name, by interface; other makers' RDMA devices are left out, NVLink's among them."""
    if not interfaces.is_dir():
        return {}
    found = sorted(each for each in interfaces.iterdir() if (each / "device" / "driver").resolve().name == DRIVER)
    return {each.name: _counters(each) for each in found}


def _counters(interface: Path) -> dict[str, int]:
    files = sorted(interface.glob("ports/*/hw_counters/*"))
    return {file.name: int(file.read_text(encoding="ascii")) for file in files}


def main(*, keep: bool) -> None:
    """Keep a reading, and answer with the interfaces' names, or with the one that was kept and with one of now."""
    now = read()
    if keep:
        baseline.keep(KEPT, now)
        answer({"interfaces": list(now)})
        return
    before = baseline.kept(KEPT)
    if before is None:
        fail(Status.NO_READING, "the EFA counters were not read when the smoke gate began")
    answer({"hostname": socket.gethostname(), "before": before, "after": now})


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--keep", action="store_true", help="this reading, for a later run to compare with")
    main(keep=arguments.parse_args().keep)
