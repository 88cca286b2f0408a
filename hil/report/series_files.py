"""The series of a run as tables for other programs: one CSV or Parquet file per kind of row.

truth: the plant at every burst of strokes and every look; status: what the pump said of itself; programmed: the
ideal course; alarms and log: what the pump reported. Times are seconds since time zero of the scenario.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from hil.errors import BenchBroken
from hil.run.record import Record
from hil.run.result import RunResult
from hil.words.quantity import NS_PER_S

TRUTH = ("delivered_nl", "in_csf_nl", "reservoir_nl", "line_pressure_kpa", "rotor_rev", "trapped_nl")


class Table(msgspec.Struct):
    """Columns of one length, by name, in order."""

    name: str
    columns: Mapping[str, Sequence[Any]]


def tables(result: RunResult, record: Record) -> list[Table]:
    """Every table of which there are rows."""
    found: list[Table] = []
    if record.truth is not None and len(record.truth.t_ns):
        truth = record.truth
        found.append(Table("truth", {"t_s": _seconds(truth.t_ns), **{name: getattr(truth, name) for name in TRUTH}}))
    if record.statuses:
        fields = list(record.statuses[0].fields)
        columns = {name: [_plain(seen.fields[name]) for seen in record.statuses] for name in fields}
        found.append(Table("status", {"t_s": _seconds([seen.t_ns for seen in record.statuses]), **columns}))
    for name in ("programmed_nl", "programmed_rate_nl_per_h"):
        series = result.series.get(name)
        if series is not None:
            found.append(Table(name.removesuffix("_nl").removesuffix("_nl_per_h"), {"t_s": series.t_s, name: series.y}))
    if result.alarms:
        rows = result.alarms
        columns = {name: [getattr(row, name) for row in rows] for name in ("t_s", "name", "priority", "event")}
        found.append(Table("alarms", columns))
    if record.log:
        columns = {name: [getattr(seen, name) for seen in record.log] for name in ("seq", "name", "a", "b", "text")}
        found.append(Table("log", {"t_s": _seconds([seen.t_ns for seen in record.log]), **columns}))
    return found


def write_csv(result: RunResult, record: Record, folder: Path) -> list[Path]:
    """Raises OSError."""
    return _write(result, record, folder, ".csv", _csv)


def write_parquet(result: RunResult, record: Record, folder: Path) -> list[Path]:
    """Raises OSError, and `BenchBroken` without pyarrow."""
    try:
        import pyarrow  # type: ignore[import-not-found]
        import pyarrow.parquet  # type: ignore[import-not-found]
    except ImportError:
        raise BenchBroken('Parquet needs pyarrow: pip install "pumpbench[parquet]", or use --csv') from None

    def parquet(table: Table, file: Path) -> None:
        columns = {name: list(column) for name, column in table.columns.items()}
        pyarrow.parquet.write_table(pyarrow.table(columns), file)

    return _write(result, record, folder, ".parquet", parquet)


def _write(
    result: RunResult, record: Record, folder: Path, suffix: str, write: Callable[[Table, Path], None]
) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for table in tables(result, record):
        file = folder / (table.name + suffix)
        write(table, file)
        files.append(file)
    return files


def _csv(table: Table, file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(table.columns)
        writer.writerows(zip(*table.columns.values(), strict=True))


def _seconds(times_ns: Sequence[int]) -> list[float]:
    return [t_ns / NS_PER_S for t_ns in times_ns]


def _plain(value: Any) -> Any:
    """Flags as one text; everything else is a number or a word already."""
    return " ".join(value) if isinstance(value, tuple | list) else value
