"""The device side of the line, its real commands.py over a hand-written pump, on a wire that tests can spoil.

Time is a counter that moves only when the host's read waits, as in the emulator.
"""

from __future__ import annotations

import random
import struct
import sys
import types
from collections.abc import Callable
from typing import Any

from protocols import codec, fields, ids


def _import_services() -> tuple[Any, ...]:
    """firmware/services under CPython; `micropython` exists only while they are imported."""
    stub = types.ModuleType("micropython")
    setattr(stub, "const", lambda value: value)  # noqa: B010
    sys.modules["micropython"] = stub
    try:
        from firmware.services.link import (
            answers,
            commands,
            dispatch,
            hmac_sha256,
            keys,
            link_intake,
            request_memory,
            session,
        )
    finally:
        del sys.modules["micropython"]
    return answers, commands, dispatch, hmac_sha256, keys, link_intake, request_memory, session


answers, commands, dispatch, hmac_sha256, keys, link_intake, request_memory, session = _import_services()

DEVICE_ID = b"PUMP-001"


class Record:
    """An object with one attribute per field, 0 or empty."""

    def __init__(self, fields_of_it: tuple) -> None:
        for field in fields_of_it:
            setattr(self, field[0], bytes(field[4]) if codec.is_text(field) else field[3])


class FakePump:
    """Writes down what it is asked, answers with `reason`, and has a little to be read: status, log and all requests
    in one."""

    def __init__(self) -> None:
        self.asked: list[tuple] = []
        self.reason = ids.OK
        self.snapshot: Any = Record(fields.SNAPSHOT_FIELDS)
        self.snapshot.boots = 3
        self.settings: Any = Record(fields.CONFIG_BODY)
        self.committed: Any = Record(fields.DRUG + fields.PATIENT_BOLUS + fields.DOSE_LIMIT)
        self.staged: Any = Record(fields.DRUG + fields.PATIENT_BOLUS + fields.DOSE_LIMIT)
        self.done: list[tuple[int, int]] = []
        self.asked_as: list[int] = []
        self.proofs: list[tuple[int, int]] = []
        self.links_lost = 0
        self.days: dict[tuple[bool, int], bytes] = {}
        self.alarm_items = b""
        self.log_entries: list[tuple] = []
        self.first_free: int | None = None  # of a log that stands in for `log_entries`

    def refresh(self) -> Any:
        return self.snapshot

    def has_room(self) -> bool:
        return True

    def add(self, code: int, request_type: int, reason: int) -> None:
        if code == ids.LOG_SESSION:
            self.proofs.append((request_type, reason))
            return
        assert code == ids.LOG_COMMAND
        self.done.append((request_type, reason % ids.COMMAND_ROLE_STEP))
        self.asked_as.append(reason // ids.COMMAND_ROLE_STEP)

    def link_lost(self) -> None:
        self.links_lost += 1

    def prescription_of(self, is_staged: int) -> Any:
        return self.staged if is_staged else self.committed

    def programme_day(self, day_mask: int, count: int, buffer: bytearray, at: int) -> int:
        packed = bytes(buffer[at : at + 6 * count])
        self.asked.append(("programme_day", day_mask, count, packed))
        for day in range(7):
            if day_mask >> day & 1:
                self.days[True, day] = packed
        return self.reason

    def programme_read(self, day: int, buffer: bytearray, at: int) -> int:
        return self._copy(self.days.get((False, day), b""), buffer, at)

    def programme_read_staged(self, day: int, buffer: bytearray, at: int) -> int:
        return self._copy(self.days.get((True, day), b""), buffer, at)

    def alarms_read(self, buffer: bytearray, at: int) -> int:
        return self._copy(self.alarm_items, buffer, at)

    def oldest(self) -> int:
        return 0

    def oldest_fault(self) -> int:
        """Every entry of the log is a fault here."""
        return self.oldest()

    def next_fault(self) -> int:
        return self.next_sequence

    def read_fault(self, sequence: int, buffer: bytearray, at: int) -> bool:
        return self.read(sequence, buffer, at)

    def settle(self) -> None:
        """Nothing is stored."""

    @property
    def next_sequence(self) -> int:
        return len(self.log_entries) if self.first_free is None else self.first_free

    def read(self, sequence: int, buffer: bytearray, at: int) -> bool:
        if sequence >= len(self.log_entries):
            return False
        epoch_s, run_s, code, a, b = self.log_entries[sequence]
        struct.pack_into("<IIIBBHii", buffer, at, sequence, epoch_s, run_s, code, 0xAA, 0xBBBB, a, b)
        return True

    @staticmethod
    def _copy(data: bytes, buffer: bytearray, at: int) -> int:
        buffer[at : at + len(data)] = data
        return len(data)

    def __getattr__(self, name: str) -> Any:
        if name not in {method for _, method in COMMANDS}:
            raise AttributeError(name)

        def ask(*values: Any) -> int:
            self.asked.append((name, *values))
            return self.reason

        return ask


class _Names:
    """A pump whose methods are their names."""

    def __getattr__(self, name: str) -> str:
        return name


COMMANDS: tuple[tuple[int, str], ...] = tuple(dispatch.methods_of(*[_Names()] * 6).items())


class Wire:
    """Both ends of the line. `to_pump` and `to_host` are functions that may drop or change what passes."""

    def __init__(self) -> None:
        self.pump_input = bytearray()
        self.host_input = bytearray()
        self.to_pump: Callable[[bytes], bytes] = bytes
        self.to_host: Callable[[bytes], bytes] = bytes
        self.written: list[bytes] = []
        self.is_listened_to = True

    # The device's end, as firmware/drivers/link.py

    LOOK_BYTES = 256
    FIRST_LOOK_MS = 45
    LAST_LOOK_MS = 180

    def is_ready(self) -> bool:
        return bool(self.pump_input) and self.is_listened_to

    def listen(self, is_listening: bool) -> None:
        self.is_listened_to = is_listening

    def receive(self, buffer: bytearray, most: int) -> int:
        taken = self.pump_input[:most]
        del self.pump_input[:most]
        buffer[: len(taken)] = taken
        return len(taken)

    def write(self, buffer: bytearray, length: int) -> bool:
        sent = bytes(buffer[:length])
        self.written.append(sent)
        self.host_input += self.to_host(sent)
        return True


class PumpOnAWire:
    """A pump with its commands; as `stream` and `clock` it is what a Client needs."""

    def __init__(self) -> None:
        self.now_ns = 0
        self.timeout: float | None = None
        self.wire = Wire()
        self.pump = FakePump()
        self.is_dead = False
        self.key_path = "no such file"
        self._random = random.Random(1)
        self.restart()

    def restart(self) -> None:
        """A new boot: the commands forget, the pump's boot count grows."""
        self.pump.snapshot.boots += 1
        self.wire.is_listened_to = True
        stored = keys.Keys()
        stored.load(self.key_path)
        self.session = session.Session(stored, lambda: self._random.randbytes(16), self.pump)
        self.connect()

    def connect(self) -> None:
        """New commands between the pump and the wire, for the session of now."""
        pump = self.pump
        memory, counts = request_memory.RequestMemory(), commands.LinkCounts()
        bodies = answers.Answers(pump, pump.settings, pump, pump, pump, memory, counts)
        dispatcher = dispatch.Dispatcher(*[pump] * 6, bodies, self.session)
        self.commands = commands.Commands(
            self.wire, dispatcher, self.session, memory, counts, pump, pump, pump, pump, DEVICE_ID
        )

    def run(self) -> None:
        """Give the pump the processor, and time between its looks at a babbling line, until it has taken all."""
        while not self.is_dead:
            due_ms = self.commands.due_in_ms(self._now_ms())
            if due_ms <= 0:
                self.commands.act(self._now_ms())
            elif self.wire.pump_input:
                self.now_ns += due_ms * 1_000_000
            else:
                return

    def feed(self, data: bytes) -> list[bytes]:
        """Put bytes on the line as they are, run the pump; the frames that it wrote."""
        before = len(self.wire.written)
        self.wire.pump_input += data
        self.run()
        return self.wire.written[before:]

    def advance_s(self, seconds: float) -> None:
        self.now_ns += round(seconds * 1e9)
        self.run()

    def _now_ms(self) -> int:
        return self.now_ns // 1_000_000 % (1 << 30)

    # The host's end: pyserial-like stream and clock

    def now_s(self) -> float:
        return self.now_ns / 1e9

    @property
    def in_waiting(self) -> int:
        return len(self.wire.host_input)

    def read(self, size: int = 1) -> bytes:
        self.run()
        if not self.wire.host_input:
            self.advance_s(self.timeout or 0)
        data = bytes(self.wire.host_input[:size])
        del self.wire.host_input[:size]
        return data

    def write(self, data: bytes) -> int:
        self.wire.pump_input += self.wire.to_pump(bytes(data))
        self.run()
        return len(data)
