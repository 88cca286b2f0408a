"""The one place where the firmware blocks: until a byte, an interrupt or a deadline.

The port's own poll is used, because it is the only wait of MicroPython on the RP2040 that sleeps and yet
ends on received bytes. Interrupts join in through a pollable object: it reports ready once a handler
has called `wake`.
"""

import io
import select

from micropython import const

_STREAM_POLL = const(3)  # MP_STREAM_POLL of py/stream.h
_STREAM_ERROR = const(-1)


class WakeFlag(io.IOBase):
    """A pollable word. `wake` and `call` may be called from any interrupt handler; they do not allocate.

    `has_call`: the executive has not yet asked everybody since something from outside woke it, which is not the
    end of a burst. True from the start.
    """

    def __init__(self):
        self._raised = False
        self.has_call = True

    def ioctl(self, request, argument):
        if request == _STREAM_POLL:
            return argument & select.POLLIN if self._raised else 0
        return _STREAM_ERROR

    def wake(self, _source=None):
        self._raised = True

    def call(self):
        self.has_call = True
        self._raised = True

    def lower(self):
        self._raised = False


class Waiter:
    """Sleeps for the executive.

    `stream` is the link's byte stream (USB or UART). One waiter per pump, made at boot.
    """

    def __init__(self, stream):
        self.flag = WakeFlag()
        self._stream = stream
        self.has_input = False  # the stream had a byte; lowered by the link when it has read the last one
        self.wake = self.flag.wake
        self.call = self.flag.call
        self._poller = select.poll()
        self._poller.register(stream, select.POLLIN)
        self._poller.register(self.flag, select.POLLIN)

    def listen(self, is_listening):
        """Whether a byte of the stream ends a wait; True from the start."""
        self._poller.modify(self._stream, select.POLLIN if is_listening else 0)

    def wait(self, timeout_ms):
        """Block for `timeout_ms` (0 to 4194) of `ticks_ms`, and not less, unless a byte or an interrupt ends the
        wait: then True. A wake that came before the call ends it at once.
        """
        was_woken = False
        for ready in self._poller.ipoll(timeout_ms):
            was_woken = True
            if ready[0] is self._stream:
                self.has_input = True
                self.flag.has_call = True
        if was_woken:
            # Whatever raised it is seen by the turn that follows now.
            self.flag.lower()
        return was_woken
