"""The drug record (THR-21): what is in the reservoir, and how much of it a person may get.

A hard limit refuses, a soft limit asks for a confirmation; zero means that the record gives none and only
the pump's own range holds. Another name or another concentration is another drug.
"""

from struct import calcsize, unpack_from

from micropython import const

from firmware.core.checksum import START, crc_byte, crc_word
from firmware.core.record import Record
from protocols.ids import OK, OUT_OF_RANGE, SOFT_LIMIT

NAME_BYTES = const(16)

_CONCENTRATION_HIGH_UG_PER_ML = const(200000)
_RATE_HIGH_NL_PER_H = const(60000000)
_BOLUS_HIGH_NL = const(40000000)
_LAYOUT = "<IIIII"
PACKED_BYTES = NAME_BYTES + calcsize(_LAYOUT)


class Drug(Record):
    """`name`, then the figures of FIELDS; the name is packed and copied before them."""

    LAYOUT = _LAYOUT
    FIELDS = ("concentration_ug_per_ml", "hard_rate_nl_per_h", "soft_rate_nl_per_h", "hard_bolus_nl", "soft_bolus_nl")

    def __init__(self):
        self.name = bytearray(NAME_BYTES)
        self.concentration_ug_per_ml = 0
        self.hard_rate_nl_per_h = 0
        self.soft_rate_nl_per_h = 0
        self.hard_bolus_nl = 0
        self.soft_bolus_nl = 0

    def set(self, name, concentration_ug_per_ml, hard_rate, soft_rate, hard_bolus_nl, soft_bolus_nl):
        """Take the record over as a whole, or refuse it with OUT_OF_RANGE and keep the old one.

        name: up to 16 bytes of UTF-8; rates in nL/h. A soft limit may not lie above its hard limit.
        """
        if len(name) > NAME_BYTES or not 1 <= concentration_ug_per_ml <= _CONCENTRATION_HIGH_UG_PER_ML:
            return OUT_OF_RANGE
        if not _is_pair(hard_rate, soft_rate, _RATE_HIGH_NL_PER_H):
            return OUT_OF_RANGE
        if not _is_pair(hard_bolus_nl, soft_bolus_nl, _BOLUS_HIGH_NL):
            return OUT_OF_RANGE
        for index in range(NAME_BYTES):
            self.name[index] = name[index] if index < len(name) else 0
        self.concentration_ug_per_ml = concentration_ug_per_ml
        self.hard_rate_nl_per_h = hard_rate
        self.soft_rate_nl_per_h = soft_rate
        self.hard_bolus_nl = hard_bolus_nl
        self.soft_bolus_nl = soft_bolus_nl
        return OK

    def rate_reason(self, rate_nl_per_h):
        """OK, SOFT_LIMIT (needs a confirmation) or OUT_OF_RANGE (never)."""
        return _judge(rate_nl_per_h, self.hard_rate_nl_per_h, self.soft_rate_nl_per_h)

    def bolus_reason(self, volume_nl):
        """As rate_reason(), for the volume of one bolus."""
        return _judge(volume_nl, self.hard_bolus_nl, self.soft_bolus_nl)

    def is_same_as(self, other):
        """Same name and concentration: what is in the reservoir and the catheter stays valid."""
        return self.name == other.name and self.concentration_ug_per_ml == other.concentration_ug_per_ml

    def identity(self):
        """16 bits of name and concentration, to remember with a filling what it was filled with; 0 of none."""
        if self.concentration_ug_per_ml == 0:
            return 0
        crc = START
        for value in self.name:
            crc = crc_byte(crc, value)
        return crc_word(crc, self.concentration_ug_per_ml)

    def copy_from(self, other):
        self.name[:] = other.name
        Record.copy_from(self, other)

    def crc(self, crc):
        for value in self.name:
            crc = crc_byte(crc, value)
        return Record.crc(self, crc)

    def pack_into(self, buf, offset):
        buf[offset : offset + NAME_BYTES] = self.name
        return Record.pack_into(self, buf, offset + NAME_BYTES)

    def unpack_from(self, buf, offset):
        """Boot only: the bytes are those of pack_into(), proven by the journal's CRC."""
        self.name[:] = buf[offset : offset + NAME_BYTES]
        Record.set(self, *unpack_from(_LAYOUT, buf, offset + NAME_BYTES))
        return offset + PACKED_BYTES


def _is_pair(hard, soft, high):
    if not 0 <= hard <= high or not 0 <= soft <= high:
        return False
    return hard == 0 or soft <= hard


def _judge(value, hard, soft):
    if hard and value > hard:
        return OUT_OF_RANGE
    if soft and value > soft:
        return SOFT_LIMIT
    return OK
