"""Reads a GPU's clock, heat, power, PCIe link and what holds it back while it works: at rest it shows none of these."""

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import commands  # type: ignore[import-not-found]  # lies beside this file

KEYS = {  # of a reading, by nvidia-smi's field
    "clocks.sm": "sm_mhz",
    "clocks.max.sm": "most_sm_mhz",
    "temperature.gpu": "celsius",
    "power.draw": "watts",
    "pcie.link.gen.current": "generation",
    "pcie.link.gen.max": "most_generation",
    "pcie.link.width.current": "lanes",
    "pcie.link.width.max": "most_lanes",
}
NAMES = ("clocks_event_reasons", "clocks_throttle_reasons")  # the second is that of drivers before 535
# A power cap and idleness hold clocks too, and are normal.
SLOWDOWNS = ("hw_slowdown", "hw_thermal_slowdown", "hw_power_brake_slowdown", "sw_thermal_slowdown")
FLAGS = {"Active": True, "Not Active": False}
NOT_TOLD = ("[N/A]", "[Not Supported]", "N/A", "Not Supported")  # of a GPU that is well and does not know a field
REFUSED = "is not a valid field to query"
EVERY_SECONDS = 0.5
PATIENCE_SECONDS = 20
MOST_WORDS = 300  # characters
Reading = dict[str, object]


class UnreadableReadingError(ValueError):
    """What nvidia-smi printed is no reading; the message shows it."""


class Watch:
    """Readings of one GPU, that grow while it works; how many could not be read, and why the first could not."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self.unread, self.unread_times = "", 0

    def failed(self, why: str) -> None:
        """Remember that there was no reading."""
        self.unread, self.unread_times = self.unread or why[:MOST_WORDS], self.unread_times + 1

    def told(self) -> dict[str, object]:
        """As it stands in an answer."""
        return {"readings": list(self.readings), "unread": self.unread, "unread_times": self.unread_times}


@contextmanager
def watched(smi_id: str) -> Iterator[Watch]:
    """A watch over one GPU until the end of the block."""
    watch, ended = Watch(), threading.Event()
    program = shutil.which("nvidia-smi") or shutil.which("nvidia-smi", path=os.pathsep.join(commands.FOLDERS))
    if program is None:
        watch.failed("nvidia-smi is not on the PATH")
        yield watch
        return
    thread = threading.Thread(target=_read, args=(program, smi_id, watch, ended), daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        ended.set()
        thread.join(PATIENCE_SECONDS)
        if thread.is_alive():
            watch.failed("nvidia-smi did not end, nor when it was killed: it hangs in the kernel")


def query(smi_id: str, names: str) -> list[str]:
    """What to ask nvidia-smi for one reading; one field that the driver does not know makes it refuse all."""
    fields = [*KEYS, *(f"{names}.{slowdown}" for slowdown in SLOWDOWNS)]
    return [f"--id={smi_id}", f"--query-gpu={','.join(fields)}", "--format=csv,noheader,nounits"]


def reading(row: str) -> Reading:
    """What one row tells, None for what the GPU does not know (`[N/A]`).

    Raises:
        UnreadableReadingError: it is no row, or has a cell that is neither a number nor a word of nvidia-smi's.
    """
    cells = [cell.strip() for cell in row.split(",")]
    if len(cells) != len(KEYS) + len(SLOWDOWNS):
        raise UnreadableReadingError(f"nvidia-smi printed {row.strip()!r}")
    numbers, flags = cells[: len(KEYS)], cells[len(KEYS) :]
    if wrong := [cell for cell in numbers if not _is_number(cell)] + [cell for cell in flags if not _is_flag(cell)]:
        raise UnreadableReadingError(f"{wrong[0]!r} cannot be read in the line {row.strip()!r}")
    found = [None if cell in NOT_TOLD else float(cell) for cell in numbers]
    slowdowns = [FLAGS.get(cell) for cell in flags]
    return {**dict(zip(KEYS.values(), found)), "slowdowns": dict(zip(SLOWDOWNS, slowdowns))}  # noqa: B905 - Python 3.9


def _is_number(cell: str) -> bool:
    return cell in NOT_TOLD or (cell.isascii() and cell.replace(".", "", 1).isdecimal())


def _is_flag(cell: str) -> bool:
    return cell in NOT_TOLD or cell in FLAGS


def _read(program: str, smi_id: str, watch: Watch, ended: threading.Event) -> None:
    names = NAMES[0]
    while not ended.wait(EVERY_SECONDS):
        try:
            said = _printed([program, *query(smi_id, names)])
            if REFUSED in said and names == NAMES[0]:
                names = NAMES[1]
                continue
            found = reading(said)
        except subprocess.TimeoutExpired:
            watch.failed(f"nvidia-smi did not answer within {PATIENCE_SECONDS} s")
        except (OSError, UnreadableReadingError) as error:
            watch.failed(str(error))
        else:
            if not ended.is_set():  # a reading of a GPU that rests says nothing
                watch.readings.append(found)


def _printed(words: "list[str]") -> str:
    said = subprocess.run(words, capture_output=True, timeout=PATIENCE_SECONDS, check=False)  # noqa: S603 - our words
    return (said.stdout or said.stderr).decode(errors="replace")
