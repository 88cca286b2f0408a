"""What STATUS tells, as one plain object: integers named as the fields of the message."""

from protocols import ids


class Snapshot:
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
