"""After a stall: one probing stroke every 10 min, and what the stall cost in time and volume (DET-02).

Missed volume is counted and never made up. Times count in pump life, so the probes keep their rhythm
through a power cut and a clock that is set; `since_s`, `missed_nl` and `next_s` go to the journal.

Delay: recovery is found at most 10 min after the rotor is free again, at any programmed rate.
"""

from micropython import const

PROBE_EVERY_S = const(600)


class StallProbe:
    """Idle until `begin`. `run_s` is pump life in seconds."""

    def __init__(self):
        self.is_stalled = False
        self.since_s = 0
        self.next_s = 0
        self.missed_nl = 0

    def begin(self, run_s, missed_nl):
        """The stall is declared; missed_nl is what the failed stroke did not deliver, 0 or more."""
        self.is_stalled = True
        self.since_s = run_s
        self.next_s = run_s + PROBE_EVERY_S
        self.missed_nl = missed_nl

    def restore(self, since_s, missed_nl, next_s):
        """At boot, from the journal, when the stall was not over."""
        self.is_stalled = True
        self.since_s = since_s
        self.missed_nl = missed_nl
        self.next_s = next_s

    def is_due(self, run_s):
        """Time for a probing stroke: one attempt, judged by StrokeCheck with attempts_allowed = 1."""
        return self.is_stalled and run_s >= self.next_s

    def failed(self, run_s):
        """The probing stroke did not turn the rotor."""
        self.next_s = run_s + PROBE_EVERY_S

    def recovered(self, run_s, delivered_nl):
        """The rotor followed and the probing stroke delivered something, which was not missed.

        Returns the seconds without delivery; `missed_nl` stays until the next stall.
        """
        self.is_stalled = False
        self.missed_nl = max(0, self.missed_nl - delivered_nl)
        return run_s - self.since_s
