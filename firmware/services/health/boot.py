"""From power-on to the mode that was left: restore, find out what happened meanwhile, test, resume."""

from micropython import const

from firmware.core import delivery
from firmware.services.health.self_test import SelfTest
from protocols import ids

_WATCHDOG_WINDOW_S = const(600)  # INT-03
_RESUME = (
    (ids.RUNNING, delivery.RESUME_RUNNING),
    (ids.MIN_RATE, delivery.RESUME_MIN_RATE),
    (ids.STOPPED, delivery.RESUME_STOPPED),
    (ids.FAULT, delivery.FAULTED),
)
_MOVING = (delivery.RESUME_RUNNING, delivery.RESUME_MIN_RATE)


class Boot:
    def __init__(self, parts):
        self._parts = parts
        self.self_test = SelfTest(parts.board, parts.settings)
        self._has_state = False
        self._off_s = 0

    def run(self, watchdog):
        parts = self._parts
        head = parts.head
        self._has_state = parts.journal.load()
        watchdog.feed()
        self._judge_filling()
        self._restore_time()
        if parts.keys.is_damaged:
            parts.log.add(ids.LOG_SELF_TEST, ids.ITEM_KEYS, 0)
        head.boots += 1
        parts.log.add(ids.LOG_BOOT, parts.reset_cause, head.boots)
        is_loop = False
        if parts.reset_cause == ids.RESET_WATCHDOG:
            is_loop = head.watchdog_bit(parts.clock.run_s, _WATCHDOG_WINDOW_S)
        is_tested = self._pass_test(is_loop)
        self._restore_rotor()
        if is_tested:
            self._resume()
        parts.periodic_test.renew()
        parts.journal.save()
        parts.board.annunciator.ready_lamp(True)
        watchdog.feed()

    def test_again(self):
        """After a service reset: the same items, then STANDBY."""
        if self._pass_test(False):
            self._parts.alarms.gone(ids.ALARM_SYSTEM_FAULT, self._parts.clock.run_s)
            self._parts.mode.post(delivery.SELF_TEST_PASSED)

    def test_standing(self):
        """While stopped: the same items; the mode stays unless one of them fails."""
        self._pass_test(False)

    def _pass_test(self, is_loop):
        parts = self._parts
        self.self_test.is_bench_other = parts.journal.is_bench_other
        failed = self.self_test.run(parts.journal.is_lost(), is_loop, parts.periodic_test.is_memory_good())
        if not failed:
            self._tell_what_was_passed_over()
            return True
        parts.log.add(ids.LOG_SELF_TEST, failed, self.self_test.detail)
        if parts.mode.accepts(delivery.SELF_TEST_FAILED):
            parts.mode.post(delivery.SELF_TEST_FAILED)
        parts.alarms.present(ids.ALARM_SYSTEM_FAULT, parts.clock.run_s)
        return False

    def _tell_what_was_passed_over(self):
        log = self._parts.log
        if self.self_test.is_image_unchecked:
            log.add(ids.LOG_SELF_TEST, ids.ITEM_IMAGE, ids.DETAIL_NOT_CHECKED)
        if self.self_test.is_configuration_unchecked:
            log.add(ids.LOG_SELF_TEST, ids.ITEM_SETTINGS, ids.DETAIL_NOT_CHECKED)
        if self._parts.journal.is_damaged:
            log.add(ids.LOG_SELF_TEST, ids.ITEM_JOURNAL, ids.DETAIL_OLDER_COPY)

    def _judge_filling(self):
        """Power may go between the two records of a commit: then the filling is not of the drug prescribed."""
        parts = self._parts
        filled_with = parts.reservoir.drug_identity
        if filled_with != 0 and filled_with != parts.prescription.drug.identity():
            parts.reservoir.drug_changed()

    def _restore_time(self):
        """Pump life goes on through the time without power, as far as the clock chip knows it (INT-05)."""
        parts = self._parts
        head = parts.head
        clock = parts.clock
        rtc_s = parts.rtc.epoch_s()
        since_journal_s = 0
        if rtc_s > 0:
            clock.set_epoch_s(rtc_s)
            if self._has_state and head.epoch_s and rtc_s > head.epoch_s:
                since_journal_s = rtc_s - head.epoch_s
                # The clock chip knows to the minute when the pump was last alive, the journal only to ten.
                alive_s = parts.rtc.last_alive_s()
                self._off_s = rtc_s - alive_s if head.epoch_s <= alive_s <= rtc_s else since_journal_s
        if self._has_state:
            clock.restore_run_s(head.run_s + since_journal_s)
            parts.therapy.restarted(clock.run_s)
        parts.mode.since_s = head.since_s
        parts.clock_moved()

    def _restore_rotor(self):
        """The absolute angle tells what was delivered after the last journal entry (INT-04)."""
        parts = self._parts
        parts.infusion.rest_here()
        runner = parts.runner
        moved_nl = 0
        if self._has_state:
            if not runner.is_open_loop:
                if parts.journal.is_state_older():
                    moved_nl = runner.rotor.book_ahead(runner.angle)
                else:
                    moved_nl = runner.rotor.book(runner.angle)
            parts.ledger.restored(max(moved_nl, 0))  # also without motion: the levels may have been configured anew
            parts.therapy.moved_unrecorded(moved_nl)
            if parts.reset_cause == ids.RESET_POWER_ON:
                parts.log.add(ids.LOG_POWER_LOST, self._off_s, moved_nl)
                parts.alarms.notify(ids.ALARM_POWER_LOST)
        else:
            runner.rotor.restore(runner.angle, 0, 0)

    def _resume(self):
        """To the mode that was left; a first start, and a mode that is not gone on with, go to STANDBY."""
        parts = self._parts
        event = delivery.SELF_TEST_PASSED
        if self._has_state:
            for mode, resume in _RESUME:
                if mode == parts.head.mode:
                    event = resume
        if event in _MOVING and not parts.reservoir.is_confirmed:
            event = delivery.RESUME_STOPPED
        since_s = parts.mode.since_s
        parts.mode.post(event)
        if self._has_state:
            parts.mode.since_s = since_s
