"""Runs the self-test and acts on its result: log entries, FAULT and SYSTEM_FAULT, or the way on (INT-01)."""

from firmware.core import delivery
from protocols import ids


class SelfTestRun:
    def __init__(self, self_test, journal, periodic_test, mode, infusion, alarms, log, clock):
        self._self_test = self_test
        self._journal = journal
        self._periodic_test = periodic_test
        self._mode = mode
        self._infusion = infusion
        self._alarms = alarms
        self._log = log
        self._clock = clock

    def passes(self, is_watchdog_loop):
        """Test all items. False when one failed: logged, and the pump is in FAULT where the mode allows it."""
        test = self._self_test
        journal = self._journal
        test.settings_differ = journal.settings_differ
        test.is_layout_unknown = journal.is_layout_unknown
        failed = test.run(journal.is_lost(), is_watchdog_loop, self._periodic_test.is_memory_good())
        if not failed:
            self._log_skipped_checks()
            return True
        self._log.add(ids.LOG_SELF_TEST, failed, test.detail)
        if self._mode.accepts(delivery.SELF_TEST_FAILED):
            self._mode.post(delivery.SELF_TEST_FAILED)
        self._alarms.present(ids.ALARM_SYSTEM_FAULT, self._clock.run_s)
        return False

    def asked_for(self):
        """A person asks for it, in whatever mode nothing moves: what passes takes the cause of SYSTEM_FAULT away,
        and leads out of FAULT."""
        mode = self._mode
        self._self_test.try_flash_again()
        is_reset = mode.accepts(delivery.SERVICE_RESET) and mode.post(delivery.SERVICE_RESET)
        if self.passes(False):
            self.passed()
            if is_reset:
                mode.post(delivery.SELF_TEST_PASSED)

    def passed(self):
        """A test that a person asked for has passed."""
        self._alarms.gone(ids.ALARM_SYSTEM_FAULT, self._clock.run_s)
        self._infusion.trust_rotor()

    def needs_restart(self):
        """Memory that a bit has flipped in is made good by a restart alone (INT-02)."""
        return not self._periodic_test.is_memory_good()

    def _log_skipped_checks(self):
        log = self._log
        if self._self_test.is_image_unchecked:
            log.add(ids.LOG_SELF_TEST, ids.ITEM_IMAGE, ids.DETAIL_NOT_CHECKED)
        if self._self_test.is_configuration_unchecked:
            log.add(ids.LOG_SELF_TEST, ids.ITEM_SETTINGS, ids.DETAIL_NOT_CHECKED)
        if self._journal.is_damaged:
            log.add(ids.LOG_SELF_TEST, ids.ITEM_JOURNAL, ids.DETAIL_OLDER_COPY)
