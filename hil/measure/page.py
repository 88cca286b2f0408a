"""Bench tables as one self-contained HTML page: tables beside their plots, in the look of the reports."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
import msgspec
from plotly.offline import get_plotlyjs

from hil.measure.accuracy import STROKE_NL, AccuracyTable
from hil.measure.flow import FlowAccuracy
from hil.measure.occlusion import OcclusionRow
from hil.report.figure import significant
from hil.report.page import TEMPLATES as REPORT_TEMPLATES
from hil.words.quantity import duration_text, volume_text

TEMPLATES = Path(__file__).with_name("templates")
LIMITS_PERCENT = (5, -5)  # THR-05
LIMIT_COLOUR = "#667085"
LIMIT_LINE = {"color": LIMIT_COLOUR, "dash": "dash"}
STROKES_IN_VIEW = 4
COLOURS = ("#1769c4", "#d9730d", "#12876f", "#b42368", "#6b46c1", "#475467", "#0e8fa8")


def rate_text(rate_nl_per_h: float) -> str:
    return volume_text(rate_nl_per_h) + "/h"


def percent_text(value: float) -> str:
    return f"{value:+.2f} %"


def write_accuracy_page(tables: Sequence[AccuracyTable], command: str, file: Path) -> Path:
    """Raises OSError."""
    spread, figures = [], []
    for colour, table in zip(_colours(len(tables)), tables, strict=True):
        name = rate_text(table.flow.rate_nl_per_h)
        minutes = [point.window_s / 60 for point in table.flow.trumpet]
        highest = [point.highest_percent for point in table.flow.trumpet]
        lowest = [point.lowest_percent for point in table.flow.trumpet]
        trumpet = [
            _trace(label, minutes, values, colour, mode="lines+markers")
            for label, values in (("above", highest), ("below", lowest))
        ]
        trumpet += [
            _trace(f"{bound:+d} %", [minutes[0], minutes[-1]], [bound, bound], LIMIT_COLOUR, line=LIMIT_LINE)
            for bound in LIMITS_PERCENT
            if minutes
        ]
        ends = [t_s / 60 for t_s, _ in table.flow.startup]
        flows = [100 * flow / table.flow.rate_nl_per_h for _, flow in table.flow.startup]
        startup = [_trace(name, ends, flows, colour, line={"color": colour, "shape": "hv"})]
        figures += [
            _figure(
                f"Trumpet curve at {name}",
                trumpet,
                "length of the window, min",
                "error of the mean flow, %",
                is_log_x=True,
                y_range=fitting_range(table.flow),
            ),
            _figure(f"Start-up graph at {name}", startup, "time, min", "flow, % of the rate", x_range=[0, 120]),
        ]
        numbers = [row.strokes for row in table.scatter]
        spread.append(
            _trace(name, numbers, [row.one_stroke_cv_percent for row in table.scatter], colour, mode="lines+markers")
        )
    figures.append(
        _figure(
            "Scatter of strokes", spread, "strokes collected, N", "spread of one stroke, % (√N × spread of N)", True
        )
    )
    return _write("accuracy.html.j2", file, command, figures, tables=tables)


def fitting_range(flow: FlowAccuracy) -> list[float]:
    """Of the error axis: wide enough for every window of some strokes and for the +-5 % lines. Shorter windows hold a
    stroke or none, which says nothing of the flow, and lie outside."""
    least_s = STROKES_IN_VIEW * STROKE_NL * 3600 / flow.rate_nl_per_h
    errors = [
        max(abs(point.highest_percent), abs(point.lowest_percent))
        for point in flow.trumpet
        if point.window_s >= least_s
    ]
    most = 1.2 * max((*errors, 2.0 * LIMITS_PERCENT[0]))
    return [-most, most]


def write_occlusion_page(rows: Sequence[OcclusionRow], command: str, file: Path) -> Path:
    """Raises OSError."""
    pressure = [
        _trace(
            f"{rate_text(row.rate_nl_per_h)}, {row.line_text}",
            [t_s / 60 for t_s in row.pressure.t_s],
            row.pressure.y,
            colour,
        )
        for colour, row in zip(_colours(len(rows)), rows, strict=True)
    ]
    lines = list(dict.fromkeys(row.line_text for row in rows))
    to_alarm, bolus = [], []
    for colour, line in zip(_colours(len(lines)), lines, strict=True):
        of_line = [row for row in rows if row.line_text == line]
        told = [row for row in of_line if row.alarm_s is not None]
        to_alarm.append(
            _trace(
                line,
                [row.rate_nl_per_h / 1000 for row in told],
                [(row.alarm_s or 0) / 60 for row in told],
                colour,
                mode="lines+markers",
            )
        )
        bolus.append(
            _trace(
                line,
                [row.rate_nl_per_h / 1000 for row in of_line],
                [row.bolus_nl / 1000 for row in of_line],
                colour,
                mode="lines+markers",
            )
        )
    figures = [
        _figure("Time to alarm", to_alarm, "rate, µL/h", "min", is_log_x=True, is_log_y=True),
        _figure("Bolus after release", bolus, "rate, µL/h", "µL", is_log_x=True),
        _figure("Pressure at each stroke", pressure, "time since the line closed, min", "kPa"),
    ]
    return _write("occlusion.html.j2", file, command, figures, rows=rows)


def _colours(count: int) -> list[str]:
    return [COLOURS[i % len(COLOURS)] for i in range(count)]


def _trace(name: str, x: Sequence[float], y: Sequence[float], colour: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "legendgroup": name,
        "x": [significant(value) for value in x],
        "y": [significant(value) for value in y],
        "line": {"color": colour},
        **more,
    }


def _figure(
    title: str,
    data: list[dict[str, Any]],
    x: str,
    y: str,
    is_log_x: bool = False,
    is_log_y: bool = False,
    x_range: list[float] | None = None,
    y_range: list[float] | None = None,
) -> dict[str, str]:
    x_axis: dict[str, Any] = {"title": {"text": x}, "type": "log" if is_log_x else "linear"}
    if x_range is not None:
        x_axis["range"] = x_range
    y_axis: dict[str, Any] = {"title": {"text": y}, "type": "log" if is_log_y else "linear"}
    if y_range is not None:
        y_axis["range"] = y_range
    layout = {
        "height": 380,
        "margin": {"l": 64, "r": 16, "t": 12, "b": 48},
        "xaxis": x_axis,
        "yaxis": y_axis,
        "template": "none",
    }
    text = msgspec.json.encode({"data": data, "layout": layout}).decode().replace("<", "\\u003c")
    return {"title": title, "json": text}


def _write(template: str, file: Path, command: str, figures: list[dict[str, str]], **values: Any) -> Path:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([TEMPLATES, REPORT_TEMPLATES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(duration=duration_text, volume=volume_text, rate=rate_text, percent=percent_text)
    page = environment.get_template(template).render(
        figures=figures,
        command=command,
        written=datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
        plotly_js=get_plotlyjs().replace("</script", "<\\/script"),
        **values,
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page, encoding="utf-8")
    return file
