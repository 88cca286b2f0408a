"""When the reservoir reaches its low and its empty level (RES-02), and when a refill is due (RES-08).

Computed on each change: commit, bolus start and end, mode, refill, clock, level. In between nothing need
be computed: the answers are points of run_s, and while the pump follows the programme they stay true.
Two answers each: without patient boluses, and with all of them used as early as they are admitted. The
second one is the date for the refill, since somebody must come before the level is reached even so.
The dose limit is not foreseen: it can only make the volume last longer.
"""

from micropython import const

from firmware.core.bolus_checks import stretched_s
from firmware.core.bolus_use import BolusUse
from firmware.core.drawdown import BY_PROGRAMME, HORIZON_S, Drawdown
from firmware.core.flow import MINIMUM_RATE_NL_PER_H, OFF, PROGRAMME
from firmware.core.units import NEVER_S, WEEK_S, mul_div
from protocols.ids import NO_BOLUS

REFILL_LEAD_DEFAULT_S = const(259200)  # RES-08: 72 h


class Forecast:
    """All three in run_s; NEVER_S when not foreseeable, as in every mode without delivery."""

    def __init__(self, flow, reservoir):
        self._flow = flow
        self._reservoir = reservoir
        self._drawdown = Drawdown(flow.prescription.programme)
        self._use = BolusUse()
        self.refill_lead_s = REFILL_LEAD_DEFAULT_S
        self.low_at_s = NEVER_S
        self.empty_at_s = NEVER_S
        self.low_with_boluses_at_s = NEVER_S

    def compute(self):
        """As of the flow's last advance()."""
        flow = self._flow
        if flow.basal == OFF:
            self.low_at_s = self.empty_at_s = NEVER_S
            self.low_with_boluses_at_s = NEVER_S
            return
        rate = BY_PROGRAMME if flow.basal == PROGRAMME else MINIMUM_RATE_NL_PER_H
        self._drawdown.measure_week(rate)
        low_nl = self._reservoir.low_level_nl
        empty_nl = self._reservoir.empty_level_nl
        self.low_at_s = self._reached_at_s(low_nl, False)
        self.empty_at_s = self._reached_at_s(empty_nl, False)
        if flow.prescription.patient.volume_nl:
            self.low_with_boluses_at_s = self._reached_at_s(low_nl, True)
        else:
            self.low_with_boluses_at_s = self.low_at_s

    def refill_due_at_s(self):
        """run_s from which REFILL_DUE holds (not below 0); NEVER_S when not foreseeable."""
        if self.low_with_boluses_at_s == NEVER_S:
            return NEVER_S
        due_s = self.low_with_boluses_at_s - self.refill_lead_s
        return due_s if due_s > 0 else 0

    def _reached_at_s(self, level_nl, uses_boluses):
        flow = self._flow
        # What waits for a stroke is drawn already, as far as time is concerned.
        above_nl = self._reservoir.volume_nl - level_nl - flow.dosing.due_pl // 1000
        if above_nl <= 0:
            return flow.run_s
        self._drawdown.begin(above_nl, flow.schedule.week_s())
        if self._is_drawn_by(flow.boluses.patient) or self._is_drawn_by(flow.boluses.other) or self._is_bridged():
            return flow.run_s + self._drawdown.elapsed_s
        in_s = self._walk(level_nl) if uses_boluses else self._drawdown.finish()
        return NEVER_S if in_s == NEVER_S else flow.run_s + in_s

    def _is_drawn_by(self, bolus):
        if bolus.kind == NO_BOLUS:
            return False
        seconds = (bolus.remaining_ms + 500) // 1000
        return self._drawdown.draw_for(seconds, bolus.rate_nl_per_h, True)

    def _is_bridged(self):
        """The reservoir reaches the level before the old drug is out of the catheter."""
        bridge = self._flow.bridge
        left_nl = bridge.left_nl - self._flow.dosing.due_pl // 1000
        if bridge.left_nl == 0 or left_nl <= 0 or self._flow.basal != PROGRAMME:
            return False
        return self._drawdown.draw_for(mul_div(left_nl, 3600, bridge.rate_nl_per_h), bridge.rate_nl_per_h, False)

    def _walk(self, level_nl):
        flow = self._flow
        drawdown = self._drawdown
        use = self._use
        patient = flow.prescription.patient
        volume_nl = patient.volume_nl
        duration_s = stretched_s(volume_nl, patient.duration_s, flow.stroke.highest_nl_per_h)
        rate = mul_div(volume_nl, 3600, duration_s)
        use.begin(patient, duration_s, flow.lockout, flow.run_s, flow.boluses.patient)
        # Near the empty level a bolus is refused (RES-09), and so is every later one.
        kept_nl = flow.stroke.volume_nl(flow.stroke.shortest) + self._reservoir.empty_level_nl
        covered_nl = volume_nl + kept_nl - level_nl
        number = 0
        shift_s = 0
        while True:
            if number >= use.first and (number - use.first) % use.cycle_boluses == 0:
                cycles = self._cycles_to_skip(volume_nl, covered_nl)
                if cycles > (HORIZON_S - drawdown.elapsed_s) // use.cycle_s:
                    return NEVER_S
                shift_s += cycles * use.cycle_s
                drawdown.jump(cycles * use.cycle_s, cycles * use.cycle_boluses * volume_nl)
            wait_s = use.start_in_s(number) + shift_s - drawdown.elapsed_s
            if drawdown.draw_for(wait_s, 0, True):
                return drawdown.elapsed_s
            if drawdown.left_nl() < covered_nl:
                return drawdown.finish()
            if drawdown.draw_for(duration_s, rate, True):
                return drawdown.elapsed_s
            number += 1

    def _cycles_to_skip(self, volume_nl, covered_nl):
        # Basal in n cycles is at most n times its peak, and at most its share of the weeks plus one week.
        drawdown = self._drawdown
        use = self._use
        spare_nl = drawdown.left_nl() - (covered_nl if covered_nl > 0 else 0)
        if spare_nl <= 0 or volume_nl > spare_nl // use.cycle_boluses:
            return 0
        boluses_nl = use.cycle_boluses * volume_nl
        by_peak = spare_nl // (boluses_nl + drawdown.peak_nl(use.cycle_s))
        spare_nl -= drawdown.week_nl()
        if spare_nl <= 0:
            return by_peak
        by_week = spare_nl // (boluses_nl + mul_div(drawdown.week_nl(), use.cycle_s, WEEK_S) + 1)
        return by_week if by_week > by_peak else by_peak
