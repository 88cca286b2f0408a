"""The two buttons: patient bolus and silence, debounced, one request per press; a stuck button is an alarm (DET-11)."""

from firmware.core.press import PRESS_REQUESTED, PRESS_STUCK, Press
from firmware.core.units import NEVER_MS
from protocols import ids


class Switches:
    """An activity of the executive. Each press makes one request, in the executive's turn.

    `bolus_requests.patient_bolus()` and `alarm_requests.silence_at_button()` are asked.
    """

    def __init__(self, patient_button, silence_button, bolus_requests, alarm_requests, journal, alarms, clock):
        self._patient = patient_button
        self._patient_press = Press()
        self._silence = silence_button
        self._silence_press = Press()
        self._bolus_requests = bolus_requests
        self._alarm_requests = alarm_requests
        self._journal = journal
        self._alarms = alarms
        self._clock = clock
        self._has_begun = False
        self.is_calm = False  # nothing to judge before the next edge, which is a call (drivers/waiter.py)

    def due_in_ms(self, now_ms):
        if self._patient.has_changed or self._silence.has_changed or not self._has_begun:
            return 0
        return NEVER_MS if self.is_calm else self._left_ms(now_ms)

    def act(self, now_ms):
        if not self._has_begun:
            self._has_begun = True
            self._patient_press.begin(self._patient.is_down(), now_ms)
            self._silence_press.begin(self._silence.is_down(), now_ms)
        if self._is_request(self._patient, self._patient_press, now_ms):
            self._bolus_requests.patient_bolus()
            self._journal.settle()  # a lock-out outlives a power cut that comes next
        if self._is_request(self._silence, self._silence_press, now_ms):
            self._alarm_requests.silence_at_button()
        if not (self._patient_press.is_pressed or self._silence_press.is_pressed):
            self._alarms.gone(ids.ALARM_BUTTON_STUCK, self._clock.run_s)  # also one that the journal brought back
        self.is_calm = self._left_ms(now_ms) == NEVER_MS

    def _left_ms(self, now_ms):
        return min(self._patient_press.due_in_ms(now_ms), self._silence_press.due_in_ms(now_ms))

    def _is_request(self, button, press, now_ms):
        # Lowered before the level is read: an edge that comes in between asks for another look.
        button.has_changed = False
        verdict = press.sample(button.is_down(), now_ms)
        if verdict == PRESS_STUCK:
            self._alarms.present(ids.ALARM_BUTTON_STUCK, self._clock.run_s)
        return verdict == PRESS_REQUESTED or verdict == PRESS_STUCK
