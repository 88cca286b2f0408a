"""The event log (INT-06): everything that happened, numbered, with wall clock and pump life.

Entries are taken at any time without a wait and written when the executive has a moment; the host link
gets each one at once. Alarms and faults are kept in a second, longer-lived ring, so that a
busy day of commands does not push them out.
"""

from micropython import const

from firmware.core.repeats import Repeats
from firmware.core.units import NEVER_MS
from protocols import ids

_QUEUE = const(48)
_RESERVE = const(24)  # more than there are alarms: a silence is logged for each
_EVENT_SEGMENTS = const(9)  # at least 2 048 entries
_FAULT_SEGMENTS = const(5)  # at least 1 024 faults
_FAULT_CODES = (ids.LOG_ALARM, ids.LOG_STALL, ids.LOG_POWER_LOST, ids.LOG_OCCLUSION, ids.LOG_SELF_TEST)


def _is_refusal(code, b):
    if code == ids.LOG_COMMAND:
        return b % ids.COMMAND_ROLE_STEP != ids.OK
    return code == ids.LOG_BOLUS_DENIED or code == ids.LOG_EVENT_REJECTED


class EventLog:
    """An activity of the executive. `clock` gives the two times of an entry, `store` makes the rings."""

    def __init__(self, clock, store):
        self._clock = clock
        self._store = store
        self._events = store.ring("/log", _EVENT_SEGMENTS)
        self._faults = store.ring("/faults", _FAULT_SEGMENTS)
        self.next_sequence = self._events.next_sequence
        self.newest_run_s = self._events.newest_run_s  # of the newest entry that was found at power-on
        self._repeats = Repeats()
        self._codes = bytearray(_QUEUE)
        self._times = [0] * (2 * _QUEUE)
        self._arguments = [0] * (2 * _QUEUE)
        self._first = 0
        self._waiting = 0
        self.is_calm = True  # none waits
        self._sent = 0  # of those that wait to be written, how many were sent to the host
        self.lost = 0
        self.write_errors = 0
        self._listener = None
        self._annunciation = None

    def connect(self, listener, annunciation):
        """Both are made later, because they log. `listener.push_event(sequence, epoch_s, run_s, code, a, b)` gets
        every entry, in order. A write waits for a pause of the alarm signal (ALM-03): at most a second or so."""
        self._listener = listener
        self._annunciation = annunciation

    def add(self, code, a, b):
        """Take an entry (a and b are signed 32 bit). Does not allocate; a full queue counts the loss."""
        self.look()
        if _is_refusal(code, b) and self._repeats.is_counted(code, a, b, self._clock.run_s):
            return
        self._take(code, a, b)

    def look(self):
        """To be called every half a minute: refusals that were counted for an hour are told."""
        while self._repeats.pop(self._clock.run_s):
            self._take(ids.LOG_REPEATED, self._repeats.code, self._repeats.count)

    def _take(self, code, a, b):
        if self._waiting == _QUEUE:
            self.lost += 1
            return
        place = (self._first + self._waiting) % _QUEUE
        self._codes[place] = code
        self._times[2 * place] = self._clock.epoch_s
        self._times[2 * place + 1] = self._clock.run_s
        self._arguments[2 * place] = a
        self._arguments[2 * place + 1] = b
        self._waiting += 1
        self.is_calm = False

    def has_room(self):
        """Room for what a command and the alarms that it may raise can add."""
        return self._waiting < _QUEUE - _RESERVE

    def due_in_ms(self, now_ms):
        if self.is_calm:
            return NEVER_MS
        return 0 if self._sent < self._waiting else self._annunciation.pause_ms(now_ms)

    def act(self, _now_ms):
        """Send to the host at once; then write, one entry per turn: a write takes milliseconds, and a stroke or
        the pulse of an alarm must not wait for ten."""
        if self._sent < self._waiting:
            self._send()
        else:
            self._write()

    def _send(self):
        place = (self._first + self._sent) % _QUEUE
        sequence = self.next_sequence + self._sent
        self._sent += 1
        if self._listener is not None:
            self._listener.push_event(
                sequence,
                self._times[2 * place],
                self._times[2 * place + 1],
                self._codes[place],
                self._arguments[2 * place],
                self._arguments[2 * place + 1],
            )

    def _write(self):
        place = self._first
        code = self._codes[place]
        epoch_s = self._times[2 * place]
        run_s = self._times[2 * place + 1]
        a = self._arguments[2 * place]
        b = self._arguments[2 * place + 1]
        self._first = (place + 1) % _QUEUE
        self._waiting -= 1
        self.is_calm = self._waiting == 0
        self._sent -= 1
        sequence = self.next_sequence
        self.next_sequence = sequence + 1
        try:
            self._store.begin()
            self._events.append(sequence, epoch_s, run_s, code, a, b)
            if code in _FAULT_CODES:
                self._faults.append(self._faults.next_sequence, epoch_s, run_s, code, a, b)
            self._store.end()
        except OSError:
            self.write_errors += 1

    def flush(self):
        """Send and write all waiting entries, at the price of a blurred alarm pulse: a reader waits."""
        while self._waiting:
            self.act(0)

    def fault_ring(self):
        """The longer-lived ring, with numbers of its own (INT-06)."""
        return self._faults

    def oldest(self):
        """The number from which on entries may still be there."""
        return self._events.oldest()

    def read(self, sequence, buffer, offset):
        """Copy entry `sequence` (24 bytes, log_ring.py) to `buffer`; False when it is gone."""
        return self._events.read(sequence, buffer, offset)
