"""Why nothing came of it: what the pump was doing when a fault did nothing, or an alarm was never raised.

A hint for a person, never part of a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hil.run.record import Record
from hil.scenario.model import Do, Step
from hil.words.bench import default_settings, pump_settings
from hil.words.quantity import format_duration, format_volume

_MOVING = ("RUNNING", "MIN_RATE")


def of_fault(t_ns: int, steps: Sequence[Step], record: Record) -> str:
    """Of a fault injected at `t_ns`: the mode of the pump then, when it did not deliver. "" when it did."""
    mode = record.mode_at(t_ns)
    if mode is None or mode in _MOVING:
        return ""
    starts = [step for step in steps if isinstance(step.action, Do) and step.action.verb == "start"]
    later = next((step for step in starts if step.at_ns is None or step.at_ns > t_ns), None)
    hint = f"the pump was in {mode} then"
    if later is not None and len(starts) == 1:
        hint += f": with a step that starts it, here step {later.index}, the therapy is not started at time 0"
    return hint


def of_alarm(names: Sequence[str], start_ns: int, end_ns: int, record: Record, bench: dict[str, float]) -> str:
    """Of an alarm that was never raised in a span: the mode, if the pump did not deliver, and how near to its limit
    the quantity came that the alarm watches. "" when there is nothing to say.
    """
    parts = []
    mode = record.mode_at(start_ns)
    if mode is not None and mode not in _MOVING:
        parts.append(f"the pump was in {mode} at {format_duration(start_ns)}")
    settings = {**default_settings(), **pump_settings(bench)}
    for name in names:
        nearest = _NEAREST.get(name)
        found = nearest(start_ns, end_ns, record, settings) if nearest is not None else ""
        if found:
            parts.append(found)
    return "; ".join(parts)


def _pressure(start_ns: int, end_ns: int, record: Record, settings: dict[str, int]) -> str:
    seen = _truth("line_pressure_kpa", start_ns, end_ns, record)
    limit_kpa = settings["occlusion_limit_pa"] / 1000
    return f"highest line pressure {max(seen):.4g} kPa, limit {limit_kpa:.4g} kPa" if seen else ""


def _reservoir(level: str) -> Callable[[int, int, Record, dict[str, int]], str]:
    def text(start_ns: int, end_ns: int, record: Record, settings: dict[str, int]) -> str:
        seen = _status("reservoir_nl", start_ns, end_ns, record)
        return (
            f"lowest computed reservoir {format_volume(min(seen))}, level {format_volume(settings[level])}"
            if seen
            else ""
        )

    return text


def _supply(level: str) -> Callable[[int, int, Record, dict[str, int]], str]:
    def text(start_ns: int, end_ns: int, record: Record, settings: dict[str, int]) -> str:
        seen = _status("supply_mv", start_ns, end_ns, record)
        return f"lowest supply {min(seen)} mV, level {settings[level]} mV" if seen else ""

    return text


def _strokes(start_ns: int, end_ns: int, record: Record, settings: dict[str, int]) -> str:
    seen = _status("strokes", start_ns, end_ns, record)
    return f"{seen[-1] - seen[0]} strokes in that time" if seen else ""


def _truth(column: str, start_ns: int, end_ns: int, record: Record) -> list[float]:
    if record.truth is None:
        return []
    rows = zip(record.truth.t_ns, getattr(record.truth, column), strict=True)
    return [value for t_ns, value in rows if start_ns <= t_ns <= end_ns]


def _status(field: str, start_ns: int, end_ns: int, record: Record) -> list[int]:
    return [seen.fields[field] for seen in record.statuses if start_ns <= seen.t_ns <= end_ns]


_NEAREST: dict[str, Callable[[int, int, Record, dict[str, int]], str]] = {
    "CATHETER_OCCLUSION": _pressure,
    "LOW_RESERVOIR": _reservoir("low_level_nl"),
    "EMPTY_RESERVOIR": _reservoir("empty_level_nl"),
    "SUPPLY_LOW": _supply("supply_low_mv"),
    "SUPPLY_CRITICAL": _supply("supply_critical_mv"),
    "MOTOR_STALL": _strokes,
    "STEP_LOSS": _strokes,
    "CATHETER_DISCONNECTED": _strokes,
}
