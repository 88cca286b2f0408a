"""Quantities as a person reads them in a report."""

from __future__ import annotations


def clock_text(t_s: float) -> str:
    """Time since the start of a scenario, as scenarios write it: `1 d 02:00:15`."""
    seconds = round(t_s)
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    return f"{days} d {hours:02}:{rest // 60:02}:{rest % 60:02}"


def duration_text(duration_s: float) -> str:
    """A length of time in its natural unit: `340 ms`, `12.5 s`, `40 min`, `7 d`."""
    for unit, length_s in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        if abs(duration_s) >= length_s:
            return f"{duration_s / length_s:.4g} {unit}"
    return f"{duration_s * 1000:.3g} ms"


def volume_text(volume_nl: float) -> str:
    """A volume in its natural unit: `300 nL`, `41.7 µL`, `17.8 mL`."""
    for unit, size_nl in (("mL", 1e6), ("µL", 1e3)):
        if abs(volume_nl) >= size_nl:
            return f"{volume_nl / size_nl:.5g} {unit}"
    return f"{volume_nl:.4g} nL"


def percent_text(part: float, whole: float) -> str:
    """How far `part` is from `whole`: `-0.21 %`; a dash where the whole is nothing."""
    return f"{100 * (part - whole) / whole:+.2f} %" if whole else "–"
