"""Fewer points for the same picture, so that a report of a month of strokes opens at once.

Two ways, used one after the other: `straighten` leaves out what lies on a straight line within a stated
tolerance, `cap` keeps the lowest and the highest point of equal parts, so that a spike of one sample
survives any reduction.
"""

from __future__ import annotations

from hil.run.result import Series

# No screen shows more; straightening costs about a microsecond a point.
MOST_POINTS_TO_STRAIGHTEN = 12_000

# Of the whole range of the curve. A plot is some hundred pixels high.
TOLERANCE = 1e-4


def cap(series: Series, most: int) -> Series:
    """At most `most` points (at least 4): first, last, and the extremes of equal parts in between."""
    count = len(series.t_s)
    if count <= most:
        return series
    parts = max((most - 2) // 2, 1)
    kept = {0, count - 1}
    for part in range(parts):
        first = 1 + part * (count - 2) // parts
        after = 1 + (part + 1) * (count - 2) // parts
        values = series.y[first:after]
        kept.add(first + values.index(min(values)))
        kept.add(first + values.index(max(values)))
    indexes = sorted(kept)
    return Series([series.t_s[i] for i in indexes], [series.y[i] for i in indexes])


def straighten(series: Series, tolerance: float) -> Series:
    """Leave out points that the line between the kept ones passes within `tolerance` (unit of y).

    Points that share one time (a step) are kept. Swinging door: from the last kept point, the slopes
    that pass every later point within the tolerance form a wedge; when the wedge closes, the point
    before is kept and a new one opens.
    """
    times, values = series.t_s, series.y
    if len(times) < 3:
        return series
    kept = [0]
    steepest, flattest = float("inf"), float("-inf")
    for i in range(1, len(times)):
        run = times[i] - times[kept[-1]]
        rise = values[i] - values[kept[-1]]
        if run > 0 and flattest <= rise / run <= steepest:
            steepest = min(steepest, (rise + tolerance) / run)
            flattest = max(flattest, (rise - tolerance) / run)
            continue
        if kept[-1] != i - 1:
            kept.append(i - 1)
        run = times[i] - times[kept[-1]]
        rise = values[i] - values[kept[-1]]
        if run > 0:
            steepest, flattest = (rise + tolerance) / run, (rise - tolerance) / run
        else:
            kept.append(i)
            steepest, flattest = float("inf"), float("-inf")
    if kept[-1] != len(times) - 1:
        kept.append(len(times) - 1)
    return Series([times[i] for i in kept], [values[i] for i in kept])


def thin(series: Series, most: int) -> Series:
    """The curve with at most `most` points, and only as many of them as its shape needs."""
    if not series.y:
        return series
    height = max(series.y) - min(series.y)
    return cap(straighten(cap(series, MOST_POINTS_TO_STRAIGHTEN), height * TOLERANCE), most)
