"""The bench's own figures, from /config.json, each within hard limits.

A board without the file runs the reference bench. A figure that is missing takes its default; one that
is unknown or out of its limits makes the self-test fail with its name: no silent default dose.
"""

import json
from binascii import crc32

# name, default, least, most
_LIMITS = (
    ("nl_per_rev", 60_000, 3_000, 500_000),  # tube set calibration, nominal: strokes of 300 nL to 2.5 uL
    ("microsteps_per_rev", 3_200, 200, 51_200),  # a multiple of 200; a stroke has at most 400
    ("reservoir_capacity_nl", 20_000_000, 1_000_000, 40_000_000),
    ("low_level_nl", 2_000_000, 500_000, 8_000_000),  # RES-03
    ("empty_level_nl", 500_000, 100_000, 2_000_000),  # RES-04
    ("refill_due_h", 72, 1, 720),  # RES-08
    ("occlusion_limit_pa", 60_000, 15_000, 138_000),  # DET-05
    ("supply_low_mv", 3_300, 2_500, 6_000),  # DET-09
    ("supply_critical_mv", 3_000, 2_200, 6_000),
    ("catheter_dead_volume_nl", 200_000, 0, 1_000_000),  # THR-18
    ("link_uart", 0, 0, 1),
    ("pressure_zero_mv", 200, 100, 300),
    ("pressure_span_mv", 2_700, 2_000, 3_200),
)

_FULL_STEPS_PER_REV = 200


class Settings:
    """One integer attribute per figure above. `problem` is the name of the first bad one, else None.
    `is_stored`: there is a file."""

    def __init__(self):
        for name, default, _least, _most in _LIMITS:
            setattr(self, name, default)
        self.problem = None
        self.is_stored = False

    def signature(self):
        """A number, 0 to 2**30 - 1, that changes with each figure."""
        crc = 0
        for name, _default, _least, _most in _LIMITS:
            crc = crc32(str(getattr(self, name)).encode() + b",", crc)
        return crc & 0x3FFFFFFF

    def load(self, path):
        """Read the JSON file; absent is fine. Never raises."""
        try:
            with open(path) as file:
                found = json.load(file)
        except OSError:
            return
        except ValueError:
            self.is_stored = True
            self.problem = path
            return
        self.is_stored = True
        for name in found:
            if not self._take(name, found[name]):
                self.problem = name
                return
        self.problem = self._contradiction()

    def _contradiction(self):
        """The first figure that cannot work beside the others, or None; hil/words/settings_rules.py says why."""
        # All are set by name, from _LIMITS: no checker sees them.
        if self.empty_level_nl >= self.reservoir_capacity_nl or self.empty_level_nl > self.low_level_nl:  # type: ignore
            return "empty_level_nl"
        if self.supply_critical_mv >= self.supply_low_mv:  # type: ignore
            return "supply_critical_mv"
        if self.occlusion_limit_pa < 10_000 + self.nl_per_rev // 12:  # type: ignore
            return "occlusion_limit_pa"
        if 300 * self.microsteps_per_rev // self.nl_per_rev > 400:  # type: ignore
            return "microsteps_per_rev"
        return None

    def _take(self, name, value):
        for known, _default, least, most in _LIMITS:
            if known == name:
                if isinstance(value, int) and least <= value <= most:
                    if name == "microsteps_per_rev" and value % _FULL_STEPS_PER_REV:
                        return False  # the angle would not tell the phase of the motor's field
                    setattr(self, name, value)
                    return True
                return False
        return False
