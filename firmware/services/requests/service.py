"""Requests for service: clock, self-test, the way to the REPL. Each ends with a reason number."""

from firmware.core import delivery
from protocols import ids


class ServiceRequests:
    """`ask_for_repl()` lets the next start leave the REPL free; False when the file system refuses.

    `has_left`: the executive is to end.
    """

    def __init__(
        self, mode, self_test_run, restart_guard, journal, clock_monitor, log, clock, rtc, foresight, ask_for_repl
    ):
        self._mode = mode
        self._self_test_run = self_test_run
        self._restart_guard = restart_guard
        self._journal = journal
        self._clock_monitor = clock_monitor
        self._log = log
        self._clock = clock
        self._rtc = rtc
        self._foresight = foresight
        self._ask_for_repl = ask_for_repl
        self.has_left = False

    def set_clock(self, epoch_s):
        clock = self._clock
        journal = self._journal
        before_s = clock.epoch_s
        # Power may go between clock chip and journal: what was set must not look like time that has passed
        # (THR-13), so the journal meanwhile knows no clock.
        errors = journal.write_errors
        clock.set_epoch_s(0)
        journal.save()
        if journal.write_errors != errors or not self._rtc.set_epoch_s(epoch_s):
            clock.set_epoch_s(before_s)
            self._foresight.changed()
            return ids.BUSY
        self._log.add(ids.LOG_CLOCK_SET, epoch_s, epoch_s - before_s)
        clock.set_epoch_s(epoch_s)
        self._rtc.note_alive(epoch_s)
        self._clock_monitor.clock_set()
        self._foresight.clock_moved()
        self._foresight.changed()
        return ids.OK

    def self_test(self):
        """On a clinician's request, while nothing is delivered. In FAULT it is the way back."""
        mode = self._mode
        if delivery.may_move(mode.state()):
            return ids.WRONG_MODE
        self.role_proved(ids.CLINICIAN)
        if mode.accepts(delivery.SERVICE_RESET):
            mode.post(delivery.SERVICE_RESET)
            self._self_test_run.after_reset()
        else:
            self._self_test_run.passes(False)
        return ids.OK

    def role_proved(self, role):
        """Somebody with this role attends to the pump: from a clinician on, it may start again (DET-12)."""
        if role >= ids.CLINICIAN:
            self._restart_guard.clinician_session()
            self._foresight.changed()

    def leave_to_repl(self):
        """Only while nothing is delivered: the executive ends, and after a restart the REPL is free."""
        if delivery.may_move(self._mode.state()):
            return ids.WRONG_MODE
        if not self._ask_for_repl():
            return ids.BUSY
        self.has_left = True
        return ids.OK
