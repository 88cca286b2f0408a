"""The head of the journal's state: mode, times, odometers with the rotor's angle and phase, stall, restart counts."""

import struct

from micropython import const

_VERSION = const(5)
_LAYOUT = "<BBBxIIIIIIHHHHIIIIIII"
HEAD_BYTES = struct.calcsize(_LAYOUT)

# Bits of the flags.
_STALLED = const(1)
_START_LOCKED = const(2)
_KEYED = const(4)
_PHASE_KNOWN = const(8)

WATCHDOG_RESTARTS = const(3)


class HeadState:
    """`pack_into` collects from the parts; `unpack_from` only keeps, and boot hands the values out."""

    def __init__(self, clock, mode_control, restart_guard, keys, ledger, runner, infusion):
        self._clock = clock
        self._mode_control = mode_control
        self._restart_guard = restart_guard
        self._keys = keys
        self._ledger = ledger
        self._rotor = runner.rotor
        self._pair = runner.pair
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
            (_STALLED if infusion.probe.is_stalled else 0)
            | (_START_LOCKED if self._restart_guard.is_locked else 0)
            | (0 if self._keys.is_keyless else _KEYED)
            | (_PHASE_KNOWN if self._pair.is_known else 0),
            self._clock.run_s,
            self._clock.epoch_s,
            self._mode_control.since_s,
            self._ledger.delivered_nl,
            self._ledger.commanded_nl,
            self._ledger.strokes,
            self._rotor.angle,
            self._rotor.rest_pl,
            self._rotor.rest_counts_pl,
            self._pair.at(self._rotor.angle),
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
        if buffer[offset] != _VERSION:
            raise ValueError("state of version " + str(buffer[offset]))
        ledger = self._ledger
        watchdog_s = self.watchdog_s
        (
            _,
            self.mode,
            flags,
            self.run_s,
            self.epoch_s,
            self.since_s,
            ledger.delivered_nl,
            ledger.commanded_nl,
            ledger.strokes,
            angle,
            rest_pl,
            rest_counts_pl,
            phase,
            stalled_since_s,
            probe_next_s,
            missed_nl,
            watchdog_s[0],
            watchdog_s[1],
            watchdog_s[2],
            self.boots,
        ) = struct.unpack_from(_LAYOUT, buffer, offset)
        self._rotor.restore(angle, rest_pl, rest_counts_pl)
        self._pair.restore(phase, angle, flags & _PHASE_KNOWN != 0)
        self._restart_guard.is_locked = flags & _START_LOCKED != 0
        if flags & _KEYED:
            self._keys.expect()
        if flags & _STALLED:
            self._infusion.probe.restore(stalled_since_s, missed_nl, probe_next_s)
            self._infusion.missed.begin(missed_nl, self._clock.now_ms())
        return offset + HEAD_BYTES

    def watchdog_bit(self, run_s, window_s):
        """Note a watchdog restart; True when it is the third within `window_s` (INT-03)."""
        self.watchdog_s[2] = self.watchdog_s[1]
        self.watchdog_s[1] = self.watchdog_s[0]
        self.watchdog_s[0] = run_s
        return self.watchdog_s[2] > 0 and run_s - self.watchdog_s[2] <= window_s
