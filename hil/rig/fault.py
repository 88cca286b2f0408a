"""The base of the rig's faults."""

from protocols.rig import NOT_GIVEN


class Fault:
    """One fault from `start` to `stop`. a, b and c are as on the wire (protocols/rig.py, FAULTS).

    due_us: when `due` wants to be called, or None. lag_us: how much longer it acts after it has been cleared.
    """

    def __init__(self, plant, a, b, c, now_us):
        self.plant = plant
        self.a = a
        self.b = b
        self.c = c
        self.began_us = now_us
        self.due_us = None
        self.lag_us = 0
        self._seen = False

    def start(self):
        raise NotImplementedError

    def stop(self):
        """Most faults leave nothing behind."""

    def due(self, now_us):
        """What it planned for this moment."""

    def has_acted(self):
        """Evidence from the plant, kept once it was seen."""
        if not self._seen:
            self._seen = self.evidence()
        return self._seen

    def evidence(self):
        raise NotImplementedError

    @staticmethod
    def is_given(value):
        return value != NOT_GIVEN
