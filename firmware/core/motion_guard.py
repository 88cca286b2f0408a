"""The last bound on what is commanded, whatever planning asks for (THR-22).

It counts the microsteps that are commanded with the driver on and shares no state with planning, and no line of code
that could be wrong in both: it knows the mode, what the alarms do to delivery, the prescription, and what people were
granted. Attempts that the rotor angle proves
to have failed are given back. What it lets through:

  STANDBY, STOPPED, FAULT, an alarm that stops    nothing
  an alarm that suspends                          one shortest stroke in a probe interval, one per accepted start
  MIN_RATE, an alarm that holds the minimum rate  the minimum rate, two shortest strokes, and one that was due before
  RUNNING                                         the programme's highest rate or that of a bridge, and a margin of
                                                  10 uL and what that rate gives in a minute
  boluses                                         their volume, within their duration and a minute
  priming                                         its volume and one shortest stroke
  always                                          1 mL a minute, and 1 mL

Each bound is a balance that fills at its rate up to its margin, so it holds over any span of time: the rate times
the span and the margin. The minimum rate has its own: a hold would empty that of RUNNING, which does not fill again
under a programme at its highest rate, and the next hold would find it empty. Nothing of it is stored: after a restart
the balances are full, so a restart is worth one margin, and what was granted to a bolus is gone with the bolus.
"""

from micropython import const

from protocols.ids import HOLD_MIN_RATE, MIN_RATE, RUNNING, STOP, SUSPEND

_FULL_STEPS_PER_REV = const(200)  # the shortest stroke is one, or 300 nL with a small head
_SHORTEST_NL = const(300)
_PROBE_EVERY_S = const(600)  # DET-02
_MINIMUM_NL_PER_H = const(2_000)  # THR-17
_HIGHEST_NL_PER_H = const(1_000_000)  # THR-03
_MARGIN_NL = const(10_000)  # two of the longest strokes
_MOST_NL_PER_S = const(16_667)  # THR-03: 1 mL/min
_MOST_NL = const(1_000_000)
_LONGEST_S = const(86_400)  # balances are full long before
_BOLUS_SLACK_S = const(60)
_NEVER_S = const(-1)


class MotionGuard:
    """`admits` before each burst, `failed` after it. `run_s` is pump life in seconds; volumes in nL as commanded.

    programme: that of the active prescription. `has_fired`: a burst was refused, and no start accepted since.
    """

    def __init__(self, programme, nl_per_rev, microsteps_per_rev):
        self._programme = programme
        self._nl_per_rev = nl_per_rev
        self._microsteps_per_rev = microsteps_per_rev
        self._stroke_nl = max(self._volume_nl(microsteps_per_rev // _FULL_STEPS_PER_REV), _SHORTEST_NL)
        self._highest_nl_per_h = 0
        self._bridge_nl_per_h = 0
        self._bridge_nl = 0
        self._balance_nl = [_MARGIN_NL, 2 * self._stroke_nl]  # of RUNNING, and of the minimum rate
        self._parts = [0, 0]  # of the balances, in 1/3600 nL
        self._held = 1  # which of the two counts now
        self._minute_nl = _MOST_NL
        self._mode = RUNNING
        self._run_s = 0
        self._probe_s = _NEVER_S
        self._probe_nl = 0
        self._has_start = False
        self._is_probing = False
        self._bolus_nl = 0
        self._bolus_end_s = 0
        self._is_priming = False
        self._priming_nl = 0
        self.has_fired = False

    def prescribed(self):
        """The programme is a new one, or has come back from the journal."""
        self._highest_nl_per_h = self._programme.highest_rate_nl_per_h()

    def bridging(self, volume_nl, rate_nl_per_h):
        """A bridge was accepted, or has come back from the journal."""
        self._bridge_nl = volume_nl + _MARGIN_NL
        self._bridge_nl_per_h = rate_nl_per_h

    def runs(self):
        """The programme runs again: what it asks for may be a stroke that is due only in the hold that follows."""
        self._held = 0

    def started(self):
        """A person's start was accepted: a stalled rotor may be tried at once, and priming is over."""
        self._has_start = True
        self._is_priming = False
        self._bolus_nl = 0
        if self.has_fired:
            self.has_fired = False
            self._balance_nl[0] = _MARGIN_NL
            self._balance_nl[1] = 2 * self._stroke_nl
            self._minute_nl = _MOST_NL

    def granted(self, volume_nl, duration_s, mode, run_s):
        """A clinician or patient bolus was accepted."""
        self._mode = mode
        self._bolus_nl += volume_nl
        begins_s = self._bolus_end_s if self._bolus_end_s > run_s else run_s + _BOLUS_SLACK_S
        self._bolus_end_s = begins_s + duration_s

    def cancelled(self):
        """Boluses were ended by a person."""
        self._bolus_nl = 0

    def priming(self, volume_nl):
        """A priming bolus was accepted."""
        self._is_priming = True
        self._priming_nl = volume_nl + self._stroke_nl

    def admits(self, microsteps, mode, action, run_s):
        """Whether a burst may be commanded. False once, and the pump is to stop for good."""
        passed_s = run_s - self._run_s
        if passed_s > _LONGEST_S:
            passed_s = _LONGEST_S
        self._run_s = run_s
        volume_nl = self._volume_nl(microsteps)
        minute_nl = self._minute_nl + _MOST_NL_PER_S * (passed_s if passed_s < 60 else 60)
        self._minute_nl = minute_nl if minute_nl < _MOST_NL else _MOST_NL
        is_admitted = volume_nl <= self._minute_nl and self._is_granted(volume_nl, mode, action, passed_s)
        if not is_admitted:
            self.has_fired = True
            return False
        self._minute_nl -= volume_nl
        self._bridge_nl = self._bridge_nl - volume_nl if volume_nl < self._bridge_nl else 0
        return True

    def failed(self, microsteps):
        """The rotor angle proves that so many of the last burst's microsteps did not turn the rotor."""
        volume_nl = self._volume_nl(microsteps)
        self._minute_nl += volume_nl
        self._balance_nl[self._held] += volume_nl
        if self._bridge_nl:
            self._bridge_nl += volume_nl
        if self._is_priming:
            self._priming_nl += volume_nl
        if self._is_probing:
            self._probe_nl += volume_nl

    def _is_granted(self, volume_nl, mode, action, passed_s):
        if mode != self._mode or action >= HOLD_MIN_RATE:
            self._bolus_nl = 0  # a change of mode and such an alarm end every bolus
            self._mode = mode
        if action >= STOP or mode != RUNNING and mode != MIN_RATE:
            return False
        self._is_probing = action == SUSPEND
        if self._is_probing:
            return self._is_probe(volume_nl)
        if self._is_priming and mode == RUNNING:
            self._priming_nl -= volume_nl
            return self._priming_nl >= 0
        rate_nl_per_h = self._highest_nl_per_h
        if self._bridge_nl and self._bridge_nl_per_h > rate_nl_per_h:
            rate_nl_per_h = self._bridge_nl_per_h
        if rate_nl_per_h > _HIGHEST_NL_PER_H:
            rate_nl_per_h = _HIGHEST_NL_PER_H
        self._fill(0, rate_nl_per_h, _MARGIN_NL + rate_nl_per_h // 60, passed_s)
        self._fill(1, _MINIMUM_NL_PER_H, 2 * self._stroke_nl, passed_s)
        held = 0 if mode == RUNNING and action < HOLD_MIN_RATE else 1
        if held > self._held:
            self._balance_nl[1] += self._stroke_nl  # one may have been due already
        self._held = held
        return self._is_within(volume_nl, held)

    def _is_probe(self, volume_nl):
        if self._has_start:
            self._has_start = False
            self._probe_nl = self._stroke_nl
        elif self._probe_s == _NEVER_S or self._run_s - self._probe_s >= _PROBE_EVERY_S - 1:
            self._probe_s = self._run_s
            self._probe_nl = self._stroke_nl
        self._probe_nl -= volume_nl
        return self._probe_nl >= 0

    def _fill(self, held, rate_nl_per_h, margin_nl, passed_s):
        parts = self._parts[held] + rate_nl_per_h % 3600 * passed_s
        self._parts[held] = parts % 3600
        balance_nl = self._balance_nl[held] + rate_nl_per_h // 3600 * passed_s + parts // 3600
        self._balance_nl[held] = balance_nl if balance_nl < margin_nl else margin_nl

    def _is_within(self, volume_nl, held):
        if self._run_s > self._bolus_end_s:
            self._bolus_nl = 0
        # The upper half of the margin first, so that it does not overflow while a bolus lasts; then the bolus.
        balance_nl = self._balance_nl[held] - volume_nl
        from_bolus_nl = (self._stroke_nl if held else _MARGIN_NL >> 1) - balance_nl
        if from_bolus_nl > self._bolus_nl:
            from_bolus_nl = self._bolus_nl
        if from_bolus_nl > 0:
            self._bolus_nl -= from_bolus_nl
            balance_nl += from_bolus_nl
        self._balance_nl[held] = balance_nl
        return balance_nl >= 0

    def _volume_nl(self, microsteps):
        return microsteps * self._nl_per_rev // self._microsteps_per_rev
