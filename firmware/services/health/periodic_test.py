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

    def __init__(
        self,
        image,
        therapy,
        prescription,
        reservoir,
        runner,
        line_guard,
        supply_monitor,
        mode,
        alarms,
        journal,
        log,
        clock,
    ):
        self._image = image
        self._therapy = therapy
        self._prescription = prescription
        self._reservoir = reservoir
        self._runner = runner
        self._line_guard = line_guard
        self._supply_monitor = supply_monitor
        self._mode = mode
        self._alarms = alarms
        self._journal = journal
        self._log = log
        self._clock = clock
        self._place = 0
        self._figures = _NO_FIGURES
        self._write_errors = 0
        self._is_memory_good = True
        self._has_failed = False

    def settle(self):
        """Run the quick tests before sleeping. False when one failed: the executive must act first."""
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

    def finds_figures_good(self):
        """Asked before they are renewed: what is spoilt must not be taken for what was committed."""
        self._test_figures()
        return self._is_memory_good

    def is_memory_good(self):
        """False once a variable was not what had been written to it: only a restart makes memory good."""
        return self._is_memory_good

    def memory_failed(self):
        if self._is_memory_good:
            self._is_memory_good = False
            self._failed(ids.ITEM_MEMORY, 0)

    def _test_state(self):
        if self._therapy.is_spoilt or self._reservoir.is_spoilt or not self._mode.is_sound():
            self.memory_failed()
        elif not self._alarms.is_sound():
            self._alarms.weigh_again()
            self.memory_failed()

    def _test_figures(self):
        if self._figures == _NO_FIGURES:
            self.renew()
        therapy = self._therapy
        if self._sum_up() != self._figures or not (therapy.window.is_sound() and therapy.lockout.is_sound()):
            self.memory_failed()

    def _sum_up(self):
        figures = self._prescription.signature() ^ self._runner.signature() ^ self._reservoir.signature()
        return figures ^ self._therapy.dead_volume_nl ^ self._line_guard.signature() ^ self._supply_monitor.signature()

    def _test_image(self):
        image = self._image
        if self._place < image.count:
            if not image.is_whole(self._place):
                self._failed(ids.ITEM_IMAGE, self._place + 1)
            self._place += 1
        else:
            self._place = 0

    def _test_flash(self):
        errors = self._journal.write_errors + self._log.write_errors
        if errors != self._write_errors:
            self._write_errors = errors
            self._failed(ids.ITEM_FLASH, errors)

    def _failed(self, item, detail):
        """SYSTEM_FAULT halts. A failed item is logged once, and again only after someone tried to clear the alarm."""
        self._has_failed = True
        alarms = self._alarms
        if not alarms.has_cause(ids.ALARM_SYSTEM_FAULT):
            self._log.add(ids.LOG_SELF_TEST, item, detail)
        alarms.present(ids.ALARM_SYSTEM_FAULT, self._clock.run_s)
