"""Rows of the truth, put together while they come: whoever asks at the end of a long run need not sort them all."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from operator import itemgetter

from emulator.trace import PlantSeries
from hil.targets.sim_serial import SimClock
from hil.targets.truth import TruthSeries

COLUMNS = (
    "t_ns",
    "delivered_nl",
    "in_csf_nl",
    "reservoir_nl",
    "line_pressure_kpa",
    "rotor_rev",
    "before_kpa",
    "trapped_nl",
)
Row = tuple[int, float, float, float, float, float, float, float]


class TruthRows:
    """Bursts of the plant and samples in order of time; at one time the burst comes first."""

    def __init__(self) -> None:
        self._columns = [array("q"), *(array("d") for _ in COLUMNS[1:])]
        self._taken = 0  # rows of the series
        self._stride = 1
        self._is_sorted = True

    def is_whole(self, series: PlantSeries) -> bool:
        """False when the series has been thinned since, or something came late: then they are to be made anew."""
        return self._is_sorted and (series.stride == self._stride or self._taken == 0)

    def add(self, row: Row) -> None:
        times = self._columns[0]
        self._is_sorted = self._is_sorted and (not times or times[-1] <= row[0])
        for column, value in zip(self._columns, row, strict=True):
            column.append(value)

    def take_bursts(self, series: PlantSeries, clock: SimClock) -> None:
        """What the series has gained."""
        if self._taken == 0:
            self._stride = series.stride
        if series.stride != self._stride:
            return
        start, self._taken = self._taken, len(series)
        if start == self._taken:
            return
        zero_ns = clock.of_world(0)
        times = [t_ns + zero_ns for t_ns in series.t_ns[start:]]
        mine = self._columns[0]
        self._is_sorted = self._is_sorted and (not mine or mine[-1] < times[0])
        mine.extend(times)
        sources = (
            series.delivered_nl,
            series.in_csf_nl,
            series.reservoir_nl,
            series.peak_kpa,
            series.rotor_rev,
            series.before_kpa,
        )
        for column, source in zip(self._columns[1:-1], sources, strict=True):
            column.extend(array("d", source[start:]))
        trapped = self._columns[-1]
        last = trapped[-1] if trapped else 0.0
        trapped.extend([last] * len(times))

    def insert(self, samples: Sequence[Row]) -> None:
        """Samples among bursts that are there already."""
        rows = [(*values, -1.0) for values in zip(*self._columns[:-1], strict=True)]
        rows += samples
        rows.sort(key=itemgetter(0))
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(COLUMNS)
        trapped = array("d", columns[-1])
        for row in range(len(trapped)):
            if trapped[row] < 0.0:
                trapped[row] = trapped[row - 1] if row else 0.0
        self._columns = [array("q", columns[0]), *(array("d", column) for column in columns[1:-1]), trapped]
        self._is_sorted = True

    def series(self) -> TruthSeries:
        return TruthSeries(**{name: column[:] for name, column in zip(COLUMNS, self._columns, strict=True)})
