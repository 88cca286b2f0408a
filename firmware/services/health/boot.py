"""From power-on to the mode that was left: restore, test, resume, in this order (INT-01, INT-05)."""

from micropython import const

from firmware.core import delivery
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
    def __init__(
        self,
        reset_cause,
        restoration,
        self_test_run,
        periodic_test,
        journal,
        head,
        keys,
        mode,
        ledger,
        alarms,
        reservoir,
        annunciator,
        log,
        clock,
    ):
        self._reset_cause = reset_cause
        self._restoration = restoration
        self._self_test_run = self_test_run
        self._periodic_test = periodic_test
        self._journal = journal
        self._head = head
        self._keys = keys
        self._mode = mode
        self._ledger = ledger
        self._alarms = alarms
        self._reservoir = reservoir
        self._annunciator = annunciator
        self._log = log
        self._clock = clock

    def run(self, watchdog):
        head = self._head
        log = self._log
        self._restoration.load()
        watchdog.feed()
        self._restoration.judge_filling()
        self._restoration.restore_time()
        if self._keys.is_damaged:
            log.add(ids.LOG_SELF_TEST, ids.ITEM_KEYS, 0)
        head.boots += 1
        log.add(ids.LOG_BOOT, self._reset_cause, head.boots)
        is_loop = False
        if self._reset_cause == ids.RESET_WATCHDOG:
            is_loop = head.watchdog_bit(self._clock.run_s, _WATCHDOG_WINDOW_S)
        if self._restoration.has_state and self._reset_cause != ids.RESET_SERVICE:
            if head.restarted_unasked(self._clock.run_s):
                # It is over as soon as it is raised: a person is to know, and may acknowledge at once.
                self._alarms.present(ids.ALARM_RESTARTS, self._clock.run_s)
                self._alarms.gone(ids.ALARM_RESTARTS, self._clock.run_s)
        is_tested = self._self_test_run.passes(is_loop)
        self._restoration.restore_rotor()
        if is_tested:
            if self._restoration.has_state and head.mode == ids.BOOT:
                self._self_test_run.passed()  # a person asked for a test that took a restart
            self._resume()
        self._periodic_test.renew()
        self._journal.save()
        self._annunciator.ready_lamp(True)
        watchdog.feed()

    def _resume(self):
        """Resume the stored mode. A first start, or a mode that is not resumed, goes to STANDBY."""
        event = delivery.SELF_TEST_PASSED
        has_state = self._restoration.has_state
        if has_state:
            for mode, resume in _RESUME:
                if mode == self._head.mode:
                    event = resume
        if event in _MOVING and not self._reservoir.is_confirmed():
            event = delivery.RESUME_STOPPED
        since_s = self._mode.since_s
        self._mode.post(event)
        if event in _MOVING:
            self._ledger.go_on()
        if has_state:
            self._mode.since_s = since_s
