"""Pressure and flow between head and patient: one compliance behind one resistance, solved exactly.

Each step edge puts its volume into the compliance at once; between edges the excess pressure decays
exponentially through the resistance. A row of equal edges is a geometric series, so it costs the same
as one edge. Volume out is taken from the balance, so volume is conserved to rounding.
"""

from math import exp, expm1, prod

from emulator.plant.config import PlantConfig
from emulator.plant.overlay import Overlay, kept_of

_CLOSED_AFTER = 40.0  # time constants after which a closing line counts as closed (e^-40)
_NO_EXCESS_KPA = 1e-9


class Line:
    """excess_kpa: above the patient's pressure. now_ns: time up to which it is solved.

    conductance: factors of kink, microleak, disconnection. reaching: owners put the share of the outflow
    that is lost; its value is the share that reaches the CSF.
    """

    def __init__(self, config: PlantConfig) -> None:
        self.now_ns = 0
        self.compliance_nl_per_kpa = config.compliance_nl_per_kpa
        self.patient_kpa = config.patient_kpa
        kpa_s_per_nl = config.resistance_kpa_h_per_ul * 3600.0 / 1000.0
        self._free_per_s = 1.0 / (kpa_s_per_nl * config.compliance_nl_per_kpa)
        self.excess_kpa = 0.0
        self.peak_kpa = config.patient_kpa
        self.conductance = Overlay(prod, self._refresh)
        self.reaching = Overlay(kept_of)
        self._closings: dict[object, tuple[int, float]] = {}
        self._closing: tuple[int, float] | None = None
        self._rate_per_s = self._free_per_s

    @property
    def pressure_kpa(self) -> float:
        """Gauge pressure at the pump's outlet."""
        return self.patient_kpa + self.excess_kpa

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

    def _refresh(self) -> None:
        self._rate_per_s = self._free_per_s * self.conductance.value
        # Two occlusions in one line: the older one is the narrower one.
        self._closing = min(self._closings.values()) if self._closings else None
        if self._closing is not None and self._closing[1] <= 0.0:
            self._closing, self._rate_per_s = None, 0.0

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
