"""`select.poll`: one wait of the host, ended by a byte, an interrupt or the time.

What is ready is asked here, because pollable objects of firmware live here. `ipoll` hands out tuples that
exist already, so it does not allocate, like the port's.
"""

import wire
from bridge import bridge

POLLIN = 1
POLLOUT = 4
POLLERR = 8
POLLHUP = 16

_WAIT = wire.number_of("wait")
_STREAM_POLL = 3  # MP_STREAM_POLL of py/stream.h
_ENOENT = 2
_ONE_SHOT = 1
_MS_NS = 1_000_000
_FOREVER_NS = 1 << 61
_CALL_NS = bridge.call_ns


class poll:
    def __init__(self):
        self._streams = []
        self._asks = []
        self._masks = []
        self._is_native = []
        self._ready = ((),)

    def register(self, stream, eventmask=POLLIN | POLLOUT):
        """Raises OSError for what is not a stream."""
        if stream in self._streams:
            self.unregister(stream)
        ask = getattr(stream, "poll_state", None)
        self._is_native.append(ask is not None)
        if ask is None:
            ask = getattr(stream, "ioctl", None)
        if ask is None:
            self._is_native.pop()
            raise OSError("stream operation not supported")
        self._streams.append(stream)
        self._asks.append(ask)
        self._masks.append(eventmask)
        self._make_answers()

    def modify(self, stream, eventmask):
        """Raises OSError(ENOENT) for what is not registered."""
        if stream not in self._streams:
            raise OSError(_ENOENT)
        self._masks[self._streams.index(stream)] = eventmask
        self._make_answers()

    def unregister(self, stream):
        if stream in self._streams:
            index = self._streams.index(stream)
            for column in (self._streams, self._asks, self._masks, self._is_native):
                column.pop(index)
            self._make_answers()

    def poll(self, timeout=-1):
        return list(self.ipoll(timeout))

    def ipoll(self, timeout=-1, flags=0):
        now_ns = bridge.charge(_CALL_NS)
        until_ns = _FOREVER_NS if timeout < 0 else now_ns + timeout * _MS_NS
        while True:
            found = self._look()
            if found or until_ns == now_ns:
                return self._once(found) if flags & _ONE_SHOT else self._ready[found]
            if not bridge.call(_WAIT, until_ns):
                # Nothing can have changed when the time passed without an event.
                return self._ready[0]

    def _once(self, found):
        """What was ready is asked for nothing until its events are set again."""
        ready = self._ready[found]
        for index in range(len(self._masks)):
            if found >> index & 1:
                self._masks[index] = 0
        self._make_answers()
        return ready

    def _look(self):
        """One bit per stream that is ready."""
        found = 0
        for index in range(len(self._asks)):
            mask = self._masks[index]
            ask = self._asks[index]
            state = ask(mask) if self._is_native[index] else ask(_STREAM_POLL, mask)
            if state > 0:
                found |= 1 << index
        return found

    def _make_answers(self):
        """A tuple for every set of ready streams; an event is what the stream was asked for."""
        pairs = tuple((self._streams[index], self._masks[index]) for index in range(len(self._streams)))
        self._ready = tuple(
            tuple(pairs[index] for index in range(len(pairs)) if bits >> index & 1) for bits in range(1 << len(pairs))
        )
