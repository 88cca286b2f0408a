"""What is left in the catheter of the drug before a change of concentration (THR-19).

The bridge is a property of the catheter, not a bolus: what remains of it falls with every nanolitre that leaves the
pump, in any mode, and nothing but a clinician ends it before.
"""

from struct import calcsize

from firmware.core.record import Record

_LAYOUT = "<III"
PACKED_BYTES = calcsize(_LAYOUT)


class Bridge(Record):
    """volume_nl was to be displaced at rate_nl_per_h; left_nl of it still are, 0 without a bridge."""

    LAYOUT = _LAYOUT
    FIELDS = ("volume_nl", "left_nl", "rate_nl_per_h")

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
        """Asked at each wake, so without the loop over the names."""
        return self.volume_nl ^ self.left_nl ^ self.rate_nl_per_h
