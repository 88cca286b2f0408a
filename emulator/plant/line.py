"""Pressure and flow between head and patient: one compliance behind one resistance, solved exactly.

Each step edge puts its volume into the compliance at once; between edges the excess pressure decays
exponentially through the resistance. A row of equal edges is a geometric series, so it costs the same
as one edge. Volume out is taken from the balance, so volume is conserved to rounding.
"""

from math import exp, expm1, prod, sqrt

from emulator.plant.config import PlantConfig
from emulator.plant.overlay import Overlay, kept_of
from emulator.plant.rest_pressure import RestPressure

_CLOSED_AFTER = 40.0  # time constants after which a closing line counts as closed (e^-40)
_NO_EXCESS_KPA = 1e-9
# Boyle at 101.3 kPa: 1 uL of gas gives way by 9.9 nL for each kPa.
_GAS_PER_KPA = 1.0 / 101.3
_SWING_PER_S = 7.3  # 2 pi times 70 a minute: what a slow line lets through of a heartbeat


class Line:
    """excess_kpa: above the patient's pressure. now_ns: time up to which it is solved.

    rest: the patient's pressure over time. air: owners put the nL of gas that the line holds.
    conductance: factors of kink, microleak, disconnection. reaching: owners put the share of the outflow
    that is lost; its value is the share that reaches the CSF.
    """

    def __init__(self, config: PlantConfig) -> None:
        self.now_ns = 0
        self.rest = RestPressure(config)
        self.rest.changed = self._rest_changed
        self.patient_kpa = self.rest.level_kpa
        self.next_change_ns = self.rest.next_change_ns
        self._wall_nl_per_kpa = config.compliance_nl_per_kpa
        self._kpa_s_per_nl = config.resistance_kpa_s_per_nl
        self.excess_kpa = 0.0
        self.peak_kpa = self.patient_kpa
        self._closings: dict[object, tuple[int, float]] = {}
        self._closing: tuple[int, float] | None = None
        self.compliance_nl_per_kpa = config.compliance_nl_per_kpa
        self._free_per_s = self._rate_per_s = 1.0 / (self._kpa_s_per_nl * config.compliance_nl_per_kpa)
        self._swings = not self.rest.is_still
        self._passed = 0.0
        self.conductance = Overlay(prod, self._refresh)
        self.reaching = Overlay(kept_of)
        self.air = Overlay(sum, self._air_changed)
        self._refresh()
        if config.air_nl:
            self.air.put(self, config.air_nl)

    @property
    def pressure_kpa(self) -> float:
        """Gauge pressure at the pump's outlet, without breath, heartbeat and coughs."""
        return self.patient_kpa + self.excess_kpa

    def swing_kpa(self, t_ns: int) -> float:
        """What breath, heartbeat and coughs add at the pump's outlet, as far as the line lets them through."""
        if self._closing is not None:
            self._passed = _passed(self._decay_rate_at(t_ns))
        return self.rest.swing_kpa(t_ns) * self._passed if self._passed and self._swings else 0.0

    def pressure_after(self, volume_nl: float) -> float:
        """Gauge pressure if that volume came at once: no train of it can press higher."""
        return self.patient_kpa + self.excess_kpa + volume_nl / self.compliance_nl_per_kpa

    @property
    def trapped_nl(self) -> float:
        """Volume that the stretched line holds above rest."""
        return self.excess_kpa * self.compliance_nl_per_kpa

    @property
    def openness(self) -> float:
        """Conductance now over that of the free line: 1 open, 0 closed."""
        return self._decay_rate_at(self.now_ns) / self._free_per_s

    def close(self, owner: object, onset_s: float) -> None:
        """From now on conductance falls to nothing with this time constant (0: at once)."""
        self._closings[owner] = (self.now_ns, onset_s)
        self._refresh()

    def open(self, owner: object) -> None:
        """What `owner` closed is free again; the trapped volume leaves by the free resistance."""
        self._closings.pop(owner, None)
        self._refresh()

    def _rest_changed(self) -> None:
        self._swings = not self.rest.is_still
        self._take_level()

    def _take_level(self) -> None:
        """The patient's level changed: the line still has its pressure, so it has another excess."""
        self.excess_kpa += self.patient_kpa - self.rest.level_kpa
        self.patient_kpa = self.rest.level_kpa
        self.next_change_ns = self.rest.next_change_ns

    def _air_changed(self) -> None:
        """Gas takes its share of the volume that the line holds, so that volume stays what it is."""
        held_nl = self.trapped_nl
        self.compliance_nl_per_kpa = self._wall_nl_per_kpa + self.air.value * _GAS_PER_KPA
        self.excess_kpa = held_nl / self.compliance_nl_per_kpa
        self._free_per_s = 1.0 / (self._kpa_s_per_nl * self.compliance_nl_per_kpa)
        self._refresh()

    def _refresh(self) -> None:
        self._rate_per_s = self._free_per_s * self.conductance.value
        # Two occlusions in one line: the older one is the narrower one.
        self._closing = min(self._closings.values()) if self._closings else None
        if self._closing is not None and self._closing[1] <= 0.0:
            self._closing, self._rate_per_s = None, 0.0
        self._passed = _passed(self._rate_per_s)

    def _decay_rate_at(self, t_ns: int) -> float:
        if self._closing is None:
            return self._rate_per_s
        since_ns, onset_s = self._closing
        return self._rate_per_s * exp(-(t_ns - since_ns) * 1e-9 / onset_s)

    def _decays_while(self, closing: tuple[int, float], t_ns: int) -> float:
        """Exponent of the decay from now_ns to t_ns in a closing line: the integral of the rate."""
        since_ns, onset_s = closing
        begin = (self.now_ns - since_ns) * 1e-9 / onset_s
        if begin > _CLOSED_AFTER:
            return 0.0
        end = (t_ns - since_ns) * 1e-9 / onset_s
        return self._rate_per_s * onset_s * exp(-begin) * -expm1(begin - end)

    def flow(self, t_ns: int) -> float:
        """No inflow until t_ns; returns the nL that left the line (negative: came back)."""
        if t_ns >= self.next_change_ns:
            return self._flow_past_changes(t_ns)
        before = self.excess_kpa
        if before == 0.0:
            self.now_ns = t_ns
            return 0.0
        if self._closing is None:
            decays = self._rate_per_s * (t_ns - self.now_ns) * 1e-9
        else:
            decays = self._decays_while(self._closing, t_ns)
        after = before * exp(-decays)
        if -_NO_EXCESS_KPA < after < _NO_EXCESS_KPA:
            after = 0.0
        self.now_ns = t_ns
        self.excess_kpa = after
        return (before - after) * self.compliance_nl_per_kpa

    def _flow_past_changes(self, t_ns: int) -> float:
        out_nl = 0.0
        while self.next_change_ns <= t_ns:
            at_ns = max(self.next_change_ns, self.now_ns)
            self.next_change_ns = at_ns + 1  # so that `flow` solves up to the change itself
            out_nl += self.flow(at_ns)
            self.rest.settle(at_ns)
            self._take_level()
        return out_nl + self.flow(t_ns)

    def pulses(self, first_ns: int, period_ns: int, count: int, edge_nl: float) -> float:
        """`count` edges of `edge_nl` each, the first at first_ns; returns the nL that left meanwhile.

        Ends at the last edge, its volume still in the line.
        """
        out_nl = self.flow(first_ns)
        edge_kpa = edge_nl / self.compliance_nl_per_kpa
        if self._closing is not None:
            self.excess_kpa += edge_kpa
            for i in range(1, count):
                out_nl += self.flow(first_ns + i * period_ns)
                self.excess_kpa += edge_kpa
        else:
            before = self.excess_kpa
            exponent = self._rate_per_s * period_ns * 1e-9
            self.now_ns = first_ns + (count - 1) * period_ns
            if exponent == 0.0:
                self.excess_kpa = before + count * edge_kpa
            else:
                tail = exp(-exponent * (count - 1))
                after = before * tail + edge_kpa * expm1(-exponent * count) / expm1(-exponent)
                self.excess_kpa = after
                out_nl += (before - after) * self.compliance_nl_per_kpa + count * edge_nl
        pressure_kpa = self.patient_kpa + self.excess_kpa
        if pressure_kpa > self.peak_kpa:
            self.peak_kpa = pressure_kpa
        return out_nl


def _passed(rate_per_s: float) -> float:
    """Share of a heartbeat that reaches the pump through a line that settles at this rate."""
    return rate_per_s / sqrt(rate_per_s * rate_per_s + _SWING_PER_S * _SWING_PER_S)
