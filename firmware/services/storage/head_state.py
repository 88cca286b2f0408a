"""The head of the journal's state: mode, times, odometers with the rotor's angle and phase, stall, restart counts."""

import struct

from micropython import const

_VERSION = const(7)
_OLD_VERSION = const(3)  # ends with `boots`: all that follows is newer, and is added at the end
_OLD_LAYOUT = "<BBBxIIIIIIHHHIIIIIII"
_OLD_BYTES = struct.calcsize(_OLD_LAYOUT)
_ADDED_LAYOUT = "<HIIIIiHHIIH"
_MOST = const(65_535)  # of strokes and seconds
HEAD_BYTES = _OLD_BYTES + struct.calcsize(_ADDED_LAYOUT)

# Bits of the flags.
_STALLED = const(1)
_START_LOCKED = const(2)
_KEYED = const(4)
_PHASE_KNOWN = const(8)
_CLOCK_DOUBTED = const(16)

WATCHDOG_RESTARTS = const(3)
_FEW_RESTARTS = const(3)
_RESTARTS_WINDOW_S = const(3_600)
_NEVER = const(0)


class HeadState:
    """`pack_into` collects from the parts; `unpack_from` only keeps, and boot hands the values out."""

    def __init__(self, clock, mode_control, restart_guard, keys, ledger, returns, runner, infusion):
        self._clock = clock
        self._mode_control = mode_control
        self._restart_guard = restart_guard
        self._keys = keys
        self._ledger = ledger
        self._returns = returns
        self._rotor = runner.rotor
        self._pair = runner.pair
        self._infusion = infusion
        self.boots = 0
        self.watchdog_s = [0] * WATCHDOG_RESTARTS  # run_s of the last watchdog restarts, newest first
        self.restarts_s = [_NEVER] * _FEW_RESTARTS  # run_s of the last restarts that nobody asked for, newest first
        self.is_old_layout = False
        self.is_unknown_layout = False
        self.is_clock_doubted = False
        self.mode = 0
        self.run_s = 0
        self.epoch_s = 0
        self.since_s = 0

    def pack_into(self, buffer, offset):
        infusion = self._infusion
        struct.pack_into(
            _OLD_LAYOUT,
            buffer,
            offset,
            _VERSION,
            self._mode_control.lasting_mode(),
            (_STALLED if infusion.probe.is_stalled else 0)
            | (_START_LOCKED if self._restart_guard.is_locked else 0)
            | (0 if self._keys.is_keyless else _KEYED)
            | (_PHASE_KNOWN if self._pair.is_known else 0)
            | (_CLOCK_DOUBTED if self._clock.is_doubted else 0),
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
        programmed_nl, measured_nl, strokes, seconds = self._ledger.comparison()
        struct.pack_into(
            _ADDED_LAYOUT,
            buffer,
            offset + _OLD_BYTES,
            self._pair.at(self._rotor.angle),
            *self.restarts_s,
            programmed_nl,
            measured_nl,
            min(strokes, _MOST),
            min(seconds, _MOST),
            self._returns.last_s,
            self._returns.last_but_one_s,
            self._returns.pressed_nl,
        )
        return offset + HEAD_BYTES

    def pack_mode_into(self, buffer, offset):
        """Change nothing but the mode in what `pack_into` wrote."""
        buffer[offset + 1] = self._mode_control.lasting_mode()

    def unpack_from(self, buffer, offset):
        """Boot only. The state of the old layout is taken over; ValueError for one that is not known."""
        version = buffer[offset]
        self.is_old_layout = version == _OLD_VERSION
        self.is_unknown_layout = version != _VERSION and not self.is_old_layout
        if self.is_unknown_layout:
            raise ValueError("state of version " + str(version))
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
            stalled_since_s,
            probe_next_s,
            missed_nl,
            watchdog_s[0],
            watchdog_s[1],
            watchdog_s[2],
            self.boots,
        ) = struct.unpack_from(_OLD_LAYOUT, buffer, offset)
        self._rotor.restore(angle, rest_pl, rest_counts_pl)
        self._restart_guard.is_locked = flags & _START_LOCKED != 0
        if flags & _KEYED:
            self._keys.expect()
        if flags & _STALLED:
            self._infusion.probe.restore(stalled_since_s, missed_nl, probe_next_s)
            self._infusion.missed.begin(missed_nl, self._clock.now_ms())
        returns = self._returns
        if self.is_old_layout:
            returns.last_s = returns.last_but_one_s = self.run_s  # not known: none for an hour
            return offset + _OLD_BYTES
        self.is_clock_doubted = flags & _CLOCK_DOUBTED != 0
        added = struct.unpack_from(_ADDED_LAYOUT, buffer, offset + _OLD_BYTES)
        phase = added[0]
        self.restarts_s = list(added[1 : 1 + _FEW_RESTARTS])
        *ledger.kept, returns.last_s, returns.last_but_one_s, returns.pressed_nl = added[1 + _FEW_RESTARTS :]
        self._pair.restore(phase, angle, flags & _PHASE_KNOWN != 0)
        return offset + HEAD_BYTES

    def restarted_unasked(self, run_s):
        """Note a restart that nobody asked for; True when it is more than the third within an hour."""
        before_s = self.restarts_s[_FEW_RESTARTS - 1]
        for place in range(_FEW_RESTARTS - 1, 0, -1):
            self.restarts_s[place] = self.restarts_s[place - 1]
        self.restarts_s[0] = run_s if run_s != _NEVER else 1
        return before_s != _NEVER and run_s - before_s <= _RESTARTS_WINDOW_S

    def forget_restarts(self):
        """A person knows of them: counting begins anew."""
        for place in range(_FEW_RESTARTS):
            self.restarts_s[place] = _NEVER

    def watchdog_bit(self, run_s, window_s):
        """Note a watchdog restart; True when it is the third within `window_s` (INT-03)."""
        self.watchdog_s[2] = self.watchdog_s[1]
        self.watchdog_s[1] = self.watchdog_s[0]
        self.watchdog_s[0] = run_s
        return self.watchdog_s[2] > 0 and run_s - self.watchdog_s[2] <= window_s
