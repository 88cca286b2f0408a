"""One conversation with commands.py, printed frame by frame. Runs under CPython and under MicroPython.

A keyed pump is greeted, read, opened as clinician, told things under seal, and fed noise. Whatever differs
between the two interpreters shows in what is printed.
"""

import sys
from binascii import hexlify

from firmware.services.link.answers import Answers
from firmware.services.link.commands import Commands, LinkCounts
from firmware.services.link.dispatch import Dispatcher
from firmware.services.link.hmac_sha256 import hmac_sha256
from firmware.services.link.keys import Keys, provision
from firmware.services.link.request_memory import RequestMemory
from firmware.services.link.session import HOST_PROOF, SESSION_KEY, Session
from protocols import codec, fields, frame, ids, messages

KEY = bytes([2]) * 32
HOST_NONCE = bytes(range(16))
PUMP_NONCE = bytes(range(16, 32))


class Record:
    def __init__(self, its_fields):
        for name, code, _unit, low, high in its_fields:
            setattr(self, name, bytes(high) if code.endswith("s") else low)


class Pump:
    """Status, log and all requests in one."""

    next_sequence = 3

    def __init__(self):
        self.snapshot = Record(fields.SNAPSHOT_FIELDS)
        self.settings = Record(fields.CONFIG_BODY)

    def __getattr__(self, name):
        def ask(*values):
            print(name, values if name != "programme_day" else values[:2])
            return ids.OK

        if name.startswith("__"):
            raise AttributeError(name)
        return ask

    def prescription_of(self, is_staged):
        return Record(fields.DRUG + fields.PATIENT_BOLUS + fields.DOSE_LIMIT)

    def programme_read(self, day, buffer, at):
        buffer[at : at + 6] = bytes([0, 0, 1, 2, 3, day])
        return 6

    def alarms_read(self, buffer, at):
        buffer[at : at + 7] = bytes(range(7))
        return 7

    def refresh(self):
        return self.snapshot

    def has_room(self):
        return True

    def settle(self):
        pass

    def oldest_fault(self):
        return 1

    def next_fault(self):
        return 2

    def read_fault(self, sequence, buffer, at):
        buffer[at : at + 24] = bytes(range(24))
        return True

    def read(self, sequence, buffer, at):
        buffer[at : at + 24] = bytes(range(24))
        return sequence < 3


class Link:
    LOOK_BYTES = 256
    FIRST_LOOK_MS = 45
    LAST_LOOK_MS = 180

    def __init__(self):
        self.received = b""
        self.is_listened_to = True

    def is_ready(self):
        return bool(self.received) and self.is_listened_to

    def listen(self, is_listening):
        print("listen", is_listening)
        self.is_listened_to = is_listening

    def receive(self, buffer, most):
        taken = self.received[:most]
        self.received = self.received[most:]
        for index in range(len(taken)):
            buffer[index] = taken[index]
        return len(taken)

    def write(self, buffer, length):
        print("<", hexlify(bytes(buffer[:length])).decode())
        return True


def run(folder):
    provision(bytes(32), KEY, bytes(32), folder + "/keys.bin", folder + "/keys.new")
    stored = Keys()
    stored.load(folder + "/keys.bin")
    link = Link()
    pump = Pump()
    session = Session(stored, lambda: PUMP_NONCE, pump)
    memory = RequestMemory()
    counts = LinkCounts()
    answers = Answers(pump, pump.settings, pump, pump, pump, memory, counts)
    dispatcher = Dispatcher(pump, pump, pump, pump, pump, pump, answers, session)
    commands = Commands(link, dispatcher, session, memory, counts, pump, pump, pump, pump, b"PUMP-001")
    sequence = 0
    now_ms = 0

    def send(data):
        nonlocal now_ms
        link.received += data
        while link.received or commands.due_in_ms(now_ms) <= 0:
            now_ms += max(commands.due_in_ms(now_ms), 0)
            commands.act(now_ms)

    def ask(number, payload=b""):
        nonlocal sequence
        send(frame.encode(number, sequence, payload))
        sequence += 1

    def ask_sealed(counter, number, payload):
        header = (
            bytes([ids.PROTOCOL_MAJOR, ids.MSG_SEALED]) + sequence.to_bytes(2, "little") + counter.to_bytes(4, "little")
        )
        tag = hmac_sha256(session_key, header + bytes([number]) + payload)[:16]
        ask(ids.MSG_SEALED, counter.to_bytes(4, "little") + tag + bytes([number]) + payload)

    ask(ids.MSG_HELLO, b"\x02\x00")
    sequence = 0
    for number, payload in (
        (ids.MSG_STATUS, b""),
        (ids.MSG_ALARMS, b""),
        (ids.MSG_LOG_READ, b"\x00\x00\x00\x00\x05"),
        (ids.MSG_CONFIG_READ, b""),
        (ids.MSG_PROGRAMME_READ, b"\x00\x06"),
        (ids.MSG_PRESCRIPTION_READ, b"\x01"),
        (ids.MSG_START, b""),
        (ids.MSG_SESSION_BEGIN, bytes([ids.CLINICIAN]) + HOST_NONCE),
    ):
        ask(number, payload)
    challenge = bytes([ids.CLINICIAN]) + HOST_NONCE + PUMP_NONCE
    session_key = hmac_sha256(KEY, SESSION_KEY + challenge)
    ask(ids.MSG_SESSION_PROVE, hmac_sha256(KEY, HOST_PROOF + challenge)[:16])
    counter = 0
    for row in messages.CATALOGUE:
        if row[messages.DIRECTION] == messages.REQUEST and row[messages.NUMBER] >= ids.MSG_START:
            values: dict = {f[0]: f[4] * b"n" if codec.is_text(f) else f[4] for f in row[messages.FIELDS]}
            if row[messages.REPEATED]:
                values["items"] = [{"start_minute": n, "rate_nl_per_h": n} for n in range(24)]
            counter += 1
            ask_sealed(counter, row[messages.NUMBER], codec.pack(row, values))
    ask_sealed(counter, ids.MSG_START, b"")
    send(bytes(range(256)) * 4 + b"\0")
    ask(ids.MSG_STATUS)
    commands.push_event(5, 6, 7, ids.LOG_STALL, -8, 9)


if __name__ == "__main__":
    run(sys.argv[1])
