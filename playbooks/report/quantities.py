"""Figures as people read them: three digits and a prefix, and never rounded onto the wrong side of a threshold."""

import math
from collections.abc import Sequence
from statistics import median

from playbooks.findings import Bound, Figure, Threshold

DIGITS = 3
MOST_DIGITS = 17  # a double has no more

LADDERS = (  # units that are the same thing in other sizes, the largest first
    {"TB/s": 1e12, "GB/s": 1e9, "MB/s": 1e6, "kB/s": 1e3, "B/s": 1.0},
    {"TB": 1e12, "GB": 1e9, "MB": 1e6, "kB": 1e3},
    {"TiB": 2.0**40, "GiB": 2.0**30, "MiB": 2.0**20, "KiB": 2.0**10, "B": 1.0},
    {"PFLOP/s": 1e15, "TFLOP/s": 1e12, "GFLOP/s": 1e9, "MFLOP/s": 1e6, "FLOP/s": 1.0},
    {"s": 1.0, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9},
)

SIGNS = {Bound.AT_LEAST: "≥", Bound.AT_MOST: "≤"}


def compact(value: float, unit: str, digits: int = DIGITS) -> str:
    """A value with its unit, in the size that reads best: `0.0042 s` is `4.2 ms`."""
    scaled_unit, size = scale(value, unit)
    return f"{_number(value * size, digits)} {scaled_unit}".rstrip()


def wanted(threshold: Threshold, unit: str, digits: int = DIGITS) -> str:
    """A threshold for figures in this unit, such as `≥ 90 GB/s`."""
    return f"{SIGNS[threshold.bound]} {compact(threshold.value, unit, digits)}"


def shown(figure: Figure, threshold: Threshold | None) -> tuple[str, str]:
    """A figure and its threshold, such as `41.3 GB/s` and `≥ 90 GB/s`; empty where there is no threshold."""
    if threshold is None:
        return compact(figure.value, figure.unit), ""
    digits = _digits_that_differ(figure.value, threshold.value, figure.unit)
    return compact(figure.value, figure.unit, digits), wanted(threshold, figure.unit, digits)


def span(figures: Sequence[Figure], threshold: Threshold | None) -> tuple[str, str]:
    """The same for figures of one name on several nodes: `1.17 to 1.25 GB/s`."""
    low, limit = shown(min(figures, key=lambda figure: figure.value), threshold)
    high, _ = shown(max(figures, key=lambda figure: figure.value), threshold)
    if low == high:
        return high, limit
    number, _, unit = low.partition(" ")
    return f"{number if unit == high.partition(' ')[2] else low} to {high}", limit


def column(values: Sequence[float | None], unit: str) -> tuple[str, list[str]]:
    """Numbers that stand below each other: one unit for all of them, and as many decimals; None is left empty."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    scaled_unit, size = scale(median(map(abs, known)) if known else 0.0, unit)
    scaled = [value * size for value in known]
    decimals = 0 if all(value.is_integer() for value in scaled) else _decimals(median(map(abs, scaled)), DIGITS)
    return scaled_unit, ["" if value is None else _fixed(value * size, decimals) for value in values]


def scale(value: float, unit: str) -> tuple[str, float]:
    """The unit to show a value in, and what to multiply the value by."""
    ladder = next((ladder for ladder in LADDERS if unit in ladder), None)
    if ladder is None or value == 0 or not math.isfinite(value):
        return unit, 1.0
    plain = abs(value) * ladder[unit]
    best = next((step for step, size in ladder.items() if plain >= size), list(ladder)[-1])
    return best, ladder[unit] / ladder[best]


def _number(value: float, digits: int) -> str:
    text = _fixed(value, _decimals(value, digits))
    return text.rstrip("0").rstrip(".") if "." in text else text


def _fixed(value: float, decimals: int) -> str:
    return f"{value:,.{decimals}f}" if math.isfinite(value) else str(value).replace("nan", "NaN")


def _decimals(value: float, digits: int) -> int:
    if value == 0 or not math.isfinite(value):
        return 0
    return max(0, digits - 1 - math.floor(math.log10(abs(value))))


def _digits_that_differ(value: float, limit: float, unit: str) -> int:
    """How many digits tell that a figure does not lie on its threshold, in its own unit and in those shown."""
    if value == limit or not (math.isfinite(value) and math.isfinite(limit)):
        return DIGITS
    for digits in range(DIGITS, MOST_DIGITS):
        plain = f"{value:.{digits}g}" != f"{limit:.{digits}g}"  # `1000 ms` and `1 s` differ as texts only
        if plain and compact(value, unit, digits) != compact(limit, unit, digits):
            return digits
    return MOST_DIGITS
