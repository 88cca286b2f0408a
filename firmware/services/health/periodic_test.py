"""Tests while the pump runs (INT-02): the image, what must not change, and memory that decides about strokes.

What changes with every stroke is sealed before each sleep and checked before it is used again, see
core/flow.py: an exclusive or of some fifty integers. The figures of bench and prescription, the dose window,
the list of lock-outs and one file of the image have their turn every ten minutes.
"""

from micropython import const

from protocols import ids

_NO_FIGURES = const(-1)


class PeriodicTest:
    """`settle` before each sleep, `look` every ten minutes. `image` is the one of the self-test."""

    def __init__(self, parts, image):
        self._parts = parts
        self._therapy = parts.therapy
        self._image = image
        self._place = 0
        self._figures = _NO_FIGURES
        self._write_errors = 0
        self._is_memory_good = True
        self._has_failed = False

    def settle(self):
        """Nothing is left to do but to sleep. False when a test has just failed: then there is."""
        if self._therapy.is_sealed:
            return True
        self._has_failed = False
        self._test_state()
        self._test_flash()
        self._therapy.seal()
        return not self._has_failed

    def look(self):
        self._test_state()
        self._test_figures()
        self._test_image()
        self._test_flash()

    def renew(self):
        """A prescription was committed, a self-test has passed: the figures are these from now on."""
        self._figures = self._sum_up()

    def is_memory_good(self):
        """False once a variable was not what had been written to it: only a restart makes memory good."""
        return self._is_memory_good

    def memory_failed(self):
        if self._is_memory_good:
            self._is_memory_good = False
            self._failed(ids.ITEM_MEMORY, 0)

    def _test_state(self):
        parts = self._parts
        if self._therapy.is_spoilt or parts.reservoir.is_spoilt or not parts.mode.is_sound():
            self.memory_failed()
        elif not parts.alarms.is_sound():
            parts.alarms.weigh_again()
            self.memory_failed()

    def _test_figures(self):
        if self._figures == _NO_FIGURES:
            self.renew()
        therapy = self._therapy
        if self._sum_up() != self._figures or not (therapy.window.is_sound() and therapy.lockout.is_sound()):
            self.memory_failed()

    def _sum_up(self):
        parts = self._parts
        figures = parts.prescription.signature() ^ parts.runner.figures() ^ parts.reservoir.figures()
        return figures ^ parts.therapy.dead_volume_nl ^ parts.line_guard.figures() ^ parts.supply_monitor.figures()

    def _test_image(self):
        image = self._image
        if self._place < image.count:
            if not image.is_whole(self._place):
                self._failed(ids.ITEM_IMAGE, self._place + 1)
            self._place += 1
        else:
            self._place = 0

    def _test_flash(self):
        errors = self._parts.journal.write_errors + self._parts.log.write_errors
        if errors != self._write_errors:
            self._write_errors = errors
            self._failed(ids.ITEM_FLASH, errors)

    def _failed(self, item, detail):
        """SYSTEM_FAULT halts. An item is told again only when somebody has tried to clear the alarm."""
        self._has_failed = True
        alarms = self._parts.alarms
        if not alarms.has_cause(ids.ALARM_SYSTEM_FAULT):
            self._parts.log.add(ids.LOG_SELF_TEST, item, detail)
        alarms.present(ids.ALARM_SYSTEM_FAULT, self._parts.clock.run_s)
