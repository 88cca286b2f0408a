"""The oracle: computes the volume that the pump ought to deliver, in exact fractions, from the scenario alone.

The oracle knows what people did (programmes, start, stop, boluses that were accepted, clock), when the pump had no
supply or was restarted, and how a pump must understand it. It knows nothing of strokes, of the firmware or of other
faults. Volumes are `Fraction` nL,
times nanoseconds since the start of the scenario; a rate holds from its time up to, not including, the next.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime
from fractions import Fraction

import msgspec

from hil.scenario.model import Programme
from hil.words.quantity import NS_PER_DAY, NS_PER_H, NS_PER_MINUTE, NS_PER_S

MINIMUM_RATE_NL_PER_H = 2_000  # THR-17
MAXIMUM_RATE_NL_PER_H = 60_000_000  # THR-03
_MONDAY = datetime(2018, 1, 1)


class Bolus(msgspec.Struct):
    """A volume on top of basal at the rate that was asked for."""

    kind: str
    remaining_nl: Fraction
    rate_nl_per_h: Fraction


class Act(msgspec.Struct, frozen=True):
    """One thing that a person did, at `at_ns`, and that the pump had to obey."""

    at_ns: int
    kind: str  # programme, start, stop, minimum_rate, power_off, boot, clock, bolus, cancel
    programme: Programme | None = None
    shift_ns: int = 0
    bolus: str = ""
    volume_nl: int = 0
    duration_ns: int = 0
    rate_nl_per_h: int = 0


class Oracle:
    """Collects what was done; `plan` turns it into the ideal course of the rate."""

    def __init__(self, start_clock: datetime) -> None:
        self._wall_ns = int((start_clock - _MONDAY).total_seconds()) * NS_PER_S
        self.acts: list[Act] = []

    def note(self, act: Act) -> None:
        """Acts come in the order in which they happened."""
        self.acts.append(act)

    def plan(self, end_ns: int) -> Plan:
        return _Course(self._wall_ns).run(self.acts, end_ns)


class Plan:
    """The ideal rate as steps, and its integral."""

    def __init__(self, starts: list[Fraction], rates: list[Fraction], end_ns: int) -> None:
        self.starts_ns = starts
        self.rates_nl_per_h = rates
        self.end_ns = end_ns
        self._sums_nl = [Fraction(0)]
        for index in range(1, len(starts)):
            span_ns = starts[index] - starts[index - 1]
            self._sums_nl.append(self._sums_nl[-1] + rates[index - 1] * span_ns / NS_PER_H)

    def rate_at(self, t_ns: int) -> Fraction:
        index = bisect_right(self.starts_ns, t_ns) - 1
        return self.rates_nl_per_h[index] if index >= 0 else Fraction(0)

    def volume_until(self, t_ns: int) -> Fraction:
        index = bisect_right(self.starts_ns, t_ns) - 1
        if index < 0:
            return Fraction(0)
        span_ns = t_ns - self.starts_ns[index]
        return self._sums_nl[index] + self.rates_nl_per_h[index] * span_ns / NS_PER_H

    def volume_between(self, from_ns: int, to_ns: int) -> Fraction:
        """nL that a perfect pump delivers in the span."""
        return self.volume_until(to_ns) - self.volume_until(from_ns)


def basal_rate(programme: Programme, wall_ns: Fraction | int) -> tuple[int, int]:
    """(rate in nL/h, wall time in ns at which the next segment starts); wall time counts from a Monday
    00:00.
    """
    day, in_day_ns = divmod(int(wall_ns // 1), NS_PER_DAY)
    segments = programme.days[day % 7]
    rate = programme.days[(day - 1) % 7][-1][1]
    for minute, segment_rate in segments:
        if minute * NS_PER_MINUTE > in_day_ns:
            return rate, day * NS_PER_DAY + minute * NS_PER_MINUTE
        rate = segment_rate
    return rate, (day + 1) * NS_PER_DAY


class _Course:
    """Walks from one change of the rate to the next."""

    def __init__(self, wall_ns: int) -> None:
        self._wall_at_zero_ns = wall_ns
        self._programme: Programme | None = None
        self._is_powered = True
        self._mode = "stop"  # the last of start, stop, minimum_rate
        self._boluses: list[Bolus] = []
        self._bridge: Bolus | None = None
        self._now = Fraction(0)
        self._starts: list[Fraction] = []
        self._rates: list[Fraction] = []

    def run(self, acts: list[Act], end_ns: int) -> Plan:
        for act in acts:
            self._advance(Fraction(min(act.at_ns, end_ns)))
            self._apply(act)
        self._advance(Fraction(end_ns))
        return Plan(self._starts or [Fraction(0)], self._rates or [Fraction(0)], end_ns)

    def _apply(self, act: Act) -> None:
        if act.kind == "programme":
            self._programme = act.programme
        elif act.kind == "clock":
            self._wall_at_zero_ns += act.shift_ns
        elif act.kind in ("power_off", "boot"):
            self._is_powered = act.kind == "boot"
            self._boluses.clear()  # THR-14: no restart resumes a bolus
        elif act.kind == "bolus" and act.bolus == "bridge":
            self._bridge = _bolus(act)
        elif act.kind == "bolus":
            self._boluses.append(_bolus(act))
        elif act.kind == "cancel":
            if not self._boluses:
                self._bridge = None
            self._boluses.clear()
        else:
            self._mode = act.kind
            self._boluses.clear()  # THR-14: nothing resumes but basal

    def _advance(self, until: Fraction) -> None:
        while self._now < until:
            basal, next_change = self._basal(until)
            bolus = self._current_bolus()
            extra = self._bolus_rate(bolus, basal)
            if bolus is not None and extra > 0:
                next_change = min(next_change, self._now + bolus.remaining_nl * NS_PER_H / extra)
            if self._bridge is not None and basal + extra > 0:
                next_change = min(next_change, self._now + self._bridge.remaining_nl * NS_PER_H / (basal + extra))
                self._bridge.remaining_nl -= (basal + extra) * (next_change - self._now) / NS_PER_H
                if self._bridge.remaining_nl <= 0:
                    self._bridge = None
            if bolus is not None and extra > 0:
                bolus.remaining_nl -= extra * (next_change - self._now) / NS_PER_H
                if bolus.remaining_nl <= 0:
                    self._boluses.remove(bolus)
            self._hold(basal + extra)
            self._now = next_change

    def _hold(self, rate: Fraction) -> None:
        if not self._rates or self._rates[-1] != rate:
            self._starts.append(self._now)
            self._rates.append(rate)

    def _basal(self, until: Fraction) -> tuple[Fraction, Fraction]:
        if not self._is_powered or self._mode == "stop" or self._programme is None:
            return Fraction(0), until
        if self._mode == "minimum_rate":
            return Fraction(MINIMUM_RATE_NL_PER_H), until
        if self._bridge is not None:  # what is in the catheter, whatever interrupted it (THR-19)
            return self._bridge.rate_nl_per_h, until
        rate, next_wall_ns = basal_rate(self._programme, self._wall_at_zero_ns + self._now)
        return Fraction(rate), min(until, Fraction(next_wall_ns - self._wall_at_zero_ns))

    def _current_bolus(self) -> Bolus | None:
        """A patient bolus goes before the clinician's, which waits for it (THR-12)."""
        if not self._is_powered or not self._boluses:
            return None
        return next((bolus for bolus in self._boluses if bolus.kind == "patient"), self._boluses[0])

    def _bolus_rate(self, bolus: Bolus | None, basal: Fraction) -> Fraction:
        if bolus is None:
            return Fraction(0)
        return min(bolus.rate_nl_per_h, MAXIMUM_RATE_NL_PER_H - basal)


def _bolus(act: Act) -> Bolus:
    volume = Fraction(act.volume_nl)
    if act.rate_nl_per_h:
        rate = Fraction(act.rate_nl_per_h)
    elif act.duration_ns:
        rate = volume * NS_PER_H / act.duration_ns
    else:
        rate = Fraction(MAXIMUM_RATE_NL_PER_H)
    return Bolus(kind=act.bolus, remaining_nl=volume, rate_nl_per_h=rate)
