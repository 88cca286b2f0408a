"""The dose limit over every sliding window, in bounded memory (THR-13).

Volumes are kept in 288 buckets of 302 s, a little more than 24 h. A bucket leaves the sum only when its
LAST second has left the window, so the sum is never less than what any window that ends now contains,
and a stroke that fits into allowance_nl() cannot bring any window above the limit. The price: a volume
counts for up to 302 s longer than it must. The buckets do not depend on the window's length (10 min ..
24 h), so a new limit judges what was given before it, too.

The rotor sensor does not see how the rollers share a revolution out, so the limit keeps a guard of 1 uL.

How basal falls (flow.py): it is capped at the allowance left after the boluses that run, per ten minutes.
While the allowance lasts for more than ten minutes of basal nothing changes; below that the rate sinks in
proportion, an exponential with a time constant of ten minutes, towards the rate at which old volume leaves
the window. So it neither stops abruptly nor oscillates, and rises again in the same way. A programme that
keeps a quarter of an hour of basal below the limit is never touched.
"""

import struct

from micropython import const

from firmware.core.units import ring_add, ring_difference

BUCKETS = const(288)
BUCKET_S = const(302)
NO_LIMIT_NL = const(0x1FFFFFFF)
PACKED_BYTES = const(8 + 4 * BUCKETS)

_GUARD_NL = const(1000)
_PACKED_AT_ONCE = const(32)


class DoseWindow:
    """limit: a settings.DoseLimit, which may change at any time. total_nl: all bookings, a 30 bit ring."""

    def __init__(self, limit):
        self._limit = limit
        self.total_nl = 0
        self._nl = [0] * BUCKETS
        self._newest = 0  # number of the bucket that is being filled
        self._oldest = 0  # first bucket that the sum contains
        self._sum_nl = 0
        self._window_s = limit.window_s

    def book(self, volume_nl, run_s):
        """Measured volume of a stroke. Backward motion does not give allowance back."""
        self._move_to(run_s)
        if volume_nl > 0:
            self._nl[self._newest % BUCKETS] += volume_nl
            self._sum_nl += volume_nl
            self.total_nl = ring_add(self.total_nl, volume_nl)

    def allowance_nl(self, run_s):
        """What may still be delivered now; NO_LIMIT_NL without a limit."""
        if self._limit.volume_nl == 0:
            return NO_LIMIT_NL
        self._move_to(run_s)
        left_nl = self._limit.volume_nl - _GUARD_NL - self._sum_nl
        return left_nl if left_nl > 0 else 0

    def seconds_to_release(self, run_s):
        """Seconds, at least 1, until the oldest bucket leaves the window."""
        left_s = (self._oldest + 1) * BUCKET_S + self._window_s - run_s
        return left_s if left_s > 1 else 1

    def catch_up(self, total_nl, run_s):
        """After a restart: book what the journal's newer total has beyond the buckets, as of now."""
        missing_nl = ring_difference(total_nl, self.total_nl)
        if missing_nl > 0:
            self.book(missing_nl, run_s)

    def signature(self):
        """A number that any single flipped bit changes, but in the buckets (INT-08)."""
        return self.total_nl ^ self._newest ^ self._oldest ^ self._sum_nl ^ self._window_s

    def is_sound(self):
        """The buckets in the window add up to the sum that is kept."""
        sum_nl = sum(self._nl)
        for bucket in range(max(self._newest - BUCKETS + 1, 0), self._oldest):  # those that have left the window
            sum_nl -= self._nl[bucket % BUCKETS]
        return sum_nl == self._sum_nl

    def _move_to(self, run_s):
        # A run_s that fell back (a few seconds may be lost with the power) books into the newest bucket.
        bucket = run_s // BUCKET_S
        if bucket - self._newest >= BUCKETS:
            self._clear(bucket)
        while self._newest < bucket:
            self._newest += 1
            if self._newest - self._oldest >= BUCKETS:
                self._release()
            self._nl[self._newest % BUCKETS] = 0
        if self._window_s != self._limit.window_s:
            self._recount()
        while self._oldest < self._newest and (self._oldest + 1) * BUCKET_S + self._window_s <= run_s:
            self._release()

    def _release(self):
        self._sum_nl -= self._nl[self._oldest % BUCKETS]
        self._oldest += 1

    def _clear(self, bucket):
        for index in range(BUCKETS):
            self._nl[index] = 0
        self._sum_nl = 0
        self._newest = bucket
        self._oldest = bucket

    def _recount(self):
        self._window_s = self._limit.window_s
        self._oldest = self._newest - BUCKETS + 1 if self._newest >= BUCKETS else 0
        self._sum_nl = sum(self._nl)

    def pack_into(self, buf, offset):
        """Allocates the arguments of one call and their list, 150 bytes each."""
        struct.pack_into("<II", buf, offset, self._newest, self.total_nl)
        offset += 8
        for first in range(0, BUCKETS, _PACKED_AT_ONCE):
            struct.pack_into("<32I", buf, offset, *self._nl[first : first + _PACKED_AT_ONCE])
            offset += 4 * _PACKED_AT_ONCE
        return offset

    def unpack_from(self, buf, offset):
        """Boot only: the bytes are those of pack_into(), proven by the journal's CRC."""
        fields = struct.unpack_from("<II", buf, offset)
        self._newest = fields[0]
        self.total_nl = fields[1]
        offset += 8
        for index in range(BUCKETS):
            self._nl[index] = struct.unpack_from("<I", buf, offset)[0]
            offset += 4
        self._recount()
        return offset
