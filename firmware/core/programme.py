"""The weekly basal programme (THR-02, THR-03): seven days of 1 to 24 segments, Monday first.

A segment is a start minute of the day (0..1439) and a rate in nL/h (0, or 2 000 .. 1 000 000). The first
segment of a day need not begin at midnight: until it does, the last rate of the day before holds, from
Sunday on into Monday too. Everything lies in lists that are made once.
"""

import struct

from micropython import const

from firmware.core.checksum import START, crc_byte, crc_word
from firmware.core.units import DAY_S, WEEK_S
from protocols.ids import OK, OUT_OF_RANGE

RATE_LOW_NL_PER_H = const(2000)
RATE_HIGH_NL_PER_H = const(1000000)
SEGMENTS_A_DAY = const(24)
_SEGMENT_LAYOUT = "<HI"  # start minute, rate
SEGMENT_BYTES = struct.calcsize(_SEGMENT_LAYOUT)
WHOLE_WEEK = const(0x7F)

_DAYS = const(7)
_DAY_MINUTES = const(1440)
PACKED_BYTES = _DAYS * (1 + SEGMENTS_A_DAY * SEGMENT_BYTES)  # the most that pack_into() writes
# From this value of its highest byte on, a 32 bit rate is past the small integers (and any limit).
_HIGHEST_BYTE_SMALL = const(0x40)


def is_rate(rate_nl_per_h):
    """THR-03: zero, or within the range that the head can meter."""
    return rate_nl_per_h == 0 or RATE_LOW_NL_PER_H <= rate_nl_per_h <= RATE_HIGH_NL_PER_H


class Programme:
    def __init__(self):
        self._counts = [0] * _DAYS
        self._starts = [0] * (_DAYS * SEGMENTS_A_DAY)
        self._rates = [0] * (_DAYS * SEGMENTS_A_DAY)

    def clear(self):
        for day in range(_DAYS):
            self._counts[day] = 0

    def set_day(self, day_mask, buf, offset, count):
        """Write count packed segments into every day of day_mask (bit 0 Monday); nothing when refused.

        buf holds '<HI' pairs from offset on. OUT_OF_RANGE: no day, no or too many segments, a start that
        is not later than the one before, a rate outside THR-03, a buffer too short.
        """
        if not 1 <= day_mask <= WHOLE_WEEK or not 1 <= count <= SEGMENTS_A_DAY:
            return OUT_OF_RANGE
        if len(buf) - offset < count * SEGMENT_BYTES:
            return OUT_OF_RANGE
        before = -1
        at = offset
        for _ in range(count):
            start = buf[at] | buf[at + 1] << 8
            if start <= before or start >= _DAY_MINUTES:
                return OUT_OF_RANGE
            if buf[at + 5] >= _HIGHEST_BYTE_SMALL or not is_rate(_rate(buf, at)):
                return OUT_OF_RANGE
            before = start
            at += SEGMENT_BYTES
        for day in range(_DAYS):
            if day_mask >> day & 1:
                self._write_day(day, buf, offset, count)
        return OK

    def _write_day(self, day, buf, at, count):
        first = day * SEGMENTS_A_DAY
        for index in range(first, first + count):
            self._starts[index] = buf[at] | buf[at + 1] << 8
            self._rates[index] = _rate(buf, at)
            at += SEGMENT_BYTES
        self._counts[day] = count

    def segments(self, day):
        return self._counts[day]

    def segment_count(self):
        return sum(self._counts)

    def is_complete(self):
        return 0 not in self._counts

    def highest_rate_nl_per_h(self):
        highest = 0
        for day in range(_DAYS):
            first = day * SEGMENTS_A_DAY
            for index in range(first, first + self._counts[day]):
                if self._rates[index] > highest:
                    highest = self._rates[index]
        return highest

    def rate_at(self, week_s):
        """nL/h in force at a second of the week (0 .. 604 799); 0 for an empty programme."""
        day = week_s // DAY_S
        minute = week_s % DAY_S // 60
        index = day * SEGMENTS_A_DAY + self._counts[day] - 1
        first = day * SEGMENTS_A_DAY
        while index >= first:
            if self._starts[index] <= minute:
                return self._rates[index]
            index -= 1
        for _ in range(_DAYS):
            day = day - 1 if day else _DAYS - 1
            if self._counts[day]:
                return self._rates[day * SEGMENTS_A_DAY + self._counts[day] - 1]
        return 0

    def seconds_to_change(self, week_s):
        """Seconds, 1 .. 604 800, to the next segment start after a second of the week."""
        day = week_s // DAY_S
        second = week_s % DAY_S
        first = day * SEGMENTS_A_DAY
        for index in range(first, first + self._counts[day]):
            if self._starts[index] * 60 > second:
                return self._starts[index] * 60 - second
        ahead = DAY_S - second
        for _ in range(_DAYS):
            day = day + 1 if day < _DAYS - 1 else 0
            if self._counts[day]:
                return ahead + self._starts[day * SEGMENTS_A_DAY] * 60
            ahead += DAY_S
        return WEEK_S

    def copy_from(self, other):
        for day in range(_DAYS):
            self._counts[day] = other._counts[day]
        for index in range(_DAYS * SEGMENTS_A_DAY):
            self._starts[index] = other._starts[index]
            self._rates[index] = other._rates[index]

    def crc(self):
        """CRC-16 over the segments in use; the same for the same therapy."""
        crc = START
        for day in range(_DAYS):
            crc = crc_byte(crc, self._counts[day])
            first = day * SEGMENTS_A_DAY
            for index in range(first, first + self._counts[day]):
                crc = crc_word(crc, self._starts[index])
                crc = crc_word(crc, self._rates[index])
        return crc

    def signature(self):
        """A number that any single flipped bit changes; cheaper than the CRC (INT-08)."""
        return sum(self._counts) + sum(self._starts) + sum(self._rates)

    def pack_day_into(self, day, buf, offset):
        """The segments of a day as '<HI' pairs, for reading back; returns the offset behind them."""
        first = day * SEGMENTS_A_DAY
        for index in range(first, first + self._counts[day]):
            struct.pack_into(_SEGMENT_LAYOUT, buf, offset, self._starts[index], self._rates[index])
            offset += SEGMENT_BYTES
        return offset

    def pack_into(self, buf, offset):
        """Per day a count byte and its segments."""
        for day in range(_DAYS):
            buf[offset] = self._counts[day]
            offset = self.pack_day_into(day, buf, offset + 1)
        return offset

    def unpack_from(self, buf, offset):
        """Boot only. ValueError when the bytes are no programme: the caller falls back to none."""
        self.clear()
        for day in range(_DAYS):
            count = buf[offset]
            offset += 1
            if count:
                if self.set_day(1 << day, buf, offset, count) != OK:
                    raise ValueError("stored programme")
                offset += count * SEGMENT_BYTES
        return offset


def _rate(buf, at):
    return buf[at + 2] | buf[at + 3] << 8 | buf[at + 4] << 16 | buf[at + 5] << 24
