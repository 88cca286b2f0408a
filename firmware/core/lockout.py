"""Lock-out and sliding count of the patient bolus (THR-10, THR-11), all in run_s.

The lock-out runs from the end of the last delivery, whole or partial. The count is of deliveries begun in
the last 24 h, so that the same times every day stay possible. Asking changes nothing here: only a
delivery that begins or ends does.
"""

import struct

from micropython import const

from firmware.core.settings import PER_DAY_HIGH
from firmware.core.units import DAY_S
from protocols.ids import COUNT_LIMIT, LOCKOUT, OK

PACKED_BYTES = 4 + 2 + 4 * PER_DAY_HIGH

_NEVER = const(-1)
_LAYOUT = "<iH" + str(PER_DAY_HIGH) + "i"


class Lockout:
    def __init__(self):
        self.last_end_s = _NEVER
        self._starts = [_NEVER] * PER_DAY_HIGH
        self._next = 0
        self._starts_bits = self._bits_of_starts()

    def started(self, run_s):
        """A patient bolus begins and counts from now on, whatever becomes of it."""
        self._starts_bits ^= self._starts[self._next] ^ run_s
        self._starts[self._next] = run_s
        self._next = self._next + 1 if self._next < PER_DAY_HIGH - 1 else 0

    def ended(self, run_s):
        """Its delivery is over. run_s is cut to whole seconds, so hand in the next one."""
        self.last_end_s = run_s

    def refusal(self, run_s, lockout_s, per_day):
        """OK, LOCKOUT or COUNT_LIMIT for a request at run_s under these settings."""
        if self.last_end_s != _NEVER and run_s - self.last_end_s < lockout_s:
            return LOCKOUT
        start_s = self.start_of(per_day)
        if start_s != _NEVER and run_s - start_s < DAY_S:
            return COUNT_LIMIT
        return OK

    def seconds_left(self, run_s, lockout_s, per_day):
        """Seconds until refusal() can be OK, 0 when it is."""
        left_s = 0
        if self.last_end_s != _NEVER:
            left_s = lockout_s - (run_s - self.last_end_s)
        start_s = self.start_of(per_day)
        if start_s != _NEVER and DAY_S - (run_s - start_s) > left_s:
            left_s = DAY_S - (run_s - start_s)
        return left_s if left_s > 0 else 0

    def start_of(self, age):
        """run_s at which the delivery before the last age - 1 ones began (age 1 .. 96), -1 if none did."""
        return self._starts[(self._next - age) % PER_DAY_HIGH]

    def signature(self):
        """A number that any single flipped bit changes, but in the list of starts (INT-08)."""
        return self.last_end_s ^ self._next

    def is_sound(self):
        """No bit of the list of starts is another one than `started` wrote (INT-02)."""
        return self._starts_bits == self._bits_of_starts()

    def _bits_of_starts(self):
        bits = 0
        for start_s in self._starts:
            bits ^= start_s
        return bits

    def pack_into(self, buf, offset):
        """Allocates the arguments of the call, 400 bytes."""
        struct.pack_into(_LAYOUT, buf, offset, self.last_end_s, self._next, *self._starts)
        return offset + PACKED_BYTES

    def unpack_from(self, buf, offset):
        """Boot only. ValueError when the bytes are no such record."""
        fields = struct.unpack_from(_LAYOUT, buf, offset)
        if fields[1] >= PER_DAY_HIGH:
            raise ValueError("stored lock-out")
        self.last_end_s = fields[0]
        self._next = fields[1]
        self._starts[:] = fields[2:]
        self._starts_bits = self._bits_of_starts()
        return offset + PACKED_BYTES
