"""The host link as bytes: USB CDC (the console streams) or a UART.

Reading never blocks. Writing drops the frame when the host does not take
it: the host asks again, the pump never waits for it (LNK-03).
"""

import select

from micropython import const

_NO_BYTE = const(-1)


class UsbLink:
    """`stdin` and `stdout` as in sys. Ctrl-C must have been taken off the console (micropython.kbd_intr).

    `waiter` has seen whether a byte came, so that an idle line costs no poll. Nothing is allocated per byte.
    """

    def __init__(self, stdin, stdout, waiter):
        self._waiter = waiter
        self.frames_dropped = 0
        self._input = stdin.buffer
        self._output = stdout.buffer
        self._byte = bytearray(1)
        self._readable = select.poll()
        self._readable.register(stdin, select.POLLIN)
        self._writable = select.poll()
        self._writable.register(stdout, select.POLLOUT)

    def is_ready(self):
        """True when a byte waited as the executive last slept, until `read_byte` has found no more."""
        return self._waiter.has_input

    def read_byte(self):
        """The next byte, 0 to 255, or -1 when none has come."""
        for _event in self._readable.ipoll(0):
            self._input.readinto(self._byte)
            return self._byte[0]
        self._waiter.has_input = False
        return _NO_BYTE

    def write(self, buffer, length):
        """Send the first `length` bytes. False, and counted, when the host takes nothing.

        A host that stops reading in the middle holds the processor for the port's own limit of 0.5 s,
        once: from then on its side is not writable.
        """
        for _event in self._writable.ipoll(0):
            self._output.write(memoryview(buffer)[:length])
            return True
        self.frames_dropped += 1
        return False


class UartLink:
    """`uart` is a machine.UART whose transmit buffer holds a whole frame, so that a write returns at once."""

    def __init__(self, uart):
        self.frames_dropped = 0
        self._uart = uart
        self._byte = bytearray(1)

    def is_ready(self):
        """True when a byte waits."""
        return self._uart.any() > 0

    def read_byte(self):
        """The next byte, 0 to 255, or -1 when none has come."""
        if not self._uart.any():
            return _NO_BYTE
        self._uart.readinto(self._byte)
        return self._byte[0]

    def write(self, buffer, length):
        """Send the first `length` bytes. False, and counted, when the transmit buffer was full."""
        if self._uart.write(memoryview(buffer)[:length]) == length:
            return True
        self.frames_dropped += 1
        return False
