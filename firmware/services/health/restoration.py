"""Restores what the journal stored, and finds out what happened while the pump was off (INT-04, INT-05)."""

from micropython import const

from protocols import ids

_RETURNS_AFTER_S = const(3_600)


class Restoration:
    """`load`, then `restore_time`, then `restore_rotor`, once per boot. `has_state`: the journal had one."""

    def __init__(
        self,
        reset_cause,
        journal,
        head,
        guard,
        returns,
        therapy,
        prescription,
        reservoir,
        mode,
        infusion,
        runner,
        ledger,
        alarms,
        log,
        clock,
        rtc,
        foresight,
    ):
        self._reset_cause = reset_cause
        self._journal = journal
        self._head = head
        self._guard = guard
        self._returns = returns
        self._therapy = therapy
        self._prescription = prescription
        self._reservoir = reservoir
        self._mode = mode
        self._infusion = infusion
        self._runner = runner
        self._ledger = ledger
        self._alarms = alarms
        self._log = log
        self._clock = clock
        self._rtc = rtc
        self._foresight = foresight
        self._off_s = 0
        self.has_state = False

    def load(self):
        self.has_state = self._journal.load()
        self._guard.prescribed()
        bridge = self._therapy.bridge
        if bridge.left_nl:
            self._guard.bridging(bridge.left_nl, bridge.rate_nl_per_h)

    def judge_filling(self):
        """Power may go between the two records of a commit: then the filling is not of the drug prescribed."""
        filled_with = self._reservoir.drug_identity
        if filled_with != 0 and filled_with != self._prescription.drug.identity():
            self._reservoir.drug_changed()

    def restore_time(self):
        """Pump life goes on through the time without power, as far as the clock chip knows it (INT-05)."""
        head = self._head
        clock = self._clock
        rtc_s = self._rtc.epoch_s()
        since_journal_s = 0
        if rtc_s > 0:
            clock.set_epoch_s(rtc_s)
            if self.has_state and head.epoch_s and rtc_s > head.epoch_s:
                since_journal_s = rtc_s - head.epoch_s
                # The clock chip knows to the minute when the pump was last alive, the journal only to ten.
                alive_s = self._rtc.last_alive_s()
                self._off_s = rtc_s - alive_s if head.epoch_s <= alive_s <= rtc_s else since_journal_s
        if self.has_state:
            clock.restore_run_s(head.run_s + since_journal_s)
            self._returns.may_return_from_s = clock.run_s + _RETURNS_AFTER_S
            self._therapy.restarted(clock.run_s)
        self._mode.since_s = head.since_s
        self._foresight.clock_moved()

    def restore_rotor(self):
        """The absolute angle shows what was delivered after the last journal entry (INT-04)."""
        self._infusion.rest_here()
        runner = self._runner
        moved_nl = 0
        if self.has_state:
            if not runner.is_open_loop:
                if self._journal.is_state_older():
                    moved_nl = runner.rotor.book_ahead(runner.angle)
                else:
                    moved_nl = runner.rotor.book(runner.angle)
            self._ledger.restored(max(moved_nl, 0))  # also without motion: the levels may have been configured anew
            self._therapy.moved_unrecorded(moved_nl)
            if self._reset_cause == ids.RESET_POWER_ON:
                self._log.add(ids.LOG_POWER_LOST, self._off_s, moved_nl)
                self._alarms.notify(ids.ALARM_POWER_LOST)
        else:
            runner.rotor.restore(runner.angle, 0, 0)
        if self._alarms.has_cause(ids.ALARM_REFILL_MISMATCH):
            self._alarms.withdraw(ids.ALARM_REFILL_MISMATCH)  # of a refill that this restart has cancelled
