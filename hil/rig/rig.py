"""The rig's executive: a loop that advances the plant, serves the host, and takes the pump's power when he is gone."""

from time import ticks_diff, ticks_us

from hil.rig.faults import FaultBoard
from hil.rig.journal import Journal
from hil.rig.plant import NOW
from hil.rig.settings import Settings
from protocols.rig import SIGNAL_DEAD_MAN

_ROWS_KEPT = 256
_EVENTS_KEPT = 128
_US_PER_MS = 1_000
_US_PER_S = 1_000_000
_FOREVER_MS = -1


class Rig:
    """now_us: since the rig has booted. `alive` is the LED that shows a host.

    Dead man: without a frame of the host for `settings.dead_man_s` the pump loses its supply, and each fault ends.
    """

    def __init__(self, alive):
        self.now_us = 0
        self.rows = Journal(_ROWS_KEPT)
        self.events = Journal(_EVENTS_KEPT)
        self._alive = alive
        self._ticks = ticks_us()
        self._releases = {}
        self._heard = 0
        self._heard_at_us = 0
        self._is_leaving = False

    def take(self, plant, link):
        """What is made with the rig itself in hand."""
        self.plant = plant
        self.link = link
        self.settings = Settings(plant)
        self.faults = FaultBoard(plant, self.keep)

    def run(self):
        """Until the host asks for the prompt."""
        sleep_us = 0
        while not self._is_leaving:
            self.link.wait(sleep_us // _US_PER_MS)
            self.advance()
            self.link.take()
            sleep_us = self._look_after()

    def advance(self):
        """The plant up to now."""
        ticks = ticks_us()
        span_us = ticks_diff(ticks, self._ticks)
        self._ticks = ticks
        self.now_us += span_us
        self.plant.advance(self.now_us, ticks, span_us)

    def keep(self, t_us, signal, value):
        """An entry of the signals' journal."""
        self.events.add((self.now_us if t_us == NOW else t_us, signal, value))

    def press(self, button, hold_ms):
        """0: let go. -1: until let go."""
        self._releases.pop(button, None)
        self.plant.buttons[button].press(hold_ms != 0)
        if hold_ms > 0:
            self._releases[button] = self.now_us + hold_ms * _US_PER_MS

    def leave(self):
        """Switch the pump off and let `run` end."""
        self.plant.supply.switch(False)
        self._is_leaving = True

    def _look_after(self):
        """What is due; returns how long there is nothing to do."""
        now_us = self.now_us
        for button in list(self._releases):
            if now_us >= self._releases[button]:
                del self._releases[button]
                self.plant.buttons[button].press(False)
        sleep_us = self.plant.next_us()
        fault_us = self.faults.tick(now_us)
        if fault_us is not None and fault_us < sleep_us:
            sleep_us = fault_us
        for due_us in self._releases.values():
            if due_us - now_us < sleep_us:
                sleep_us = due_us - now_us
        self._watch_host()
        return sleep_us

    def _watch_host(self):
        if self.link.frames_heard != self._heard:
            self._heard = self.link.frames_heard
            self._heard_at_us = self.now_us
            self._alive.value(1)
            return
        limit_us = self.settings.dead_man_s * _US_PER_S
        if limit_us and self.now_us - self._heard_at_us > limit_us:
            self._alive.value(0)
            if self.plant.supply.is_powered:
                self.keep(NOW, SIGNAL_DEAD_MAN, self.settings.dead_man_s)
                self.plant.supply.switch(False)
                self.faults.clear_all(self.now_us)
                for button in self.plant.buttons:
                    button.press(False)
