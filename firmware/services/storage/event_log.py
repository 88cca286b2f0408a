"""The event log (INT-06): everything that happened, numbered, with wall clock and pump life.

Entries are taken at any time without a wait and written when the executive has a moment, all that wait at once: most
of a write is the erase of a block, whatever the count. The host link gets each one at once. Alarms and faults are kept
in a second, longer-lived ring, so that a busy day of commands does not push them out.
"""

from struct import pack_into, unpack_from

from micropython import const

from firmware.core.repeats import Repeats
from firmware.core.units import NEVER_MS
from protocols import ids

_QUEUE = const(40)
_RESERVE = const(24)  # more than there are alarms: a silence is logged for each
_EVENT_SEGMENTS = const(9)  # at least 2 048 entries
_FAULT_SEGMENTS = const(5)  # at least 1 024 faults
_ENTRY_BYTES = const(24)
_FIELDS = "<IIIBBHii"  # as in log_ring.py
_CODE_AT = const(12)
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
        self.next_sequence = self._events.next_sequence  # of the next entry that is taken
        self.newest_run_s = self._events.newest_run_s  # of the newest entry that was found at power-on
        self._repeats = Repeats()
        self._queue = bytearray(_QUEUE * _ENTRY_BYTES)
        self._first = 0
        self._waiting = 0
        self.is_calm = True  # none waits
        self._sent = 0  # of those that wait to be written, how many were sent to the host
        self._stored = 0  # of those, how many the first ring has; the second has not yet been asked to
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
        at = self._at(self._waiting)
        clock = self._clock
        self._events.pack(self._queue, at, self.next_sequence, clock.epoch_s, clock.run_s, code, a, b)
        self.next_sequence += 1
        self._waiting += 1
        self.is_calm = False

    def _at(self, place):
        """Where in the queue the entry stands that is written as number `place` from now."""
        return (self._first + place) % _QUEUE * _ENTRY_BYTES

    def has_room(self):
        """Room for what a command and the alarms that it may raise can add."""
        return self._waiting < _QUEUE - _RESERVE

    def due_in_ms(self, now_ms):
        if self.is_calm:
            return NEVER_MS
        if self._sent < self._waiting or not self.has_room():
            return 0  # where requests wait for room, a pulse is blurred
        return self._annunciation.pause_ms(now_ms)

    def act(self, _now_ms):
        """Send to the host at once; then write, one ring in each turn: a write takes up to a tenth of a second, and a
        stroke, a request or the pulse of an alarm must not wait for two."""
        if self._sent < self._waiting:
            self._send()
        else:
            self._write()

    def _send(self):
        entry = unpack_from(_FIELDS, self._queue, self._at(self._sent))
        self._sent += 1
        if self._listener is not None:
            self._listener.push_event(entry[0], entry[1], entry[2], entry[3], entry[6], entry[7])

    def _write(self):
        is_second = self._stored > 0  # of the two rings
        count = 1  # of those that flash refuses the first is given up
        try:
            self._store.begin()
            count = self._append_faults() if is_second else self._append_events()
            self._store.end()
        except OSError:
            self.write_errors += 1
        if is_second:
            self._drop(count)
        else:
            self._stored = count
            self._keep_faults()
        self.is_calm = self._waiting == 0

    def _append_events(self):
        return self._events.append(self._queue, self._at(0), min(self._waiting, _QUEUE - self._first))

    def _append_faults(self):
        count = min(self._stored, _QUEUE - self._first)
        for place in range(count):
            pack_into("<I", self._queue, self._at(place), self._faults.next_sequence + place)
        return self._faults.append(self._queue, self._at(0), count)

    def _keep_faults(self):
        """Of the entries that the first ring has, the faults move up to those that it has not, and the others go."""
        queue = self._queue
        others = self._stored
        for place in range(self._stored - 1, -1, -1):
            if self._is_fault(place):
                others -= 1
                at = self._at(place)
                to = self._at(others)
                queue[to : to + _ENTRY_BYTES] = queue[at : at + _ENTRY_BYTES]
        self._drop(others)

    def _drop(self, count):
        self._first = (self._first + count) % _QUEUE
        self._waiting -= count
        self._sent -= count
        self._stored -= count

    def _is_fault(self, place):
        return self._queue[self._at(place) + _CODE_AT] in _FAULT_CODES

    def flush(self):
        """Send and write all waiting entries, at the price of a blurred alarm pulse: before a restart."""
        while self._waiting:
            self.act(0)

    def oldest(self):
        """The number from which on entries may still be there."""
        return self._events.oldest()

    def read(self, sequence, buffer, offset):
        """Copy entry `sequence` (24 bytes, log_ring.py) to `buffer`; False when it is gone. One that waits to be
        written can be read already."""
        place = self._waiting - self.next_sequence + sequence
        if place < self._stored:
            return self._events.read(sequence, buffer, offset)
        return self._copy(place, buffer, offset)

    def oldest_fault(self):
        return self._faults.oldest()

    def next_fault(self):
        """Faults have numbers of their own (INT-06)."""
        count = 0
        for place in range(self._waiting):
            if self._is_fault(place):
                count += 1
        return self._faults.next_sequence + count

    def read_fault(self, sequence, buffer, offset):
        """As `read`, by the number among the faults."""
        ahead = sequence - self._faults.next_sequence
        if ahead < 0:
            return self._faults.read(sequence, buffer, offset)
        place = -1
        while ahead >= 0 and place < self._waiting - 1:
            place += 1
            if self._is_fault(place):
                ahead -= 1
        if ahead >= 0 or not self._copy(place, buffer, offset):
            return False
        pack_into("<I", buffer, offset, sequence)
        return True

    def _copy(self, place, buffer, offset):
        if place >= self._waiting:
            return False
        at = self._at(place)
        buffer[offset : offset + _ENTRY_BYTES] = self._queue[at : at + _ENTRY_BYTES]
        return True
