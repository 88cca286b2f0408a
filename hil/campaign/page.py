"""A campaign in files: one table of all trials as Parquet, and a self-contained HTML page."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
import msgspec
from plotly.offline import get_plotlyjs

from hil.campaign.findings import Change, Findings, axes
from hil.campaign.series import Row, number_of
from hil.report.page import TEMPLATES as REPORT_TEMPLATES
from hil.words.quantity import duration_text

TEMPLATES = Path(__file__).with_name("templates")
ROWS_FILE = "rows.msgpack"
_COLOURS = {"pass": "#12876f", "fail": "#c62828"}
_MEASURED = (("delay_s", "delay of detection, s", 1.0), ("dose_error", "error of the dose, %", 100.0))
_SHADE = "rgba(23,105,196,0.15)"


def write_rows(rows: Sequence[Row], folder: Path) -> None:
    """For a comparison with another build. Raises OSError."""
    (folder / ROWS_FILE).write_bytes(msgspec.msgpack.encode(list(rows)))


def read_rows(folder: Path) -> list[Row]:
    """Raises OSError and msgspec.MsgspecError."""
    return msgspec.msgpack.decode((folder / ROWS_FILE).read_bytes(), type=list[Row])


def write_parquet(rows: Sequence[Row], file: Path) -> bool:
    """One row per trial; a quantity that is drawn is a number in the unit of the file. False without pyarrow."""
    try:
        import pyarrow  # type: ignore[import-not-found]
        from pyarrow import parquet  # type: ignore[import-not-found]
    except ImportError:
        return False
    plain = []
    for row in rows:
        flat = msgspec.to_builtins(row)
        flat |= flat.pop("measures")
        for field, value in flat.pop("values").items():
            number = number_of(value)
            flat[field] = value if number is None else number
        plain.append(flat)
    parquet.write_table(pyarrow.Table.from_pylist(plain), file)
    return True


def write_page(
    title: str,
    rows: Sequence[Row],
    found: Findings,
    numbers: dict[str, Any],
    change: Change | None,
    file: Path,
    fields: Sequence[str],
) -> None:
    """Raises OSError."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([TEMPLATES, REPORT_TEMPLATES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["duration"] = duration_text
    text = environment.get_template("campaign.html.j2").render(
        title=title,
        found=found,
        numbers=numbers,
        change=change,
        figures=[msgspec.json.encode(each).decode().replace("<", "\\u003c") for each in _figures(rows, found, fields)],
        plotly=get_plotlyjs(),
        made=datetime.datetime.now().strftime("%Y-%m-%d %H:%M"),
    )
    file.write_text(text, encoding="utf-8")


def _figures(rows: Sequence[Row], found: Findings, fields: Sequence[str]) -> list[dict[str, Any]]:
    judged = [row for row in rows if row.verdict in _COLOURS]
    made: list[dict[str, Any]] = []
    if found.found is not None and found.found.curve:
        times = [point[0] for point in found.found.curve]
        shares = [point[1] for point in found.found.curve]
        low, high = ([point[side] for point in found.found.curve] for side in (2, 3))
        band = {"mode": "lines", "line": {"width": 0, "shape": "hv"}, "showlegend": False}
        made.append(
            _figure(
                "Detected by then (Kaplan-Meier, 95 %)",
                "time since the fault began, s",
                "share detected",
                [
                    {"x": times, "y": high, **band},
                    {"x": times, "y": low, **band, "fill": "tonexty", "fillcolor": _SHADE},
                    {
                        "x": times,
                        "y": shares,
                        "line": {"shape": "hv"},
                        "name": "share",
                    },
                ],
            )
        )
    for kind, unit, factor in (
        ("delay_s", "delay of detection, s", 1.0),
        ("dose_error", "error of the dose, %", 100.0),
    ):
        if all(getattr(row.measures, kind) is None for row in judged):
            continue
        for name, values in axes(judged, fields).items():
            if len(set(values)) > 1:
                traces = [_points(judged, values, kind, factor, verdict) for verdict in _COLOURS]
                made.append(_figure(f"{unit.partition(',')[0]} over {name.partition(',')[0]}", name, unit, traces))
    return made


def _points(rows: Sequence[Row], values: Sequence[float], kind: str, factor: float, verdict: str) -> dict[str, Any]:
    chosen = [
        (value, factor * number, row.label)
        for value, row in zip(values, rows, strict=True)
        if row.verdict == verdict and (number := getattr(row.measures, kind)) is not None
    ]
    return {
        "x": [each[0] for each in chosen],
        "y": [each[1] for each in chosen],
        "text": [each[2] for each in chosen],
        "mode": "markers",
        "name": verdict,
        "marker": {"color": _COLOURS[verdict], "size": 5},
    }


def _figure(title: str, x: str, y: str, traces: list[dict[str, Any]]) -> dict[str, Any]:
    layout = {"title": {"text": title}, "xaxis": {"title": {"text": x}}, "yaxis": {"title": {"text": y}}, "height": 380}
    return {"data": traces, "layout": layout}
