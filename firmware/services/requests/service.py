"""Requests for service: clock, self-test, the way to the REPL. Each ends with a reason number."""

from firmware.core import delivery
from protocols import ids


class ServiceRequests:
    """`board.ask_for_repl()` lets the next start leave the REPL free, False when the file system refuses;
    `board.note_restart()` lets it know that a person asked for it.

    `has_left`: the executive is to end. `is_restarting`: not for the REPL.
    """

    def __init__(self, mode, self_test_run, restart_guard, journal, clock_monitor, log, clock, rtc, foresight, board):
        self._mode = mode
        self._self_test_run = self_test_run
        self._restart_guard = restart_guard
        self._journal = journal
        self._clock_monitor = clock_monitor
        self._log = log
        self._clock = clock
        self._rtc = rtc
        self._foresight = foresight
        self._board = board
        self.has_left = False
        self.is_restarting = False

    def set_clock(self, epoch_s):
        clock = self._clock
        journal = self._journal
        before_s = clock.epoch_s
        # Power may go between clock chip and journal: what was set must not look like time that has passed
        # (THR-13), so the journal meanwhile does not believe the clock.
        was_doubted = clock.is_doubted
        errors = journal.write_errors
        clock.is_doubted = True
        journal.save()
        if journal.write_errors != errors or not self._rtc.set_epoch_s(epoch_s):
            clock.is_doubted = was_doubted
            self._foresight.changed()
            return ids.BUSY
        self._log.add(ids.LOG_CLOCK_SET, epoch_s, epoch_s - before_s)
        clock.set_epoch_s(epoch_s)
        self._clock_monitor.clock_set()
        self._foresight.clock_moved()
        self._foresight.changed()
        return ids.OK

    def self_test(self):
        """On a clinician's request, while nothing is delivered. In FAULT it is the way back.

        Where memory is not good it fails, and a restart follows: its self-test is the one that counts.
        """
        mode = self._mode
        if delivery.may_move(mode.state()):
            return ids.WRONG_MODE
        self.role_proved(ids.CLINICIAN)
        self._self_test_run.asked_for()
        self.is_restarting = self._self_test_run.needs_restart() and mode.state() == ids.FAULT
        self.has_left = self.is_restarting
        return ids.OK

    def about_to_restart(self):
        """The stored mode BOOT says that the self-test to come was asked for."""
        if self.is_restarting and self._mode.post(delivery.SERVICE_RESET):
            self._board.note_restart()
            self._log.flush()
            self._journal.save()

    def role_proved(self, role):
        """Somebody with this role attends to the pump: from a clinician on, it may start again (DET-12)."""
        if role >= ids.CLINICIAN:
            self._restart_guard.clinician_session()
            self._foresight.changed()

    def leave_to_repl(self):
        """Only while nothing is delivered: the executive ends, and after a restart the REPL is free."""
        if delivery.may_move(self._mode.state()):
            return ids.WRONG_MODE
        if not self._board.ask_for_repl():
            return ids.BUSY
        self.has_left = True
        return ids.OK
