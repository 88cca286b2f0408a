"""One scenario as a plotly figure: rows under one time axis, faults and alarms as bands and lanes.

The figure is plain data for plotly.js. Time is in seconds since the start of the scenario; the page
writes its ticks as "1 d 02:00" (`timeline.js`), because they change with the zoom.
"""

from __future__ import annotations

import bisect
from typing import Any

import msgspec

from hil.report.thinning import thin
from hil.run.result import RunResult, Series, Span

FAULT_COLOUR = "#6b46c1"
ALARM_COLOURS = {"HIGH": "#c62828", "MEDIUM": "#c77700", "LOW": "#0e8fa8", "NOTICE": "#667085"}

# What is urgent or provoked stands out; a low alarm may last for days.
BAND_OPACITY = {FAULT_COLOUR: 0.12, ALARM_COLOURS["HIGH"]: 0.12, ALARM_COLOURS["MEDIUM"]: 0.1}

PIXELS_PER_UNIT = 104
PIXELS_PER_LANE = 24
GAP_PIXELS = 26

# More than this many bands on one plot are a grey wall; the lanes still show each span.
MOST_BANDS = 150


class Curve(msgspec.Struct, frozen=True):
    """One curve of a row. `per_unit` divides the values of the series into the unit of the row."""

    key: str
    label: str
    colour: str
    per_unit: float
    dash: str = "solid"
    shape: str = "linear"


class Row(msgspec.Struct, frozen=True):
    """One plot of the stack; `height` is relative to the others."""

    title: str
    unit: str
    curves: tuple[Curve, ...]
    height: float = 1.0


ROWS = (
    Row(
        "Volume",
        "µL",
        (
            Curve("programmed_nl", "programmed (oracle)", "#475467", 1e3, dash="dash"),
            Curve("delivered_nl", "delivered (truth)", "#1769c4", 1e3),
            Curve("in_csf_nl", "reached the patient", "#12876f", 1e3, dash="dot"),
            Curve("computed_nl", "computed by the pump", "#d9730d", 1e3, dash="dashdot"),
        ),
        height=2.0,
    ),
    Row(
        "Delivered minus programmed",
        "µL",
        (Curve("difference_nl", "delivered minus programmed", "#b42368", 1e3),),
    ),
    Row("Rate", "µL/h", (Curve("rate_nl_per_h", "rate", "#1769c4", 1e3, shape="hv"),)),
    Row("Reservoir", "mL", (Curve("reservoir_nl", "reservoir (truth)", "#12876f", 1e6),)),
    Row("Line pressure", "kPa", (Curve("line_pressure_kpa", "line pressure", "#7a4fc4", 1.0),), height=1.2),
    Row("Rotor angle", "rev", (Curve("rotor_rev", "rotor", "#475467", 1.0),)),
)


def interpolated(series: Series, t_s: float) -> float:
    """The value at `t_s`, linear between points, flat outside; the last one where a step stands."""
    after = bisect.bisect_right(series.t_s, t_s)
    if after == 0:
        return series.y[0]
    if after == len(series.t_s):
        return series.y[-1]
    t0, t1 = series.t_s[after - 1], series.t_s[after]
    y0, y1 = series.y[after - 1], series.y[after]
    return y0 + (y1 - y0) * (t_s - t0) / (t1 - t0)


def difference(delivered: Series | None, programmed: Series | None) -> Series | None:
    """Delivered minus programmed at the times of the delivered curve; None when either is not known."""
    if not delivered or not programmed or not delivered.t_s or not programmed.t_s:
        return None
    values = [y - interpolated(programmed, t) for t, y in zip(delivered.t_s, delivered.y, strict=True)]
    return Series(list(delivered.t_s), values)


def significant(value: float, digits: int = 7) -> float:
    """Rounded to so many digits: shorter in the file, the same on the screen."""
    return float(f"{value:.{digits}g}")


def curves_of(result: RunResult, most_points: int) -> dict[str, Series]:
    """Every curve of the run that has points, with at most `most_points` each."""
    curves = dict(result.series)
    missing = difference(curves.get("delivered_nl"), curves.get("programmed_nl"))
    if missing:
        curves["difference_nl"] = missing
    return {key: thin(series, most_points) for key, series in curves.items() if series.t_s}


def alarm_colour(name: str, result: RunResult) -> str:
    """The colour of the priority under which the pump reported the alarm."""
    priority = next((alarm.priority for alarm in result.alarms if alarm.name == name), "NOTICE")
    return ALARM_COLOURS.get(priority.upper(), ALARM_COLOURS["NOTICE"])


def lanes_of(result: RunResult) -> list[tuple[str, str, list[Span]]]:
    """(name, colour, spans) of each fault, then of each alarm, in the order of first appearance."""
    lanes: dict[tuple[str, str], list[Span]] = {}
    for span in result.fault_spans:
        lanes.setdefault((span.name, FAULT_COLOUR), []).append(span)
    for span in result.alarm_spans:
        lanes.setdefault((span.name, alarm_colour(span.name, result)), []).append(span)
    return [(name, colour, spans) for (name, colour), spans in lanes.items()]


def lane_trace(name: str, colour: str, spans: list[Span], level: int, end_s: float, axis: str) -> dict[str, Any]:
    """Thick bars with a square at each start, so that a notice without length is seen as well."""
    times: list[float | None] = []
    for span in spans:
        times += [significant(span.t0_s), significant(end_s if span.t1_s is None else span.t1_s), None]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": times,
        "y": [None if t is None else level for t in times],
        "name": name,
        "yaxis": axis,
        "hoverinfo": "none",
        "line": {"color": colour, "width": 10},
        "marker": {"color": colour, "size": 9, "symbol": "square"},
        "meta": {"lane": True},
    }


def band(span: Span, colour: str, end_s: float) -> dict[str, Any]:
    return {
        "type": "rect",
        "xref": "x",
        "yref": "paper",
        "x0": significant(span.t0_s),
        "x1": significant(end_s if span.t1_s is None else span.t1_s),
        "y0": 0,
        "y1": 1,
        "fillcolor": colour,
        "opacity": BAND_OPACITY.get(colour, 0.05),
        "line": {"width": 0},
        "layer": "below",
    }


def curve_trace(curve: Curve, series: Series, unit: str, axis: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [significant(t) for t in series.t_s],
        "y": [significant(y / curve.per_unit) for y in series.y],
        "name": curve.label,
        "yaxis": axis,
        "hoverinfo": "none",
        "line": {"color": curve.colour, "width": 1.6, "dash": curve.dash, "shape": curve.shape},
        "meta": {"unit": unit},
    }


def figure(result: RunResult, curves: dict[str, Series]) -> dict[str, Any]:
    """`data` and `layout` for Plotly.newPlot; rows without a curve are left out."""
    rows = [row for row in ROWS if any(curve.key in curves for curve in row.curves)]
    lanes = lanes_of(result)
    end_s = max([result.simulated_s, *(series.t_s[-1] for series in curves.values())])

    heights = [row.height * PIXELS_PER_UNIT for row in rows]
    if lanes:
        heights.append((len(lanes) + 0.5) * PIXELS_PER_LANE)
    total = sum(heights) + GAP_PIXELS * max(len(heights) - 1, 0) or PIXELS_PER_UNIT

    data: list[dict[str, Any]] = []
    layout: dict[str, Any] = {"height": round(total), "shapes": [], "annotations": []}
    top = total
    for number, height in enumerate(heights, start=1):
        axis = "y" if number == 1 else f"y{number}"
        domain = [max(top - height, 0) / total, top / total]
        top -= height + GAP_PIXELS
        settings: dict[str, Any] = {"domain": domain, "fixedrange": True}
        if number <= len(rows):
            row = rows[number - 1]
            title = f"<b>{row.title}</b>, {row.unit}"
            shown = [curve for curve in row.curves if curve.key in curves]
            data += [curve_trace(curve, curves[curve.key], row.unit, axis) for curve in shown]
        else:
            title = "<b>Faults and alarms</b>"
            settings |= {
                "tickvals": list(range(len(lanes))),
                "ticktext": [name for name, _, _ in lanes],
                "range": [len(lanes) - 0.4, -0.6],
                "showgrid": False,
            }
            for level, (name, colour, spans) in enumerate(lanes):
                data.append(lane_trace(name, colour, spans, level, end_s, axis))
        layout["annotations"].append({"text": title, "y": domain[1]})
        layout["yaxis" + axis[1:]] = settings
    spans = [(span, colour) for _, colour, spans in lanes for span in spans]
    if len(spans) <= MOST_BANDS:
        layout["shapes"] = [band(span, colour, end_s) for span, colour in spans]
    layout["xaxis"] = {"range": [0, end_s], "anchor": "y" if len(heights) < 2 else f"y{len(heights)}"}
    return {"data": data, "layout": layout}
