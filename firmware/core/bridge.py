"""What is left in the catheter of the drug before a change of concentration (THR-19).

The bridge is a property of the catheter, not a bolus: what remains of it falls with every nanolitre that leaves the
pump, in any mode, and nothing but a clinician ends it before.
"""

import struct

_LAYOUT = "<III"
PACKED_BYTES = struct.calcsize(_LAYOUT)


class Bridge:
    """volume_nl was to be displaced at rate_nl_per_h; left_nl of it still are, 0 without a bridge."""

    def __init__(self):
        self.volume_nl = 0
        self.left_nl = 0
        self.rate_nl_per_h = 0

    def begin(self, volume_nl, waiting_nl, rate_nl_per_h):
        """waiting_nl: demanded before, and not displaced yet; it comes before the bridge."""
        self.volume_nl = volume_nl
        self.left_nl = volume_nl + waiting_nl
        self.rate_nl_per_h = rate_nl_per_h

    def displaced(self, volume_nl):
        """The pump displaced volume_nl, 0 or more. True when that was the last of the old drug."""
        if self.left_nl == 0:
            return False
        self.left_nl = self.left_nl - volume_nl if volume_nl < self.left_nl else 0
        return self.left_nl == 0

    def end(self):
        """Returns what was displaced."""
        displaced_nl = self.volume_nl - self.left_nl
        self.left_nl = 0
        return displaced_nl if displaced_nl > 0 else 0

    def signature(self):
        """A number that any single flipped bit changes (INT-08)."""
        return self.volume_nl ^ self.left_nl ^ self.rate_nl_per_h

    def pack_into(self, buf, offset):
        struct.pack_into(_LAYOUT, buf, offset, self.volume_nl, self.left_nl, self.rate_nl_per_h)
        return offset + PACKED_BYTES

    def unpack_from(self, buf, offset):
        """Boot only: the bytes are those of pack_into(), proven by the journal's CRC."""
        self.volume_nl, self.left_nl, self.rate_nl_per_h = struct.unpack_from(_LAYOUT, buf, offset)
        return offset + PACKED_BYTES
