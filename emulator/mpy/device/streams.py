"""sys.stdin, sys.stdout and print: USB of the emulated chip, never the interpreter's own terminal."""

import wire
from bridge import bridge, traceback_of

_SAY = wire.number_of("say")
_TAKE = wire.number_of("stdin_take")
_WRITE = wire.number_of("stdout_write")
_POLLIN = 1
_POLLOUT = 4
_ALL = 1 << 30


class StdinBuffer:
    """Raw bytes; a read blocks until all of them have come, as the port's does."""

    def read(self, count=1):
        return bridge.call_for_bytes(_TAKE, max(1, count))

    def readinto(self, buffer, count=_ALL):
        return bridge.call_into(buffer, _TAKE, min(count, len(buffer)))


class Stdin:
    """Text; a carriage return reads as a newline."""

    def __init__(self):
        self.buffer = StdinBuffer()

    def poll_state(self, mask):
        return mask & _POLLIN if bridge.waiting else 0

    def read(self, count=1):
        return self.buffer.read(count).replace(b"\r", b"\n").decode()

    def readline(self):
        line = ""
        while not line.endswith("\n"):
            line += self.read(1)
        return line


class StdoutBuffer:
    def write(self, data):
        bridge.call(_WRITE, payload=data)
        return len(data)


class Stdout:
    def __init__(self):
        self.buffer = StdoutBuffer()

    def poll_state(self, mask):
        return mask & _POLLOUT

    def write(self, text):
        bridge.call(_SAY, payload=text.encode())
        return len(text)


stdin = Stdin()
stdout = Stdout()


def say(*values, sep=" ", end="\n", file=stdout):
    """`print` of the device."""
    file.write(sep.join(str(value) for value in values) + end)


def print_exception(error, file=stdout):
    file.write(traceback_of(error).decode())
