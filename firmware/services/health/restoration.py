"""Restores what the journal stored, and finds out what happened while the pump was off (INT-04, INT-05)."""

from micropython import const

from protocols import ids

_BEHIND_S = const(5)  # the wall clock follows the chip by two seconds, once a minute
_JUMP_S = const(60)  # DET-10
_HANG_S = const(20)  # the watchdog's 8.4 s, a boot, and the beat before
_PERIOD_S = const(660)  # an entry of the journal may be that old
_UNKNOWN_S = const(-1)


class Restoration:
    """`load`, then `restore_time`, then `restore_rotor`, once per boot. `has_state`: the journal had one."""

    def __init__(
        self,
        reset_cause,
        journal,
        head,
        guard,
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
        heartbeat,
        clock_monitor,
    ):
        self._reset_cause = reset_cause
        self._journal = journal
        self._head = head
        self._guard = guard
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
        self._heartbeat = heartbeat
        self._clock_monitor = clock_monitor
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
        """Pump life goes on through the time without power, as far as the clock chip is credible (INT-05, DET-10).

        Without a credible clock no time has passed that the pump did not count itself: neither a lock-out nor a
        window gets shorter, and the programme goes on where it was, until a person sets the clock.
        """
        head = self._head
        clock = self._clock
        rtc_s = self._rtc.epoch_s()
        if self.has_state:
            passed_s = self._heartbeat.since_s
            if self._is_doubtful(rtc_s):
                clock.is_doubted = True
                clock.is_lost = rtc_s == self._rtc.LOST_TIME
                self._off_s = _UNKNOWN_S
                if head.epoch_s:
                    clock.set_epoch_s(head.epoch_s + passed_s)
            elif rtc_s > 0:
                clock.set_epoch_s(rtc_s)
                if head.epoch_s:
                    self._off_s = max(rtc_s - head.epoch_s - passed_s, 0)
                    passed_s += self._off_s
            elif head.epoch_s:  # no answer, which may end: until then by the pump's own count
                clock.set_epoch_s(head.epoch_s + passed_s)
            clock.restore_run_s(head.run_s + passed_s)
            self._therapy.restarted(clock.run_s)
        elif rtc_s > 0:
            clock.set_epoch_s(rtc_s)
        self._mode.since_s = head.since_s
        self._foresight.clock_moved()
        self._clock_monitor.begin(rtc_s)

    def _is_doubtful(self, rtc_s):
        """The chip lost its time, was known to be wrong, is behind the state, or is ahead of what a watchdog restart
        can last."""
        head = self._head
        if head.is_clock_doubted or rtc_s == self._rtc.LOST_TIME:
            return True
        if head.is_old_layout and self._alarms.has_cause(ids.ALARM_CLOCK_FAULT):
            return True
        if rtc_s < 0 or head.epoch_s == 0:
            return False
        ahead_s = rtc_s - head.epoch_s - self._heartbeat.since_s
        if ahead_s < -_BEHIND_S:
            return True
        longest_s = _HANG_S + _JUMP_S if self._heartbeat.is_known else _PERIOD_S + _HANG_S + _JUMP_S
        return self._reset_cause == ids.RESET_WATCHDOG and ahead_s > longest_s

    def restore_rotor(self):
        """The absolute angle shows what was delivered after the last journal entry, and with what the clock chip
        kept what waits for a stroke (INT-04, THR-04)."""
        self._infusion.rest_here()
        runner = self._runner
        therapy = self._therapy
        moved_nl = 0
        if self.has_state:
            due_pl = -therapy.stroke.lead_pl  # what was delivered is not known: the least that can wait
            if not runner.is_open_loop:
                if self._journal.is_state_older():
                    moved_nl = runner.rotor.book_ahead(runner.angle)
                else:
                    moved_nl = runner.rotor.book(runner.angle)
                heartbeat = self._heartbeat
                due_pl = heartbeat.demand_pl if heartbeat.is_known else therapy.dosing.due_pl
                if heartbeat.is_known and not self._journal.is_state_older():
                    self._ledger.restarted(due_pl - therapy.dosing.due_pl, moved_nl, heartbeat.since_s)
                due_pl -= moved_nl * 1000
            self._ledger.restored(max(moved_nl, 0))  # also without motion: the levels may have been configured anew
            therapy.resume_demand(due_pl)
            if self._reset_cause == ids.RESET_POWER_ON:
                self._log.add(ids.LOG_POWER_LOST, self._off_s, moved_nl)
                self._alarms.notify(ids.ALARM_POWER_LOST)
        else:
            runner.rotor.restore(runner.angle, 0, 0)
        if self._alarms.has_cause(ids.ALARM_REFILL_MISMATCH):
            self._alarms.withdraw(ids.ALARM_REFILL_MISMATCH)  # of a refill that this restart has cancelled
