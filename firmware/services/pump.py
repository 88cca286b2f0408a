"""What a person can ask of the pump, at the button or over the line: each request ends with a reason.

Guards come first, the state table second; a request that is refused changes nothing (THR-10, THR-11).
"""

from struct import pack_into

from firmware.core import delivery, guards
from firmware.core.alarm_catalogue import LATCHED, clearing, priority
from firmware.core.prescription import SOFT_CLINICIAN_BOLUS
from firmware.services.link.answers import PrescriptionView
from protocols import ids

_ALARM_LAYOUT = "<BBBI"
_ALARM_BYTES = 7


class Pump:
    """`parts` is the supervisor's bag of services; `snapshot` is brought up to date when it is read."""

    def __init__(self, parts, status):
        self._parts = parts
        self._status = status
        self._view = PrescriptionView()
        self.settings = parts.settings

    @property
    def snapshot(self):
        return self._status.refresh()

    # Mode

    def start(self):
        parts = self._parts
        reason = guards.start_refusal(
            parts.mode.state(),
            parts.prescription.programme.is_complete(),
            parts.reservoir.is_confirmed,
            parts.clock.epoch_s != 0,
            parts.alarms.governing_action >= ids.STOP,
        )
        if reason == ids.OK:
            reason = parts.restart_guard.may_start()
        return self._begin(reason, delivery.START)

    def minimum_rate(self):
        parts = self._parts
        reason = guards.minimum_rate_refusal(
            parts.mode.state(), parts.reservoir.is_confirmed, parts.alarms.governing_action >= ids.STOP
        )
        if reason == ids.OK:
            reason = parts.restart_guard.may_start()
        return self._begin(reason, delivery.MINIMUM_RATE)

    def _begin(self, reason, event):
        if reason != ids.OK:
            return reason
        parts = self._parts
        if not parts.mode.post(event):
            return ids.WRONG_MODE
        parts.restart_guard.started(parts.clock.run_s)
        parts.infusion.probe_now()
        return ids.OK

    def stop(self):
        return ids.OK if self._parts.mode.post(delivery.STOP) else ids.WRONG_MODE

    # Prescription

    def programme_begin(self):
        return self._parts.stager.begin(self._parts.clock.run_s)

    def programme_day(self, day_mask, count, buffer, at):
        return self._parts.stager.set_day(day_mask, buffer, at, count, self._parts.clock.run_s)

    def stage_drug(self, name, concentration, hard_rate, soft_rate, hard_bolus_nl, soft_bolus_nl, _flags):
        return self._parts.stager.set_drug(
            name, concentration, hard_rate, soft_rate, hard_bolus_nl, soft_bolus_nl, self._parts.clock.run_s
        )

    def stage_patient_bolus(self, volume_nl, duration_s, lockout_s, per_day):
        return self._parts.stager.set_patient_bolus(volume_nl, duration_s, lockout_s, per_day, self._parts.clock.run_s)

    def stage_dose_limit(self, volume_nl, window_s):
        return self._parts.stager.set_dose_limit(volume_nl, window_s, self._parts.clock.run_s)

    def confirm_soft_limit(self):
        parts = self._parts
        if parts.stager.is_open:
            return parts.stager.confirm_soft_limit(parts.clock.run_s)
        return parts.therapy.confirm_soft_limit()

    def programme_commit(self):
        parts = self._parts
        stager = parts.stager
        reason = stager.check(parts.clock.run_s)
        if reason != ids.OK:
            return reason
        if not parts.journal.save_prescription(stager.staged):
            return ids.BUSY
        stager.commit(parts.clock.run_s)
        parts.periodic_test.renew()
        self._advance()
        parts.therapy.prescription_changed()
        parts.infusion.replan(parts.clock.now_ms())
        parts.log.add(
            ids.LOG_PROGRAMME_COMMITTED, parts.prescription.crc(), parts.prescription.programme.segment_count()
        )
        if parts.prescription.soft_fields():
            parts.log.add(ids.LOG_SOFT_LIMIT, parts.prescription.soft_fields(), 0)
        if stager.drug_changed:
            parts.reservoir.drug_changed()
            parts.mode.post(delivery.PRESCRIPTION_CHANGED)
        else:
            parts.reservoir.drug_identity = parts.prescription.drug.identity()
        parts.changed()
        return ids.OK

    def programme_discard(self):
        return self._parts.stager.discard()

    def programme_read(self, day, buffer, at):
        return self._parts.prescription.programme.pack_day_into(day, buffer, at) - at

    def programme_read_staged(self, day, buffer, at):
        return self._parts.stager.staged.programme.pack_day_into(day, buffer, at) - at

    def prescription_of(self, is_staged):
        return self._view.show(self._parts.stager.staged if is_staged else self._parts.prescription)

    # Boluses

    def clinician_bolus(self, volume_nl, duration_s):
        reason = self._bolus_refusal(ids.CLINICIAN_BOLUS)
        if reason == ids.OK:
            reason = self._parts.therapy.start_clinician_bolus(volume_nl, duration_s)
        if reason == ids.OK and self._parts.therapy.soft_fields() & SOFT_CLINICIAN_BOLUS:
            self._parts.log.add(ids.LOG_SOFT_LIMIT, SOFT_CLINICIAN_BOLUS, volume_nl)
        return self._started(reason)

    def patient_bolus(self):
        reason = self._bolus_refusal(ids.PATIENT_BOLUS)
        if reason == ids.OK:
            reason = self._parts.therapy.start_patient_bolus()
        return self._started(reason)

    def bridge_bolus(self, volume_nl, rate_nl_per_h):
        reason = self._bolus_refusal(ids.BRIDGE_BOLUS)
        if reason == ids.OK:
            reason = self._parts.therapy.start_bridge(volume_nl, rate_nl_per_h)
        return self._started(reason)

    def priming_bolus(self, volume_nl):
        parts = self._parts
        self._advance()
        reason = guards.priming_refusal(
            parts.mode.state(),
            parts.reservoir.is_confirmed,
            parts.alarms.governing_action >= ids.SUSPEND or parts.alarms.inhibits_bolus(ids.PRIMING_BOLUS),
        )
        if reason != ids.OK:
            return self._started(parts.therapy.deny(ids.PRIMING_BOLUS, reason))
        reason = parts.therapy.start_priming(volume_nl)
        if reason == ids.OK:
            parts.mode.post(delivery.PRIME)
        return self._started(reason)

    def bolus_cancel(self):
        parts = self._parts
        if parts.therapy.boluses.active.kind == ids.NO_BOLUS:
            return ids.UNKNOWN
        self._advance()
        parts.therapy.cancel_bolus()
        return self._started(ids.OK)

    def _bolus_refusal(self, kind):
        parts = self._parts
        self._advance()
        reason = guards.bolus_refusal(
            parts.mode.state(),
            parts.alarms.governing_action >= ids.HOLD_MIN_RATE or parts.alarms.inhibits_bolus(kind),
        )
        return reason if reason == ids.OK else parts.therapy.deny(kind, reason)

    def _started(self, reason):
        """Let the infusion look again, write the journal, and pass the reason on."""
        self._parts.infusion.replan(self._parts.clock.now_ms())
        if reason == ids.OK:
            self._parts.changed()
        return reason

    def _advance(self):
        self._parts.therapy.advance(self._parts.clock.now_ms(), self._parts.clock.run_s)

    # Refill

    def refill_begin(self):
        return self._parts.refill.begin()

    def refill_withdrawn(self, volume_nl):
        parts = self._parts
        reason = parts.refill.withdrawn(volume_nl)
        if reason == ids.OK:
            parts.judge_refill()
        return reason

    def refill_filled(self, volume_nl):
        return self._parts.refill.filled(volume_nl)

    def refill_confirm(self):
        parts = self._parts
        reason = parts.refill.confirm()
        if reason == ids.OK:
            parts.reservoir.drug_identity = parts.prescription.drug.identity()
            parts.log.add(ids.LOG_REFILL, parts.refill.withdrawn_nl, parts.refill.filled_nl)
            # The watchkeeper says it again when the new filling does not last either.
            parts.alarms.gone(ids.ALARM_REFILL_DUE, parts.clock.run_s)
            parts.line_guard.clear()
            parts.ledger.judge_level()
            parts.changed()
        return reason

    def refill_cancel(self):
        return self._parts.refill.cancel()

    # Alarms

    def silence(self):
        return self._silence(True)

    def silence_at_button(self):
        return self._silence(False)

    def _silence(self, is_by_link):
        parts = self._parts
        reason = parts.silence.ask(parts.alarms.count, is_by_link, parts.clock.now_ms())
        if reason == ids.OK:
            parts.alarms.silenced()
            parts.annunciation.refresh()
        return reason

    def acknowledge(self, alarm):
        reason = self._parts.alarms.acknowledge(alarm)
        if reason == ids.OK:
            self._parts.acknowledged(alarm)
        return reason

    def alarms_read(self, buffer, at):
        parts = self._parts
        alarms = parts.alarms
        epoch_s = parts.clock.epoch_s
        for place in range(alarms.count):
            number = alarms.numbers[place]
            state = ids.ALARM_STATE_CAUSE if alarms.has_cause(number) else 0
            if clearing(number) == LATCHED:
                state |= ids.ALARM_STATE_LATCHED
            since_s = parts.clock.run_s - alarms.raised_s[number]
            pack_into(
                _ALARM_LAYOUT,
                buffer,
                at + place * _ALARM_BYTES,
                number,
                priority(number),
                state,
                epoch_s - since_s if epoch_s > since_s else 0,
            )
        return alarms.count * _ALARM_BYTES

    # Clock, log, service

    def set_clock(self, epoch_s):
        parts = self._parts
        before_s = parts.clock.epoch_s
        # Power may go between clock chip and journal: what was set must not look like time that has passed
        # (THR-13), so the journal meanwhile knows no clock.
        errors = parts.journal.write_errors
        parts.clock.set_epoch_s(0)
        parts.journal.save()
        if parts.journal.write_errors != errors or not parts.rtc.set_epoch_s(epoch_s):
            parts.clock.set_epoch_s(before_s)
            parts.changed()
            return ids.BUSY
        parts.log.add(ids.LOG_CLOCK_SET, epoch_s, epoch_s - before_s)
        parts.clock.set_epoch_s(epoch_s)
        parts.rtc.note_alive(epoch_s)
        parts.clock_monitor.clock_set()
        parts.clock_moved()
        parts.changed()
        return ids.OK

    def fault_ring(self):
        self._parts.log.flush()
        return self._parts.log.fault_ring()

    def log_oldest(self):
        return self._parts.log.oldest()

    def log_next(self):
        self._parts.log.flush()
        return self._parts.log.next_sequence

    def log_read(self, sequence, buffer, at):
        return self._parts.log.read(sequence, buffer, at)

    def self_test(self):
        return self._parts.self_test_again()

    def leave_to_repl(self):
        return self._parts.leave_to_repl()

    def link_lost(self):
        """Of consequence, and logged, only when the host had asked for silence (ALM-04)."""
        parts = self._parts
        now_ms = parts.clock.now_ms()
        if parts.silence.is_silent(now_ms):
            parts.silence.link_lost()
            if not parts.silence.is_silent(now_ms):
                parts.annunciation.refresh()
                parts.log.add(ids.LOG_LINK_LOST, 0, 0)

    def has_log_room(self):
        return self._parts.log.has_room()

    def command_done(self, request_type, reason):
        self._parts.log.add(ids.LOG_COMMAND, request_type, reason)
