"""The host link as bytes: USB CDC (the console streams) or a UART.

Reading never blocks. Writing drops the frame when the host does not take
it: the host asks again, the pump never waits for it (LNK-03).
"""

import select


class _Link:
    """What both have: `waiter` has seen whether a byte came, so that an idle line costs no poll."""

    def __init__(self, waiter):
        self._waiter = waiter

    def is_ready(self):
        """True when a byte waited as the executive last slept, until `receive` has found no more."""
        return self._waiter.has_input

    def listen(self, is_listening):
        """Whether received bytes wake the processor. It may look for them in either case."""
        self._waiter.listen(is_listening)


class UsbLink(_Link):
    """`stdin` and `stdout` as in sys. Ctrl-C must have been taken off the console (micropython.kbd_intr).

    Nothing is allocated per byte.
    """

    # Of a line that babbles, because the port's console takes a poll for each byte. The board holds up to 511 bytes
    # (console) and 256 (TinyUSB): with the longest frame behind them that is four looks, at first below 200 ms.
    LOOK_BYTES = 256
    FIRST_LOOK_MS = 45
    LAST_LOOK_MS = 180

    def __init__(self, stdin, stdout, waiter):
        super().__init__(waiter)
        self._input = stdin.buffer
        self._output = stdout.buffer
        self._byte = bytearray(1)
        self._readable = select.poll()
        self._readable.register(stdin, select.POLLIN)
        self._writable = select.poll()
        self._writable.register(stdout, select.POLLOUT)

    def receive(self, buffer, most):
        """Put what has come, at most `most` bytes, at the start of `buffer`; returns how many."""
        readable = self._readable
        read = self._input
        byte = self._byte
        count = 0
        while count < most:
            is_there = False
            for _event in readable.ipoll(0):
                is_there = True
            if not is_there:
                self._waiter.has_input = False
                break
            read.readinto(byte)
            buffer[count] = byte[0]
            count += 1
        return count

    def write(self, buffer, length):
        """Send the first `length` bytes. False when the host takes nothing.

        A host that stops reading in the middle holds the processor for the port's own limit of 0.5 s,
        once: from then on its side is not writable.
        """
        for _event in self._writable.ipoll(0):
            self._output.write(memoryview(buffer)[:length])
            return True
        return False


class UartLink(_Link):
    """`uart` is a machine.UART whose transmit buffer holds a whole frame, so that a write returns at once."""

    # Of a line that babbles: its receive buffer of 512 bytes (board.py), just before 115200 baud can fill it.
    LOOK_BYTES = 512
    FIRST_LOOK_MS = 40
    LAST_LOOK_MS = 40

    def __init__(self, uart, waiter):
        super().__init__(waiter)
        self._uart = uart

    def receive(self, buffer, most):
        """Put what has come, at most `most` bytes, at the start of `buffer`; returns how many."""
        waiting = self._uart.any()
        if waiting <= most:
            self._waiter.has_input = False
            most = waiting
        if most:
            self._uart.readinto(buffer, most)
        return most

    def write(self, buffer, length):
        """Send the first `length` bytes. False when the transmit buffer was full."""
        if self._uart.write(memoryview(buffer)[:length]) == length:
            return True
        return False
