"""Reads a GPU's clock, temperature and power while it works, for a GPU that is slow is often one that is held back."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

FIELDS = ("clocks.sm", "clocks.max.sm", "temperature.gpu", "power.draw")  # MHz, MHz, degrees Celsius, W
KEYS = ("sm_mhz", "most_sm_mhz", "celsius", "watts")
EVERY_SECONDS = 0.5
PATIENCE_SECONDS = 20
Reading = dict[str, "float | None"]


@contextmanager
def watched(smi_id: str) -> Iterator[list[Reading]]:
    """Readings of one GPU, that grow until the end of the block; none where there is no nvidia-smi."""
    readings: list[Reading] = []
    program, ended = shutil.which("nvidia-smi"), threading.Event()
    if program is None:
        yield readings
        return
    thread = threading.Thread(target=_read, args=([program, *query(smi_id)], readings, ended), daemon=True)
    thread.start()
    try:
        yield readings
    finally:
        ended.set()
        thread.join(PATIENCE_SECONDS)


def query(smi_id: str) -> list[str]:
    """What to ask nvidia-smi for one reading."""
    return [f"--id={smi_id}", f"--query-gpu={','.join(FIELDS)}", "--format=csv,noheader,nounits"]


def reading(row: str) -> "Reading | None":
    """What one row tells, None for what the GPU does not know (`[N/A]`); None of a row of words."""
    fields = [field.strip() for field in row.split(",")]
    if len(fields) != len(FIELDS):
        return None
    numbers = [float(field) if field.replace(".", "", 1).isdecimal() else None for field in fields]
    return dict(zip(KEYS, numbers))  # noqa: B905 - Python 3.9


def _read(words: list[str], readings: list[Reading], ended: threading.Event) -> None:
    while not ended.wait(EVERY_SECONDS):
        try:
            said = subprocess.run(words, capture_output=True, timeout=PATIENCE_SECONDS, check=False)  # noqa: S603 - ours
        except subprocess.TimeoutExpired:
            return  # the node check of the driver says so
        found = reading(said.stdout.decode(errors="replace"))
        if found and not ended.is_set():  # a reading of a GPU that rests says nothing
            readings.append(found)
