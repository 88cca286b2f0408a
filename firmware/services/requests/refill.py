"""Requests of a refill, in their order (RES-05, RES-06). Each ends with a reason number."""

from protocols import ids


class RefillRequests:
    def __init__(self, refill, reservoir, therapy, prescription, alarms, line_guard, ledger, log, clock, foresight):
        self._refill = refill
        self._therapy = therapy
        self._reservoir = reservoir
        self._prescription = prescription
        self._alarms = alarms
        self._line_guard = line_guard
        self._ledger = ledger
        self._log = log
        self._clock = clock
        self._foresight = foresight
        self._is_older = False  # REFILL_MISMATCH is of an earlier refill

    def refill_begin(self):
        reason = self._refill.begin()
        if reason == ids.OK:
            self._is_older = self._alarms.is_active(ids.ALARM_REFILL_MISMATCH)
        return reason

    def refill_withdrawn(self, volume_nl):
        reason = self._refill.withdrawn(volume_nl)
        if reason == ids.OK:
            self._judge_withdrawn()
        return reason

    def refill_filled(self, volume_nl):
        return self._refill.filled(volume_nl)

    def refill_confirm(self):
        reason = self._refill.confirm()
        if reason == ids.OK:
            self._reservoir.drug_identity = self._prescription.drug.identity()
            self._therapy.may_prime()
            self._log.add(ids.LOG_REFILL, self._refill.withdrawn_nl, self._refill.filled_nl)
            self._alarms.gone(ids.ALARM_REFILL_MISMATCH, self._clock.run_s)
            # The watchkeeper raises it again when the new filling does not last either.
            self._alarms.gone(ids.ALARM_REFILL_DUE, self._clock.run_s)
            self._line_guard.clear(False)
            self._ledger.judge_level()
            self._foresight.changed()
        return reason

    def refill_cancel(self):
        reason = self._refill.cancel()
        if reason == ids.OK:
            self._take_mismatch_away()
        return reason

    def _judge_withdrawn(self):
        """Compare what was withdrawn with what should have been there (RES-06).

        Until the refill is confirmed the entry is the alarm's cause: what is corrected or cancelled takes it away.
        """
        if self._refill.is_mismatch:
            self._log.add(ids.LOG_REFILL_MISMATCH, self._refill.mismatch_nl, self._refill.hint())
            self._alarms.present(ids.ALARM_REFILL_MISMATCH, self._clock.run_s)
            if self._is_older:
                self._alarms.gone(ids.ALARM_REFILL_MISMATCH, self._clock.run_s)
        else:
            self._take_mismatch_away()

    def _take_mismatch_away(self):
        if not self._is_older:
            self._alarms.withdraw(ids.ALARM_REFILL_MISMATCH)
