"""Bench tables as CSV, one file per kind of row."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from hil.measure.accuracy import AccuracyTable
from hil.measure.occlusion import OcclusionRow


def write_accuracy(tables: Sequence[AccuracyTable], folder: Path) -> list[Path]:
    """trumpet.csv, startup.csv and scatter.csv. Raises OSError."""
    flows = [table.flow for table in tables]
    return [
        _write(
            folder / "trumpet.csv",
            ("rate_nl_per_h", "window_s", "highest_percent", "lowest_percent"),
            (
                (flow.rate_nl_per_h, point.window_s, point.highest_percent, point.lowest_percent)
                for flow in flows
                for point in flow.trumpet
            ),
        ),
        _write(
            folder / "startup.csv",
            ("rate_nl_per_h", "t_s", "flow_nl_per_h"),
            ((flow.rate_nl_per_h, t_s, value) for flow in flows for t_s, value in flow.startup),
        ),
        _write(
            folder / "scatter.csv",
            ("rate_nl_per_h", "strokes", "collections", "cv_percent", "one_stroke_cv_percent"),
            (
                (table.flow.rate_nl_per_h, row.strokes, row.collections, row.cv_percent, row.one_stroke_cv_percent)
                for table in tables
                for row in table.scatter
            ),
        ),
    ]


def write_occlusion(rows: Sequence[OcclusionRow], folder: Path) -> list[Path]:
    """occlusion.csv and pressure.csv. Raises OSError."""
    fields = (
        "rate_nl_per_h",
        "compliance_nl_per_kpa",
        "air_nl",
        "alarm_s",
        "strokes",
        "stroked_nl",
        "alarm_kpa",
        "highest_kpa",
        "bolus_nl",
    )
    return [
        _write(folder / "occlusion.csv", fields, ([getattr(row, field) for field in fields] for row in rows)),
        _write(
            folder / "pressure.csv",
            ("rate_nl_per_h", "compliance_nl_per_kpa", "air_nl", "t_s", "pressure_kpa"),
            (
                (row.rate_nl_per_h, row.compliance_nl_per_kpa, row.air_nl, t_s, value)
                for row in rows
                for t_s, value in zip(row.pressure.t_s, row.pressure.y, strict=True)
            ),
        ),
    ]


def _write(file: Path, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(head)
        for row in rows:
            writer.writerow([f"{cell:.9g}" if isinstance(cell, float) else cell for cell in row])
    return file
