"""What a person hears and sees, taken from the nets: pulses, bursts and the ranges of IEC 60601-1-8.

The ranges are those of firmware/core/signals.py (secondary source). Lengths are milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.pump.pump_rig import PumpRig

NS_PER_MS = 1e6


@dataclass(frozen=True)
class Table:
    """Ranges of one priority. `spacings`: between pulses, the n-th of a burst where it is another one."""

    pulses: int
    pulse_ms: tuple[float, float]
    spacing_ms: tuple[float, float]
    burst_ms: tuple[float, float]
    lamp_hz: tuple[float, float] | None


# Pulses 3 and 4, and 8 and 9, of a high burst are two spacings and a pulse apart; the gap is after pulse 5.
TABLES = {
    "HIGH": Table(10, (75, 200), (50, 125), (2_500, 15_000), (1.4, 2.8)),
    "MEDIUM": Table(3, (125, 250), (125, 250), (2_500, 30_000), (0.4, 0.8)),
    "LOW": Table(2, (125, 250), (125, 250), (15_000, 3_600_000), None),
}
_GROUP_GAPS = (2, 7)
_HALF_GAP = 4
_GROUP_GAP_MS = (175.0, 450.0)  # two spacings and one pulse, each in its range
_HALF_GAP_MS = (350.0, 1_300.0)
_APART_MS = 2_000.0


def _window_ns(rig: PumpRig, from_s: float, to_s: float) -> tuple[int, int]:
    zero_ns = rig.world.env.now - rig.clock.now_ns
    return zero_ns + round(from_s * 1e9), zero_ns + round(to_s * 1e9)


def sound(rig: PumpRig, from_s: float, to_s: float) -> list[tuple[float, float, int]]:
    """(begin ms, end ms, pitch in Hz) of every whole tone on the BUZZER net, in times of the target."""
    zero_ms = (rig.world.env.now - rig.clock.now_ns) / NS_PER_MS
    changes = rig.world.bench.buzzer.heard.between(*_window_ns(rig, from_s, to_s))
    tones = []
    for (begin_ns, pitch_hz), (end_ns, following) in zip(changes, changes[1:], strict=False):
        if pitch_hz:
            assert following == 0, "one tone runs into the next"
            tones.append((begin_ns / NS_PER_MS - zero_ms, end_ns / NS_PER_MS - zero_ms, pitch_hz))
    return tones


def bursts(tones: list[tuple[float, float, int]]) -> list[list[tuple[float, float, int]]]:
    """Tones in groups that are more than two seconds apart."""
    found: list[list[tuple[float, float, int]]] = []
    for tone in tones:
        if found and tone[0] - found[-1][-1][1] < _APART_MS:
            found[-1].append(tone)
        else:
            found.append([tone])
    return found


def complaints(burst: list[tuple[float, float, int]], priority: str) -> list[str]:
    """What of a burst is outside the ranges of its priority."""
    table = TABLES[priority]
    found = []
    if len(burst) != table.pulses:
        found.append(f"{len(burst)} pulses")
    for place, (begin_ms, end_ms, pitch_hz) in enumerate(burst):
        if not table.pulse_ms[0] <= end_ms - begin_ms <= table.pulse_ms[1]:
            found.append(f"pulse {place} of {end_ms - begin_ms:.0f} ms")
        if not 150 <= pitch_hz <= 1_000:
            found.append(f"pitch {pitch_hz} Hz")
    for place, (before, after) in enumerate(zip(burst, burst[1:], strict=False)):
        allowed = table.spacing_ms
        if priority == "HIGH":
            allowed = _GROUP_GAP_MS if place in _GROUP_GAPS else _HALF_GAP_MS if place == _HALF_GAP else allowed
        if not allowed[0] <= after[0] - before[1] <= allowed[1]:
            found.append(f"spacing {place} of {after[0] - before[1]:.0f} ms")
    return found


def lamp(rig: PumpRig, from_s: float, to_s: float) -> list[tuple[float, int]]:
    """(ms, level) of every edge on ALARM_LAMP."""
    edges = rig.world.bench.alarm_lamp.seen.between(*_window_ns(rig, from_s, to_s))
    return [(t_ns / NS_PER_MS, level) for t_ns, level in edges]
