"""Active alarms: who is active, in which order, and what they do to delivery together (ALM-02, ALM-05).

Detectors report causes with `report`, or `present` and `gone`, as often as they like; only changes reach the
listener.
The order is priority first, then newest first. The most restrictive action of all active alarms governs,
and is worked out anew at each change, so clearing one never lifts what another imposes.
"""

from firmware.core.alarm_catalogue import action, clearing, inhibits, priority
from firmware.core.alarm_rows import LAST_ALARM
from protocols import ids


class AlarmManager:
    """`listener.alarm_changed(number, life_cycle)` is called after each change, life_cycle from ids.

    Attributes to read: `count`, `top` (alarm number, 0 = none), `top_priority`, `governing_action`.
    `top_priority` is what buzzer and lamp signal: a released alarm counts as LOW there.
    Nothing is allocated after construction. `run_s` is pump life in seconds.
    """

    def __init__(self, listener):
        self._listener = listener
        self.numbers = [0] * (LAST_ALARM + 1)  # the ordered list; the first `count` places are in use
        self.raised_s = [0] * (LAST_ALARM + 1)  # by alarm number: since when it is active
        self.gone_s = [0] * (LAST_ALARM + 1)  # by alarm number: since when the cause of a latched one is gone
        self._is_active = bytearray(LAST_ALARM + 1)
        self._has_cause = bytearray(LAST_ALARM + 1)
        self._is_released = bytearray(LAST_ALARM + 1)  # stays for a person to see, and no longer acts on delivery
        self.count = 0
        self.top = 0
        self.top_priority = ids.NOTICE
        self.governing_action = ids.CONTINUE
        self._inhibited = 0
        self._weight = self._signature()

    def report(self, number, is_there, run_s):
        """Whether the cause of the alarm is there."""
        if is_there:
            self.present(number, run_s)
        elif self._has_cause[number]:
            self.gone(number, run_s)

    def present(self, number, run_s):
        """The cause of the alarm is there. A notice has no duration and is only announced."""
        if clearing(number) == ids.NOTICE_ONLY:
            self.notify(number)
            return
        had_cause = self._has_cause[number]
        self._has_cause[number] = 1
        if self._is_active[number] and not had_cause and (action(number) == ids.SUSPEND or self._is_released[number]):
            self._remove(number)  # it had been released: raised again, as the newest
        if not self._is_active[number]:
            self.raised_s[number] = run_s
            self._insert(number)
            self._weigh()
            self._listener.alarm_changed(number, ids.ALARM_RAISED)
        elif not had_cause and number == ids.ALARM_SYSTEM_FAULT:
            # A self-test has led out of FAULT, and it waits for its acknowledgement: it leads back (its place is kept).
            self._listener.alarm_changed(number, ids.ALARM_RAISED)

    def gone(self, number, run_s):
        """The cause of the alarm is gone. A latched alarm stays active until it is acknowledged."""
        if not self._has_cause[number]:
            return
        self._has_cause[number] = 0
        self.gone_s[number] = run_s
        if clearing(number) == ids.SELF_CLEARING:
            self._clear(number)
        elif action(number) == ids.SUSPEND:
            self._weigh()
            self._listener.alarm_changed(number, ids.ALARM_RELEASED)

    def release(self, number):
        """The cause was a transient: the alarm stays until a person has seen it, and inhibits boluses, but does nothing
        else to delivery. It is raised anew when its cause comes again."""
        if self._is_active[number] and not self._has_cause[number]:
            self._is_released[number] = 1
            self._weigh()
            self._listener.alarm_changed(number, ids.ALARM_RELEASED)

    def is_released(self, number):
        return self._is_released[number] == 1

    def governs_without(self, number):
        """What all other active alarms do to delivery together."""
        before = self._is_released[number]
        self._is_released[number] = 1
        governing = self._governing()
        self._is_released[number] = before
        return governing

    def acknowledge(self, number):
        """A clinician has seen it. Returns OK and clears the alarm, else the reason of the refusal:
        OUT_OF_RANGE (no such alarm), UNKNOWN (not active), ALARM_ACTIVE (its cause is still there)."""
        if not 1 <= number <= LAST_ALARM:
            return ids.OUT_OF_RANGE
        if not self._is_active[number]:
            return ids.UNKNOWN
        if self._has_cause[number]:
            return ids.ALARM_ACTIVE
        self._listener.alarm_changed(number, ids.ALARM_ACKNOWLEDGED)
        self._clear(number)
        return ids.OK

    def withdraw(self, number):
        """What raised it was a slip that has been corrected: it is gone, with nothing to acknowledge."""
        if self._is_active[number]:
            self._clear(number)

    def notify(self, number):
        """Announce a notice: it is logged as raised and never becomes active."""
        self._listener.alarm_changed(number, ids.ALARM_RAISED)

    def silenced(self):
        """A person silenced the buzzer: log it for every active alarm (ALM-05). See core/silence.py."""
        for place in range(self.count):
            self._listener.alarm_changed(self.numbers[place], ids.ALARM_SILENCED)

    def is_active(self, number):
        return self._is_active[number] == 1

    def has_cause(self, number):
        return self._has_cause[number] == 1

    def inhibits_bolus(self, kind):
        """True when an active alarm inhibits boluses of this kind (ids.CLINICIAN_BOLUS and so on)."""
        return self._inhibited >> kind & 1 == 1

    def restore(self, number, run_s, has_cause, is_released=False):
        """From the journal at boot, oldest first within a priority: active again, not logged again."""
        if not self._is_active[number]:
            self.raised_s[number] = run_s
            self._has_cause[number] = 1 if has_cause else 0
            self._insert(number)
            self._is_released[number] = 1 if is_released else 0
            self._weigh()

    def _insert(self, number):
        place = self.count
        while place > 0 and priority(self.numbers[place - 1]) <= priority(number):
            self.numbers[place] = self.numbers[place - 1]
            place -= 1
        self.numbers[place] = number
        self.count += 1
        self._is_active[number] = 1
        self._is_released[number] = 0

    def _clear(self, number):
        self._remove(number)
        self._has_cause[number] = 0
        self._weigh()
        self._listener.alarm_changed(number, ids.ALARM_CLEARED)

    def _remove(self, number):
        place = 0
        while self.numbers[place] != number:
            place += 1
        self.count -= 1
        while place < self.count:
            self.numbers[place] = self.numbers[place + 1]
            place += 1
        self._is_active[number] = 0

    def _weigh(self):
        signalled = ids.NOTICE
        inhibited = 0
        for place in range(self.count):
            number = self.numbers[place]
            urgency = ids.LOW if self._is_idle(number) else priority(number)
            if urgency > signalled:
                signalled = urgency
            inhibited |= inhibits(number)
        self.governing_action = self._governing()
        self._inhibited = inhibited
        self.top = self.numbers[0] if self.count else 0
        self.top_priority = signalled
        self._weight = self._signature()

    def _governing(self):
        governing = ids.CONTINUE
        for place in range(self.count):
            number = self.numbers[place]
            if not self._is_idle(number) and action(number) > governing:
                governing = action(number)
        return governing

    def _is_idle(self, number):
        """Released, or suspending without a cause."""
        return self._is_released[number] or action(number) == ids.SUSPEND and not self._has_cause[number]

    def is_sound(self):
        """What was weighed is still what it was (INT-02)."""
        return self._weight == self._signature()

    def weigh_again(self):
        """Work out anew what the active alarms do together."""
        self._weigh()

    def _signature(self):
        return self.governing_action ^ self._inhibited ^ self.top ^ self.top_priority ^ self.count
