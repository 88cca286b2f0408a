"""Drug in the CSF: one compartment, first-order elimination. Ranks scenarios; predicts no clinic."""

from math import exp, log

from emulator.plant.config import PlantConfig

_S_PER_H = 3600.0


class Patient:
    """amount_ug in the CSF at now_ns, and the hours spent below and above the drug's thresholds.

    Drug that arrives in an interval counts at its start: wrong by less than the line's time constant
    times the elimination rate, 3e-6 of a stroke on a free line.
    """

    def __init__(self, config: PlantConfig) -> None:
        drug = config.drug
        self.now_ns = 0
        self._rate_per_s = log(2.0) / drug.half_life_s
        self.usual_ug = drug.usual_daily_ug / 86_400.0 / self._rate_per_s
        self.withdrawal_ug = drug.withdrawal_fraction * self.usual_ug
        self.overdose_ug = drug.overdose_ratio * self.usual_ug
        self.amount_ug = self.usual_ug if config.starts_at_usual_dose else 0.0
        self.received_ug = 0.0
        self.hours_below = 0.0
        self.hours_above = 0.0

    def receive(self, drug_ug: float) -> None:
        """This much arrives now."""
        self.received_ug += drug_ug
        self.amount_ug += drug_ug

    def advance(self, t_ns: int) -> None:
        """Eliminate until t_ns and book the hours outside the thresholds."""
        span_s = (t_ns - self.now_ns) * 1e-9
        if span_s <= 0.0:
            return
        self.now_ns = t_ns
        before = self.amount_ug
        after = before * exp(-self._rate_per_s * span_s)
        self.amount_ug = after
        if after < self.withdrawal_ug:
            above_s = self._time_above(self.withdrawal_ug, before)
            self.hours_below += (span_s - above_s) / _S_PER_H
        if before > self.overdose_ug:
            above_s = min(self._time_above(self.overdose_ug, before), span_s)
            self.hours_above += above_s / _S_PER_H

    def _time_above(self, threshold_ug: float, amount_ug: float) -> float:
        """Seconds until `amount_ug` has fallen to the threshold."""
        return log(amount_ug / threshold_ug) / self._rate_per_s if amount_ug > threshold_ug else 0.0
