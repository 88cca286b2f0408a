"""Fills in STATUS: the one place where the services meet its fields."""

from firmware.core.units import NEVER_S
from protocols import ids


class Snapshot:
    """What STATUS reports: integers named as the fields of the message."""

    def __init__(self):
        self.mode = ids.BOOT
        self.action = ids.CONTINUE
        self.bolus_kind = ids.NO_BOLUS
        self.flags = 0
        self.alarm_count = 0
        self.top_alarm = 0
        self.epoch_s = 0
        self.run_s = 0
        self.rate_nl_per_h = 0
        self.basal_nl_per_h = 0
        self.bolus_remaining_nl = 0
        self.reservoir_nl = 0
        self.delivered_nl = 0
        self.commanded_nl = 0
        self.strokes = 0
        self.low_at_s = 0
        self.empty_at_s = 0
        self.refill_due_at_s = 0
        self.lockout_s = 0
        self.pressure_pa = 0
        self.supply_mv = 0
        self.rotor_counts = 0
        self.events_rejected = 0
        self.boots = 0
        self.reset_cause = 0
        self.log_seq = 0
        self.soft_limit_fields = 0


class Status:
    def __init__(
        self,
        reset_cause,
        mode,
        alarms,
        therapy,
        prescription,
        stager,
        reservoir,
        foresight,
        runner,
        ledger,
        line_guard,
        supply_monitor,
        head,
        keys,
        log,
        clock,
    ):
        self._reset_cause = reset_cause
        self._mode = mode
        self._alarms = alarms
        self._therapy = therapy
        self._prescription = prescription
        self._stager = stager
        self._reservoir = reservoir
        self._foresight = foresight
        self._runner = runner
        self._ledger = ledger
        self._line_guard = line_guard
        self._supply_monitor = supply_monitor
        self._head = head
        self._keys = keys
        self._log = log
        self._clock = clock
        self._snapshot = Snapshot()

    def refresh(self):
        """The same Snapshot object each time, with the figures of this moment."""
        shot = self._snapshot
        clock = self._clock
        therapy = self._therapy
        therapy.advance(clock.now_ms(), clock.run_s)
        shot.mode = self._mode.state()
        shot.action = self._alarms.governing_action
        shot.bolus_kind = therapy.running_kind()
        shot.flags = self._flags()
        shot.alarm_count = self._alarms.count
        shot.top_alarm = self._alarms.top
        shot.epoch_s = clock.epoch_s
        shot.run_s = clock.run_s
        shot.rate_nl_per_h = therapy.rate_nl_per_h
        shot.basal_nl_per_h = therapy.basal_nl_per_h
        shot.bolus_remaining_nl = therapy.remaining_nl()
        shot.reservoir_nl = self._reservoir.volume_nl
        shot.delivered_nl = self._ledger.delivered_nl
        shot.commanded_nl = self._ledger.commanded_nl
        shot.strokes = self._ledger.strokes
        forecast = self._foresight.foresee()
        shot.low_at_s = self._as_epoch(forecast.low_at_s)
        shot.empty_at_s = self._as_epoch(forecast.empty_at_s)
        shot.refill_due_at_s = self._as_epoch(forecast.refill_due_at_s())
        shot.lockout_s = therapy.lockout_s()
        shot.pressure_pa = self._line_guard.last_pa
        shot.supply_mv = self._supply_monitor.last_mv
        shot.rotor_counts = self._runner.angle
        shot.events_rejected = self._mode.rejected()
        shot.boots = self._head.boots
        shot.reset_cause = self._reset_cause
        shot.log_seq = self._log.next_sequence
        shot.soft_limit_fields = therapy.soft_fields()
        return shot

    def _flags(self):
        flags = ids.FLAG_KEYLESS if self._keys.is_keyless else 0
        if self._keys.is_damaged:
            flags |= ids.FLAG_KEYS_DAMAGED
        if self._clock.epoch_s:
            flags |= ids.FLAG_CLOCK_SET
        if self._runner.is_open_loop:
            flags |= ids.FLAG_OPEN_LOOP
        if self._therapy.soft_fields():
            flags |= ids.FLAG_SOFT_LIMIT
        if self._reservoir.is_confirmed():
            flags |= ids.FLAG_REFILL_CONFIRMED
        if self._prescription.programme.is_complete():
            flags |= ids.FLAG_PROGRAMME_COMMITTED
        if self._therapy.is_dose_limited:
            flags |= ids.FLAG_DOSE_THROTTLED
        if self._stager.is_open:
            flags |= ids.FLAG_UPLOAD_OPEN
        return flags

    def _as_epoch(self, at_run_s):
        clock = self._clock
        if at_run_s == NEVER_S or clock.epoch_s == 0:
            return 0
        return clock.epoch_s + at_run_s - clock.run_s
