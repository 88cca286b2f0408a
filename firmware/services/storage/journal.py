"""State that must outlive a power cut, written on every decision, every quarter revolution and every 10 min.

Between two entries the rotor's absolute angle shows what was delivered, because less than a revolution
can pass: the odometer is exact at any moment although flash is not worn by every stroke (INT-04, INT-07).
The dose window is large and changes slowly, so it is written apart; what it misses is made good, as of
now, from the total in the state (limits.py).

The state says which prescription and which dose window it was written with, and with which figures of the
bench: one of the files alone, or an older one, is not taken for the whole (INT-08). A state that is much older
than the newest log entry, or whose number is below that in the clock chip, has been put back.
"""

import struct

from micropython import const

from firmware.core.alarm_record import PACKED_MAX as ALARM_BYTES
from firmware.core.alarm_record import pack_alarms, unpack_alarms
from firmware.core.limits import PACKED_BYTES as WINDOW_BYTES
from firmware.core.lockout import PACKED_BYTES as LOCKOUT_BYTES
from firmware.core.prescription import PACKED_BYTES as PRESCRIPTION_BYTES
from firmware.core.reservoir import PACKED_BYTES as RESERVOIR_BYTES
from firmware.core.therapy import PACKED_BYTES as THERAPY_BYTES
from firmware.core.units import after_ms, until_ms
from firmware.services.storage.head_state import HEAD_BYTES

_PERIOD_MS = const(600_000)
_WINDOW_MS = const(3_600_000)  # the dose window, with the entry that is then due
_FAR_MS = const(45_000)  # more than lies between two looks
_SOON_MS = const(50)  # several changes of one turn make one entry
_WRITE_MS = const(200)  # an entry takes about 100 ms, most of it erasing
_LINKS = "<III"  # numbers of the prescription and the window that belong to the state, figures of the bench
_LINKS_BYTES = const(12)
_HALF_OF_NUMBERS = const(8_192)
_LATE_S = const(60)  # an entry waits for a bolus, a signal, a clock that is behind
_LATEST_MS = const(1_000)  # at bolus rates there is no such pause: then a stroke waits


class Journal:
    """An activity of the executive. `mark` asks for an entry soon.

    `settings_signature` is a number that changes with each figure of the bench. An entry waits for a pause between
    two strokes of `infusion` and two pulses of `annunciation`.
    """

    def __init__(
        self,
        store,
        settings_signature,
        head,
        therapy,
        prescription,
        reservoir,
        alarms,
        ledger,
        infusion,
        annunciation,
        log,
        clock,
        rtc,
        heartbeat,
    ):
        self._head = head
        self._heartbeat = heartbeat
        self._ledger = ledger
        self._therapy = therapy
        self._reservoir = reservoir
        self._alarms = alarms
        self._prescription = prescription
        self._clock = clock
        self._rtc = rtc
        self._store = store
        self._log = log
        self._settings_signature = settings_signature
        store.records("/journal")
        self._state_record = store.record(
            "/journal/state", _LINKS_BYTES + HEAD_BYTES + THERAPY_BYTES + RESERVOIR_BYTES + LOCKOUT_BYTES + ALARM_BYTES
        )
        self._window_record = store.record("/journal/window", WINDOW_BYTES)
        self._prescription_record = store.record("/journal/therapy", PRESCRIPTION_BYTES)
        self._records = (self._prescription_record, self._window_record, self._state_record)
        self._is_inconsistent = False
        self.is_layout_unknown = False  # the state is of another firmware, until the next entry
        self.settings_differ = False  # the state was written with other figures of the bench, until the next entry
        self._alarms_at = 0
        self._next_ms = after_ms(clock.now_ms(), _PERIOD_MS)
        self._window_ms = after_ms(clock.now_ms(), _WINDOW_MS)
        self._is_marked = False
        self.is_calm = False  # nothing to write before the next `look`
        self._annunciation = annunciation
        self._infusion = infusion
        self.write_errors = 0
        self.is_damaged = False

    def mark(self):
        if not self._is_marked:
            self._is_marked = True
            self.is_calm = False
            self._next_ms = after_ms(self._clock.now_ms(), _SOON_MS)

    def look(self, now_ms):
        """To be called every half a minute: an entry that is due much later need not be asked for meanwhile."""
        self.is_calm = until_ms(self._next_ms, now_ms) > _FAR_MS
        self._log.look()

    def due_in_ms(self, now_ms):
        due_ms = until_ms(self._next_ms, now_ms)
        if due_ms > 0:
            return due_ms
        stroke_ms = self._infusion.due_in_ms(now_ms)
        if 0 < stroke_ms < _WRITE_MS and due_ms > -_LATEST_MS:
            return stroke_ms + 1  # the processor stands still while flash is written: after the stroke (THR-06)
        return self._annunciation.pause_ms(now_ms)

    def act(self, now_ms):
        if self.due_in_ms(now_ms) > 0:
            return  # its time has come, but so has that of a stroke or of a pulse of the alarm signal
        if until_ms(self._window_ms, now_ms) <= 0:
            self._window_ms = after_ms(now_ms, _WINDOW_MS)
            self._save_window()  # the state follows in the next turn: a request must not wait for both (LNK-02)
        else:
            self.save()

    def settle(self):
        """Write the state now if an entry was asked for: what is answered OK outlives a power cut that comes next."""
        if self._is_marked:
            self.save()

    def save(self):
        """Write the state now. Refused writes are counted; the periodic tests report them."""
        self._is_marked = False
        self._next_ms = after_ms(self._clock.now_ms(), _PERIOD_MS)
        self.is_calm = True
        if self._therapy.is_spoilt or self._reservoir.is_spoilt:
            self._save_mode_and_alarms()
            return
        if self._window_record.is_lost:
            self._save_window()
        buffer = self._state_record.payload
        struct.pack_into(
            _LINKS,
            buffer,
            0,
            self._prescription_record.sequence,
            self._window_record.sequence,
            self._settings_signature,
        )
        at = self._therapy.pack_into(buffer, self._head.pack_into(buffer, _LINKS_BYTES))
        at = self._reservoir.pack_into(buffer, at)
        at = self._therapy.lockout.pack_into(buffer, at)
        self._alarms_at = at
        at += pack_alarms(self._alarms, buffer, at)
        if self._write(self._state_record, at):
            self._ledger.saved()
            self._heartbeat.entry_stored(self._state_record.sequence)
            self._is_inconsistent = False
            self.is_layout_unknown = False
            self.settings_differ = False

    def _save_mode_and_alarms(self):
        """A bit in memory has flipped: what the last entry says of therapy and rotor is worth more (INT-08)."""
        buffer = self._state_record.payload
        self._head.pack_mode_into(buffer, _LINKS_BYTES)
        if self._write(self._state_record, self._alarms_at + pack_alarms(self._alarms, buffer, self._alarms_at)):
            self._heartbeat.entry_stored(self._state_record.sequence)

    def save_prescription(self, prescription):
        """Store a prescription before it becomes the active one; False when flash refuses (THR-07)."""
        length = prescription.pack_into(self._prescription_record.payload, 0)
        return self._write(self._prescription_record, length)

    def load(self):
        """At boot. True when there was a state; everything is then as it was written.

        `is_damaged`: a copy did not check, so that an older one may have been taken, or that what
        checked made no sense; `is_lost()` whether that leaves the pump without what it must know.
        """
        has_prescription = self._prescription_record.load() >= 0
        has_window = self._window_record.load() >= 0
        length = self._state_record.load()
        try:
            if length >= 0:
                self._judge_links()
                self._load_state(length)
                self._judge_age()
                self._judge_number()
            elif has_prescription or has_window or self._log.next_sequence:
                self._is_inconsistent = True  # the state is written first, and always
            if has_prescription and not self._prescription_record.is_lost:
                self._prescription.unpack_from(self._prescription_record.payload, 0)
            if has_window:
                self._therapy.window.unpack_from(self._window_record.payload, 0)
        except ValueError:
            self.is_layout_unknown = self._head.is_unknown_layout
            self.is_damaged = True
            self._is_inconsistent = True
            return False
        for record in self._records:
            if record.damaged_copies:
                self.is_damaged = True
        return length >= 0

    def is_state_older(self):
        """One copy of the state did not check, so that the newest one may be missing."""
        return self._state_record.damaged_copies > 0

    def is_lost(self):
        """A record that had been stored is gone, and nothing has been stored in its place since."""
        for record in self._records:
            if record.is_lost:
                return True
        return self._is_inconsistent

    def _judge_links(self):
        """An older prescription is not taken: it is another dose. An older window is caught up (limits.py)."""
        links = struct.unpack_from(_LINKS, self._state_record.payload, 0)
        if self._prescription_record.sequence < links[0]:
            self._prescription_record.missed(links[0])
        if self._window_record.sequence < links[1]:
            self.is_damaged = True
            if self._window_record.sequence == 0:
                self._window_record.missed(links[1])
        self.settings_differ = links[2] != self._settings_signature

    def _judge_age(self):
        """The state is written every period, so that the log cannot be much ahead of it."""
        periods = 2 if self.is_state_older() else 1
        if self._log.newest_run_s > self._head.run_s + periods * (_PERIOD_MS // 1000) + _LATE_S:
            self._is_inconsistent = True

    def _judge_number(self):
        """The clock chip knows the newest number: a folder that littlefs had to take from before has an older
        one. One less is the other copy, when the newest does not check.
        """
        if self._head.is_old_layout:
            return  # it used these registers otherwise
        missing = self._heartbeat.find(self._state_record.sequence)
        if self.is_state_older():
            missing -= 1
        if 0 < missing < _HALF_OF_NUMBERS and self._rtc.epoch_s() > 0:
            self._is_inconsistent = True

    def _load_state(self, length):
        buffer = self._state_record.payload
        at = self._head.unpack_from(buffer, _LINKS_BYTES)
        at = (
            self._therapy.unpack_old_from(buffer, at)
            if self._head.is_old_layout
            else self._therapy.unpack_from(buffer, at)
        )
        at = self._reservoir.unpack_from(buffer, at)
        at = self._therapy.lockout.unpack_from(buffer, at)
        if unpack_alarms(self._alarms, buffer[:length], at):
            raise ValueError("stored alarms")

    def _save_window(self):
        self._write(self._window_record, self._therapy.window.pack_into(self._window_record.payload, 0))

    def _write(self, record, length):
        try:
            self._store.begin()
            record.save(length)
            self._store.end()
        except OSError:
            self.write_errors += 1
            return False
        return True
