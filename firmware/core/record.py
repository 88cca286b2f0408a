"""Records: a class names its fields once, and packing, copying and checks follow from that."""

import struct

from firmware.core.checksum import crc_word
from protocols.ids import OK


class Record:
    """FIELDS are the names of the integer attributes, LAYOUT their struct codes, little endian, in the same order.

    A subclass whose fields have ranges has a `set(...)` of its own, which takes the values in this order and returns
    OK, or a reason and keeps the old values.
    """

    FIELDS = ()
    LAYOUT = "<"

    def set(self, *values):
        for index in range(len(values)):
            setattr(self, self.FIELDS[index], values[index])
        return OK

    def copy_from(self, other):
        for name in self.FIELDS:
            setattr(self, name, getattr(other, name))

    def crc(self, crc):
        """Continue a CRC-16 with the fields."""
        for name in self.FIELDS:
            crc = crc_word(crc, getattr(self, name))
        return crc

    def signature(self):
        """A number that any single flipped bit of the fields changes (INT-08)."""
        bits = 0
        for name in self.FIELDS:
            bits ^= getattr(self, name)
        return bits

    def pack_into(self, buf, offset):
        """Returns the offset behind the record. Allocates the list of the values."""
        struct.pack_into(self.LAYOUT, buf, offset, *[getattr(self, name) for name in self.FIELDS])
        return offset + struct.calcsize(self.LAYOUT)

    def unpack_from(self, buf, offset):
        """Boot only: the bytes are those of pack_into(), proven by the journal's CRC.

        ValueError when `set` refuses the values.
        """
        if self.set(*struct.unpack_from(self.LAYOUT, buf, offset)) != OK:
            raise ValueError("stored " + type(self).__name__)
        return offset + struct.calcsize(self.LAYOUT)
