"""The record of a run: text to compare and numbers to plot.

Text lines carry only integers and words of the simulated world, so the same scenario and seed give the
same hash at any speed. Numbers are kept in arrays, one point per burst, and thinned when they are many.
"""

from array import array
from bisect import bisect_right
from hashlib import sha256

from emulator.plant import Plant

MAX_POINTS = 200_000  # 48 bytes each


class Trace:
    """Append-only lines "{t_ns} {source} {text}"."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._hash = sha256()

    def add(self, t_ns: int, source: str, text: str) -> None:
        """One line; source is one word, text has no line break."""
        line = f"{t_ns} {source} {text}"
        self.lines.append(line)
        self._hash.update(line.encode() + b"\n")

    def sha256(self) -> str:
        """Hex digest of all lines so far."""
        return self._hash.hexdigest()


class PlantSeries:
    """Columns of the plant's truth, one row at the start, at the last edge of each burst and at each
    change of a fault.

    Past `max_points` every second row is dropped and only every second burst is kept from then on, and
    so on; the peak pressure of dropped bursts goes into the next row.
    """

    def __init__(self, plant: Plant, max_points: int = MAX_POINTS) -> None:
        if max_points < 2:
            raise ValueError(f"a series of {max_points} points cannot be thinned")
        self._plant = plant
        self._max_points = max_points
        self.stride = 1
        self._skipped = 0
        self._peak_kpa = 0.0
        self.t_ns = array("q")
        self.delivered_nl = array("d")
        self.in_csf_nl = array("d")
        self.reservoir_nl = array("d")
        self.rotor_rev = array("d")
        self.before_kpa = array("f")
        self.peak_kpa = array("f")
        plant.on_burst(self._record)
        self._record(plant.now_ns, plant.line.pressure_kpa, plant.line.pressure_kpa)

    def __len__(self) -> int:
        return len(self.t_ns)

    def at(self, column: "array[float]", now_value: float, t_ns: int) -> float:
        """Value of delivered_nl, in_csf_nl, reservoir_nl or rotor_rev at t_ns, not after the plant's now.

        Exact to the burst until the series is thinned, then interpolated. now_value: of the plant.
        """
        index = bisect_right(self.t_ns, t_ns)
        if index == len(self.t_ns) and (self.stride == 1 or t_ns >= self._plant.now_ns):
            return now_value
        before = column[max(index - 1, 0)]
        if self.stride == 1:
            return before
        is_last = index == len(self.t_ns)
        after = now_value if is_last else column[index]
        end_ns = self._plant.now_ns if is_last else self.t_ns[index]
        begin_ns = self.t_ns[max(index - 1, 0)]
        return before + (after - before) * (t_ns - begin_ns) / max(end_ns - begin_ns, 1)

    def _record(self, t_ns: int, before_kpa: float, peak_kpa: float) -> None:
        if peak_kpa > self._peak_kpa:
            self._peak_kpa = peak_kpa
        self._skipped += 1
        if self._skipped < self.stride:
            return
        self._skipped = 0
        plant = self._plant
        self.t_ns.append(t_ns)
        self.delivered_nl.append(plant.displaced_nl)
        self.in_csf_nl.append(plant.in_csf_nl + plant.injected_nl)
        self.reservoir_nl.append(plant.reservoir.volume_nl)
        self.rotor_rev.append(plant.motor.rotor_rev)
        self.before_kpa.append(before_kpa)
        self.peak_kpa.append(self._peak_kpa)
        self._peak_kpa = 0.0
        if len(self.t_ns) >= self._max_points:
            self._thin()

    def _thin(self) -> None:
        peaks = self.peak_kpa
        self.peak_kpa = array("f", (max(peaks[max(i - 1, 0)], peaks[i]) for i in range(0, len(peaks), 2)))
        for name in ("t_ns", "delivered_nl", "in_csf_nl", "reservoir_nl", "rotor_rev", "before_kpa"):
            setattr(self, name, getattr(self, name)[::2])
        if len(peaks) % 2 == 0:
            # The newest row is among those dropped: it counts as the first of the next ones.
            self._peak_kpa = peaks[-1]
            self._skipped = self.stride
        self.stride *= 2
