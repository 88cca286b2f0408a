"""The two buttons: patient bolus and silence, debounced, each press once, stuck ones told (DET-11)."""

from firmware.core.press import PRESS_FREED, PRESS_REQUESTED, PRESS_STUCK, Press
from firmware.core.units import NEVER_MS
from protocols import ids


class Switch:
    """An activity of the executive. `pressed()` is called once per press, from the executive's turn."""

    def __init__(self, button, pressed, alarms, clock):
        self._button = button
        self._pressed = pressed
        self._alarms = alarms
        self._clock = clock
        self._press = Press()
        self._is_calm = True

    def due_in_ms(self, now_ms):
        if self._button.has_changed:
            return 0
        return NEVER_MS if self._is_calm else self._press.due_in_ms(now_ms)

    def act(self, now_ms):
        # Lowered before the level is read: an edge that comes in between asks for another look.
        self._button.has_changed = False
        verdict = self._press.sample(self._button.is_down(), now_ms)
        self._is_calm = self._press.due_in_ms(now_ms) == NEVER_MS
        if verdict == PRESS_REQUESTED:
            self._pressed()
        elif verdict == PRESS_STUCK:
            self._alarms.present(ids.ALARM_BUTTON_STUCK, self._clock.run_s)
            self._pressed()
        elif verdict == PRESS_FREED:
            self._alarms.gone(ids.ALARM_BUTTON_STUCK, self._clock.run_s)
