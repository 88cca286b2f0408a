"""A short queue from the therapy to the event log: what happened to a bolus, in order.

Made once, filled on the steady path, drained by the service after every advance. When it overflows, the
newest is counted as lost: the first event of a sequence tells more than the last.
"""

from micropython import const

_SIZE = const(16)


class BolusEvents:
    """`count` wait. After pop() the event is in code (a LOG_BOLUS_ number of protocols.ids), kind and value."""

    def __init__(self):
        self.code = 0
        self.kind = 0
        self.value = 0
        self.lost = 0
        self._codes = [0] * _SIZE
        self._kinds = [0] * _SIZE
        self._values = [0] * _SIZE
        self._first = 0
        self.count = 0

    def push(self, code, kind, value):
        if self.count == _SIZE:
            self.lost += 1
            return
        index = (self._first + self.count) % _SIZE
        self._codes[index] = code
        self._kinds[index] = kind
        self._values[index] = value
        self.count += 1

    def pop(self):
        """False when there is none; else the oldest is in code, kind, value."""
        if self.count == 0:
            return False
        self.code = self._codes[self._first]
        self.kind = self._kinds[self._first]
        self.value = self._values[self._first]
        self._first = (self._first + 1) % _SIZE
        self.count -= 1
        return True
