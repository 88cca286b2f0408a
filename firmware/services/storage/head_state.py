"""The head of the journal's state: mode, times, odometers with the rotor angle, stall, restart counts."""

import struct

from micropython import const

_VERSION = const(3)
_LAYOUT = "<BBBxIIIIIIHHHIIIIIII"
HEAD_BYTES = const(62)

WATCHDOG_RESTARTS = const(3)


class HeadState:
    """`pack_into` collects from the parts; `unpack_from` only keeps, and boot hands the values out."""

    def __init__(self, clock, mode_control, restart_guard, keys, ledger, rotor, infusion):
        self._clock = clock
        self._mode_control = mode_control
        self._restart_guard = restart_guard
        self._keys = keys
        self._ledger = ledger
        self._rotor = rotor
        self._infusion = infusion
        self.boots = 0
        self.watchdog_s = [0] * WATCHDOG_RESTARTS  # run_s of the last watchdog restarts, newest first
        self.mode = 0
        self.run_s = 0
        self.epoch_s = 0
        self.since_s = 0

    def pack_into(self, buffer, offset):
        infusion = self._infusion
        struct.pack_into(
            _LAYOUT,
            buffer,
            offset,
            _VERSION,
            self._mode_control.lasting_mode(),
            (1 if infusion.probe.is_stalled else 0)
            | (2 if self._restart_guard.is_locked else 0)
            | (0 if self._keys.is_keyless else 4),
            self._clock.run_s,
            self._clock.epoch_s,
            self._mode_control.since_s,
            self._ledger.delivered_nl,
            self._ledger.commanded_nl,
            self._ledger.strokes,
            self._rotor.angle,
            self._rotor.rest_pl,
            self._rotor.rest_counts_pl,
            infusion.probe.since_s,
            infusion.probe.next_s,
            infusion.missed.total_nl(),
            self.watchdog_s[0],
            self.watchdog_s[1],
            self.watchdog_s[2],
            self.boots,
        )
        return offset + HEAD_BYTES

    def pack_mode_into(self, buffer, offset):
        """Change nothing but the mode in what `pack_into` wrote."""
        buffer[offset + 1] = self._mode_control.lasting_mode()

    def unpack_from(self, buffer, offset):
        """Boot only. ValueError for the state of another version."""
        fields = struct.unpack_from(_LAYOUT, buffer, offset)
        if fields[0] != _VERSION:
            raise ValueError("state of version " + str(fields[0]))
        self.mode = fields[1]
        self._restart_guard.is_locked = fields[2] & 2 != 0
        if fields[2] & 4:
            self._keys.expect()
        self.run_s = fields[3]
        self.epoch_s = fields[4]
        self.since_s = fields[5]
        self._ledger.delivered_nl = fields[6]
        self._ledger.commanded_nl = fields[7]
        self._ledger.strokes = fields[8]
        self._rotor.restore(fields[9], fields[10], fields[11])
        if fields[2] & 1:
            self._infusion.probe.restore(fields[12], fields[14], fields[13])
            self._infusion.missed.begin(fields[14], self._clock.now_ms())
        for index in range(WATCHDOG_RESTARTS):
            self.watchdog_s[index] = fields[15 + index]
        self.boots = fields[18]
        return offset + HEAD_BYTES

    def watchdog_bit(self, run_s, window_s):
        """Note a watchdog restart; True when it is the third within `window_s` (INT-03)."""
        self.watchdog_s[2] = self.watchdog_s[1]
        self.watchdog_s[1] = self.watchdog_s[0]
        self.watchdog_s[0] = run_s
        return self.watchdog_s[2] > 0 and run_s - self.watchdog_s[2] <= window_s
