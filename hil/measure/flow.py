"""Flow accuracy after the method of IEC 60601-2-24: start-up graph and trumpet curve from volumes over time.

Only the method is taken: the standard excludes implanted pumps, and nothing here claims conformity with it.
Volumes are sampled every 30 s. After the stabilisation time T1 the analysis time T2 is searched for the windows
of length P in which the mean flow was furthest above and below the set rate.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import msgspec

SAMPLE_S = 30
STABILISATION_S = 3600
WINDOWS_S = (60, 120, 300, 660, 1140, 1860, 3600, 7200, 14_400, 28_800, 86_400)
STEADY_FRACTION = 0.15
_STEADY_WINDOW_STROKES = 4


class Samples(msgspec.Struct):
    """Volume since time zero every SAMPLE_S seconds; the first one is at zero."""

    volume_nl: list[float]
    sample_s: int = SAMPLE_S

    def taken(self, start: int, count: int) -> float:
        """Volume in `count` samples from sample `start` on."""
        return self.volume_nl[start + count] - self.volume_nl[start]


class TrumpetPoint(msgspec.Struct):
    """Largest errors of the mean flow in any window of this length, in percent of the set rate."""

    window_s: int
    highest_percent: float
    lowest_percent: float


class FlowAccuracy(msgspec.Struct):
    """One rate. `first_s`: when the first volume came; `steady_s`: from when on flow stayed near the rate.

    `startup`: (end of the sample in s, flow in nL/h). None where it never happened.
    """

    rate_nl_per_h: int
    stabilisation_s: int
    analysis_s: int
    mean_error_percent: float
    trumpet: list[TrumpetPoint]
    startup: list[tuple[float, float]]
    first_s: float | None
    steady_s: float | None


def sampled(t_s: Sequence[float], volume_nl: Sequence[float], end_s: float, sample_s: int = SAMPLE_S) -> Samples:
    """Samples of a running total that holds until its next row. Before the first row it is that row's."""
    volumes = []
    for at_s in range(0, int(end_s) + 1, sample_s):
        row = bisect_right(t_s, at_s) - 1
        volumes.append(volume_nl[max(row, 0)])
    first = volumes[0]
    return Samples([volume - first for volume in volumes], sample_s)


def accuracy(samples: Samples, rate_nl_per_h: int, stabilisation_s: int, stroke_nl: float) -> FlowAccuracy:
    """`stroke_nl` is the grain of the flow: steady is judged over windows of a few strokes.

    Raises ValueError when the samples end before the analysis begins.
    """
    step_s = samples.sample_s
    first = stabilisation_s // step_s
    count = len(samples.volume_nl) - 1
    if first >= count:
        raise ValueError(f"{count * step_s} s of samples end within the stabilisation time of {stabilisation_s} s")
    ideal_nl = rate_nl_per_h * step_s / 3600
    analysed = count - first
    return FlowAccuracy(
        rate_nl_per_h=rate_nl_per_h,
        stabilisation_s=stabilisation_s,
        analysis_s=analysed * step_s,
        mean_error_percent=100 * (samples.taken(first, analysed) / (analysed * ideal_nl) - 1),
        trumpet=[
            _trumpet_point(samples, first, window_s // step_s, ideal_nl)
            for window_s in WINDOWS_S
            if window_s <= analysed * step_s
        ],
        startup=[((i + 1) * step_s, samples.taken(i, 1) * 3600 / step_s) for i in range(count)],
        first_s=next((i * step_s for i, volume in enumerate(samples.volume_nl) if volume > 0), None),
        steady_s=_steady_s(samples, rate_nl_per_h, stroke_nl),
    )


def _trumpet_point(samples: Samples, first: int, window: int, ideal_nl: float) -> TrumpetPoint:
    starts = range(first, len(samples.volume_nl) - window)
    taken = [samples.taken(start, window) for start in starts]
    ideal = window * ideal_nl
    return TrumpetPoint(window * samples.sample_s, 100 * (max(taken) / ideal - 1), 100 * (min(taken) / ideal - 1))


def _steady_s(samples: Samples, rate_nl_per_h: int, stroke_nl: float) -> float | None:
    """Start of the first window of a few strokes from which on no such window is further off than 15 % and a
    stroke."""
    step_s = samples.sample_s
    window = max(1, round(_STEADY_WINDOW_STROKES * stroke_nl * 3600 / rate_nl_per_h / step_s))
    ideal_nl = rate_nl_per_h * window * step_s / 3600
    tolerance_nl = STEADY_FRACTION * ideal_nl + stroke_nl
    steady = None
    for start in range(len(samples.volume_nl) - window):
        if abs(samples.taken(start, window) - ideal_nl) > tolerance_nl:
            steady = None
        elif steady is None:
            steady = start
    return None if steady is None else float(steady * step_s)
