"""Waves as a VCD file for GTKWave or PulseView: named nets, and alarms and faults as markers beside them."""

from __future__ import annotations

from pathlib import Path

from vcd import VCDWriter

from hil.run.record import Record
from hil.run.result import RunResult
from hil.targets.truth import Edges


def write_vcd(result: RunResult, record: Record, file: Path) -> None:
    """Times count from the scenario's zero; what came before it is shown at zero. Raises OSError."""
    changes: list[tuple[int, int, int | str]] = []
    with file.open("w", encoding="utf-8") as stream, VCDWriter(stream, timescale="1 ns") as writer:
        variables = []
        for name, edges in sorted((record.waves or {}).items()):
            first, later = _split(edges)
            variables.append(writer.register_var("nets", name, "wire", size=1, init=first))
            changes += [(t_ns, len(variables) - 1, level) for t_ns, level in later]
        for name, marks in (("alarm", _alarm_marks(record)), ("fault", _fault_marks(result))):
            variables.append(writer.register_var("marks", name, "string", init=""))
            changes += [(t_ns, len(variables) - 1, text) for t_ns, text in marks]
        for t_ns, index, value in sorted(changes, key=lambda change: change[:2]):
            writer.change(variables[index], t_ns, value)


def _split(edges: Edges) -> tuple[int, Edges]:
    """The level at time zero, and the edges after it."""
    before = [level for t_ns, level in edges if t_ns <= 0]
    first = before[-1] if before else (edges[0][1] if edges else 0)
    return first, [(t_ns, level) for t_ns, level in edges if t_ns > 0]


def _alarm_marks(record: Record) -> list[tuple[int, str]]:
    return [(seen.t_ns, f"{seen.name}_{seen.event}") for seen in record.alarms if seen.t_ns > 0]


def _fault_marks(result: RunResult) -> list[tuple[int, str]]:
    marks = []
    for span in result.fault_spans:
        marks.append((round(span.t0_s * 1e9), f"{span.name}_on"))
        if span.t1_s is not None:
            marks.append((round(span.t1_s * 1e9), f"{span.name}_off"))
    return sorted((t_ns, text) for t_ns, text in marks if t_ns >= 0)
