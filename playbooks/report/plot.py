"""Curves of a run as SVG that takes its colours from the page around it, so that it is right in light and dark."""

import io
import math
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

from playbooks.findings import Finding, Series, Threshold
from playbooks.report import digest
from playbooks.report.legible import legible
from playbooks.report.quantities import compact, scale, wanted
from playbooks.report.run import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOGARITHMIC_FROM = 1000.0  # an x axis whose ends differ by more than this is logarithmic
LEGIBLE_CURVES = 6  # more of them get no legend
INK, MUTED, RULE, LIMIT = "#010101", "#020202", "#030303", "#040404"  # stand-ins, no one's real colours
CURVES = ("#0a0101", "#0a0202", "#0a0303", "#0a0404", "#0a0505", "#0a0606")
VARIABLES: Mapping[str, str] = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    RULE: "var(--rule)",
    LIMIT: "var(--fail)",
    **{color: f"var(--curve-{number})" for number, color in enumerate(CURVES, start=1)},
}
MARKERS = "os^Dv*"
WANTED_DASHES, CEILING_DASHES = (0, (5, 3)), (0, (1, 2))
SETTINGS = {
    "svg.fonttype": "none",  # text stays text: it can be found, and takes the page's typeface
    "font.family": "DejaVu Sans",  # comes with matplotlib, so that the lengths of texts can be known anywhere
    "font.size": 10,
    "text.parse_math": False,  # a `$` is a `$`
    "text.color": INK,
    "axes.edgecolor": RULE,
    "axes.labelcolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": RULE,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "ytick.left": False,
    "legend.frameon": False,
}


class Curve(NamedTuple):
    """One series of one finding, under the name that the legend gives it."""

    name: str
    series: Series
    finding: Finding

    @property
    def threshold(self) -> Threshold | None:
        """What the curve is to reach: the finding's threshold, where it is this quantity that was judged."""
        figure = self.finding.figure
        judged = figure is not None and (figure.name, figure.unit) == (self.series.y_name, self.series.y_unit)
        return self.finding.threshold if judged else None


class Plot(NamedTuple):
    """Curves with the same axes."""

    title: str
    svg: Markup


def plots(run: Run) -> list[Plot]:
    """A plot for each check and pair of axes, in the order in which they were measured."""
    gathered: dict[tuple[str, str, str, str], list[Curve]] = {}
    several_fleets = len({node.fleet for node in run.nodes}) > 1
    for group in digest.groups(run):
        for finding in group.findings:
            for series in finding.series:
                name = f"{series.name}, {digest.hostlist(finding.nodes)}" if several_fleets else series.name
                key = (group.check, series.x_name, series.x_unit, series.y_unit)
                gathered.setdefault(key, []).extend([Curve(name, series, finding)] if series.points else [])
    return [_plot(number, check, curves) for number, ((check, *_), curves) in enumerate(gathered.items()) if curves]


def _plot(number: int, check: str, curves: list[Curve]) -> Plot:
    quantities = " and ".join(dict.fromkeys(curve.series.y_name for curve in curves))
    title = legible(f"{check}: {quantities} by {curves[0].series.x_name}")
    return Plot(title, _svg(f"plot-{number}", curves))


def _svg(salt: str, curves: list[Curve]) -> Markup:
    import matplotlib as mpl  # noqa: PLC0415 - half a second that only a run with curves pays
    from matplotlib.figure import Figure as Drawing  # noqa: PLC0415 - the same

    with mpl.rc_context({**SETTINGS, "svg.hashsalt": salt}):
        drawing = Drawing(figsize=(10, 3.6), layout="constrained")
        _draw(drawing.add_subplot(), curves)
        file = io.StringIO()
        drawing.savefig(
            file, format="svg", transparent=True, metadata=dict.fromkeys(("Creator", "Date", "Format", "Type"))
        )
    svg = re.sub(r'<g id="[^"]*"', "<g", file.getvalue())  # the same in every plot, and nothing refers to them
    for stand_in, variable in VARIABLES.items():
        svg = svg.replace(stand_in, variable)
    return Markup(svg[svg.index("<svg") :])  # noqa: S704 - matplotlib escapes the texts that it is given


def _draw(axes: "Axes", curves: list[Curve]) -> None:
    first = curves[0].series
    unit, factor = scale(max(abs(y) for y in _values(curves)), first.y_unit)
    for number, curve in enumerate(curves):
        style = number % len(CURVES)
        x, y = zip(*curve.series.points, strict=True)
        axes.plot(
            x,
            [value * factor for value in y],
            color=CURVES[style],
            marker=MARKERS[style],
            markersize=4,
            linewidth=1.8,
            clip_on=False,
            label=legible(curve.name),
        )
    for limit in dict.fromkeys(curve.threshold for curve in curves if curve.threshold):
        _draw_line(axes, limit.value * factor, f"wanted {wanted(limit, first.y_unit)}", LIMIT, WANTED_DASHES)
    for ceiling in dict.fromkeys(curve.series.limit for curve in curves if curve.series.limit is not None):
        _draw_line(axes, ceiling * factor, f"ceiling {compact(ceiling, first.y_unit)}", MUTED, CEILING_DASHES)
    _set_axes(axes, curves, unit)


def _values(curves: Iterable[Curve]) -> list[float]:
    return [y for curve in curves for _, y in curve.series.points if math.isfinite(y)] or [0.0]


def _draw_line(axes: "Axes", y: float, text: str, color: str, dashes: tuple[int, tuple[int, int]]) -> None:
    """A level with its name: what is wanted at the right, the ceiling at the left, where curves are low."""
    axes.axhline(y, color=color, linewidth=1.3, linestyle=dashes)
    at_left = dashes is CEILING_DASHES
    axes.annotate(
        text,
        xy=(0 if at_left else 1, y),
        xycoords=axes.get_yaxis_transform(),
        xytext=(0, 4),
        textcoords="offset points",
        ha="left" if at_left else "right",
        color=color,
    )


def _set_axes(axes: "Axes", curves: list[Curve], unit: str) -> None:
    first = curves[0].series
    axes.set_xlabel(legible(first.x_name))
    axes.set_ylabel(legible(", ".join(filter(None, [first.y_name if len(curves) == 1 else "", unit]))))
    axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0] if min(_values(curves)) < 0 else 0.0))
    x = [x for curve in curves for x, _ in curve.series.points]
    if min(x) > 0 and max(x) / min(x) >= LOGARITHMIC_FROM:
        axes.set_xscale("log", base=2 if first.x_unit == "B" else 10)
        axes.minorticks_off()
    axes.xaxis.set_major_formatter(lambda value, _: compact(value, first.x_unit))
    if len(curves) <= LEGIBLE_CURVES:
        axes.legend(loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=3, borderaxespad=0.2)
