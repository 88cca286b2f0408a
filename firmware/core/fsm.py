"""A state machine defined by its table alone.

rows = ((state, event, next state), ...). A pair that is not listed is rejected and counted, never an
exception and never silence: the caller logs the event (THR-01, LOG_EVENT_REJECTED).
"""


class Machine:
    def __init__(self, rows, initial):
        self._rows = rows
        self.state = initial
        self._complement = ~initial
        self.rejected = 0

    def post(self, event):
        """True when the table lists (state, event); the state is then the next one. Allocates nothing."""
        following = self._following(event)
        if following < 0:
            self.rejected += 1
            return False
        self.state = following
        self._complement = ~following
        return True

    def is_sound(self):
        """The state is the one that was entered (INT-02)."""
        return self.state == ~self._complement

    def restart(self, state):
        """Enter a state without an event: the old one is unknown."""
        self.state = state
        self._complement = ~state

    def accepts(self, event):
        """True when post(event) would be accepted now."""
        return self._following(event) >= 0

    def _following(self, event):
        state = self.state
        for row in self._rows:
            if row[0] == state and row[1] == event:
                return row[2]
        return -1
