"""The device's end of the two pipes to the host, whose numbers are our arguments. Runs under MicroPython only.

Nothing here allocates on the way of a call without a payload, so that firmware can be watched with a
locked heap. Time: until `_quiet_ns` nothing can happen to the device, as the host has said, so short
costs are added here; the host takes them over with the next request.
"""
# pyright: reportMissingImports=false, reportAttributeAccessIssue=false, reportCallIssue=false

import builtins
import gc
import io
import sys
from array import array

import micropython
import wire

_BEGIN = wire.number_of("begin")
_DONE = wire.number_of("done")
_CHARGE = wire.number_of("charge")
_FLASH_READ = wire.number_of("flash_read")
_REPLY_BYTES = wire.REPLY_WORDS * wire.WORD_BYTES
_NOTHING = b""


# Words of 64 bit. Not "q": reading one of those makes a big integer on the heap.
_WORD = "l"


class Bridge:
    """One per power-on. `waiting`: bytes that USB has received and firmware has not read. `changes`: how often
    the host has been asked for anything but the flash's content, and may have changed it meanwhile.
    """

    def __init__(self):
        self._requests = open(int(sys.argv[2]), "wb")  # noqa: SIM115 - open as long as we live
        self._replies = open(int(sys.argv[1]), "rb")  # noqa: SIM115
        self._request = array(_WORD, [0] * wire.REQUEST_WORDS)
        self._reply = array(_WORD, [0] * wire.REPLY_WORDS)
        self._functions = []
        self._arguments = []
        self._is_hard = []
        self._now_ns = 0
        self._quiet_ns = 0
        self._fed_ns = 0
        self.waiting = 0
        self.changes = 0
        begin = self.call_for_bytes(_BEGIN)
        words = array(_WORD, begin[: wire.BEGIN_WORDS * wire.WORD_BYTES])
        self.ticks_origin_ns = words[0]
        self.call_ns = words[1]
        self.compile_ns_per_byte = words[2]
        self.load_ns_per_byte = words[3]
        self.load_mpy_ns_per_byte = words[4]
        self.reset_cause = words[5]
        self.unique_id = begin[wire.BEGIN_WORDS * wire.WORD_BYTES :]

    # ---- time

    def charge(self, cost_ns):
        """Let `cost_ns` pass; returns the time then. Asks the host only when something may be due."""
        now_ns = self._now_ns + cost_ns
        if now_ns < self._quiet_ns:
            self._now_ns = now_ns
            return now_ns
        self.call(_CHARGE, cost_ns)
        return self._now_ns

    def feed(self):
        """The watchdog is fed now; the host hears of it with the next request."""
        self._fed_ns = self._now_ns

    # ---- interrupts

    def slot(self, argument):
        """A place for a handler that is called with `argument`."""
        self._functions.append(None)
        self._arguments.append(argument)
        self._is_hard.append(False)
        return len(self._functions) - 1

    def set_handler(self, slot, function, is_hard):
        self._functions[slot] = function
        self._is_hard[slot] = is_hard

    # ---- calls

    def call(self, operation, a=0, b=0, c=0, d=0, e=0, payload=_NOTHING):
        """The value of the reply. Raises what the host says, as the port would."""
        self._send(operation, a, b, c, d, e, payload)
        self._take_reply()
        if self._reply[5]:
            self._replies.read(self._reply[5])
        return self._reply[1]

    def call_into(self, buffer, operation, a=0, b=0, c=0, d=0, e=0):
        """As `call`; the payload of the reply goes to the start of `buffer`. Returns its length."""
        self._send(operation, a, b, c, d, e, _NOTHING)
        self._take_reply()
        length = self._reply[5]
        got = self._replies.readinto(buffer, length) if length else 0
        while got < length:
            # A pipe gave less than all of it: rare, and the only way here that allocates.
            got += self._replies.readinto(memoryview(buffer)[got:length])
        return length

    def call_for_bytes(self, operation, a=0, b=0, c=0, d=0, e=0, payload=_NOTHING):
        """As `call`; returns the payload of the reply."""
        self._send(operation, a, b, c, d, e, payload)
        self._take_reply()
        length = self._reply[5]
        return self._replies.read(length) if length else _NOTHING

    # ---- inside

    def _send(self, operation, a, b, c, d, e, payload):
        if operation != _FLASH_READ:
            self.changes += 1
        request = self._request
        request[0] = operation
        request[1] = self._now_ns
        request[2] = self._fed_ns
        request[3] = a
        request[4] = b
        request[5] = c
        request[6] = d
        request[7] = e
        request[8] = len(payload)
        self._fed_ns = 0
        self._requests.write(request)
        if request[8]:
            self._requests.write(payload)

    def _take_reply(self):
        reply = self._reply
        while True:
            if self._replies.readinto(reply) != _REPLY_BYTES:
                sys.exit(0)  # the host is gone
            self._now_ns = reply[2]
            self._quiet_ns = reply[3]
            self.waiting = reply[4]
            kind = reply[0]
            if kind == wire.RESULT:
                return
            if kind == wire.HANDLER:
                self._run_handler(reply[1])
            elif kind == wire.PROBE:
                gc.collect()
                self._send(_DONE, gc.mem_alloc(), gc.mem_free(), 0, 0, 0, _NOTHING)
            else:
                self._raise(kind, reply[1])

    def _run_handler(self, slot):
        """Hard handlers run with the heap locked, as the port runs them."""
        complaint = _NOTHING
        is_hard = self._is_hard[slot]
        if is_hard:
            micropython.heap_lock()
        failure = None
        try:
            self._functions[slot](self._arguments[slot])
        except Exception as error:
            failure = error
        if is_hard:
            micropython.heap_unlock()
        if failure is not None:
            complaint = traceback_of(failure)
        self._send(_DONE, 0, 0, 0, 0, 0, complaint)

    def _raise(self, kind, value):
        text = self._replies.read(self._reply[5]) if self._reply[5] else _NOTHING
        if kind == wire.OS_ERROR:
            raise OSError(value)
        if kind == wire.KEYBOARD:
            raise KeyboardInterrupt
        raise getattr(builtins, wire.ERRORS[value])(text.decode())


def traceback_of(error):
    """The traceback as the board prints it, in bytes."""
    text = io.StringIO()
    sys.print_exception(error, text)
    return text.getvalue().encode()


bridge = Bridge()
