"""Books the result of a stroke: odometer, reservoir, therapy, and whether delivery agrees with the programme."""

from firmware.core.delivery_balance import DELIVERY_AS_PROGRAMMED, DELIVERY_OVER, DELIVERY_UNDER, DeliveryBalance
from firmware.core.displacement import STEPS_LOST, StepLoss
from firmware.core.units import ring_add, ring_difference
from protocols import ids


class StrokeLedger:
    """`delivered_nl` and `commanded_nl` are odometers of therapy on a ring of 2**30 nL, the first less what was turned
    back; `strokes` counts, but for those between the last stored state and a power cut.

    What primes the catheter is booked apart (THR-18): in Therapy.priming_nl, and in the log.
    """

    def __init__(self, therapy, reservoir, stroke_nl, nl_per_rev, alarms, clock):
        self._therapy = therapy
        self._reservoir = reservoir
        self._alarms = alarms
        self._clock = clock
        self._step_loss = StepLoss()
        self._balance = DeliveryBalance(stroke_nl, nl_per_rev)
        self._stroke_nl = stroke_nl
        self._due_pl = 0
        self._rest_pl = 0
        self._cut = None  # the comparison that a restart has cut, as of the restart
        self.kept = (0, 0, 0, 0)  # the same, as of the journal's entry
        self.delivered_nl = 0
        self._behind_nl = 0  # what a pump that has delivered nothing yet was turned back
        self.commanded_nl = 0
        self.strokes = 0
        self._has_slipped = False  # forward
        self._slipped_at_nl = 0
        self.unsaved_nl = 0  # turned either way since the last journal entry
        self.turned_nl = 0  # the same, forward less backward

    def book(self, commanded_nl, measured_nl):
        """A stroke is over; `measured_nl` is negative when the rotor turned back."""
        self.strokes += 1
        if not self._therapy.books_priming():
            self.commanded_nl = ring_add(self.commanded_nl, commanded_nl)
        self.displaced(measured_nl)

    def restored(self, volume_nl):
        """At boot: what the rotor turned since the state was stored, forward, and so was commanded."""
        self.commanded_nl = ring_add(self.commanded_nl, volume_nl)
        self.displaced(volume_nl)

    def displaced(self, volume_nl):
        """The rotor turned, by whatever cause."""
        if not self._therapy.books_priming():
            delivered_nl = self.delivered_nl + self._behind_nl + volume_nl
            self._behind_nl = min(delivered_nl, 0)
            self.delivered_nl = ring_add(delivered_nl - self._behind_nl, 0)
        self.unsaved_nl += volume_nl if volume_nl > 0 else -volume_nl
        self.turned_nl += volume_nl
        self._reservoir.draw(volume_nl)
        self._therapy.booked(volume_nl, self._clock.run_s)
        self.judge_level()

    def saved(self):
        """An entry of the journal holds all that was turned."""
        self.unsaved_nl = 0
        self.turned_nl = 0

    def judge_level(self):
        """LOW_RESERVOIR and EMPTY_RESERVOIR follow the computed volume (RES-03, RES-04)."""
        is_low = self._reservoir.is_low()
        is_empty = self._reservoir.is_empty()
        alarms = self._alarms
        if is_low or is_empty or alarms.count:  # without an alarm no cause can be gone
            run_s = self._clock.run_s
            alarms.report(ids.ALARM_LOW_RESERVOIR, is_low, run_s)
            alarms.report(ids.ALARM_EMPTY_RESERVOIR, is_empty, run_s)

    def compare(self, commanded_nl, measured_nl):
        """After a stroke that moved: DET-03 and DET-04."""
        run_s = self._clock.run_s
        is_lost = self._step_loss.stroke(run_s, commanded_nl, measured_nl) == STEPS_LOST
        if is_lost or self._alarms.count:
            self._alarms.report(ids.ALARM_STEP_LOSS, is_lost, run_s)
        self._report(self._balance.stroke(run_s, commanded_nl, measured_nl))

    def compare_slipped(self, commanded_nl, measured_nl):
        """As `compare`, after a slip. One that went forward is told as such and no over-delivery (DET-03), unless less
        than ten times as much was commanded since the one before: then it is more than DET-04 allows."""
        surplus_nl = measured_nl - commanded_nl
        if surplus_nl > 0:
            since_nl = ring_difference(self.commanded_nl, self._slipped_at_nl)
            if not self._has_slipped or not 0 <= since_nl <= 10 * surplus_nl:
                measured_nl = commanded_nl
            self._has_slipped = True
            self._slipped_at_nl = self.commanded_nl
        self.compare(commanded_nl, measured_nl)

    def programmed(self, taken_pl):
        """Call before each `compare`: the programme asked for what was taken and for what waits longer now."""
        due_pl = self._therapy.dosing.due_pl
        asked_pl = taken_pl + due_pl - self._due_pl + self._rest_pl
        self._due_pl = due_pl
        self._rest_pl = asked_pl % 1000
        self._balance.programmed(asked_pl // 1000)

    def comparison(self):
        """Four integers for the journal, see DeliveryBalance.kept."""
        self.programmed(0)
        return self._balance.kept(self._clock.run_s)

    def restarted(self, asked_pl, turned_nl, seconds):
        """Boot only: what was asked for and turned since the journal's entry, in the seconds since."""
        programmed_nl, measured_nl, strokes, before_s = self.kept
        if strokes:
            strokes += turned_nl // self._stroke_nl
            self._cut = (before_s + seconds, programmed_nl + asked_pl // 1000, measured_nl + turned_nl, strokes)

    def go_on(self):
        """Boot only, once delivery has been resumed: a restart does not hide what is missing (DET-04)."""
        if self._cut is not None:
            seconds, *sums = self._cut
            self._balance.go_on(self._clock.run_s - seconds, *sums)
            self._cut = None

    def clear(self):
        """Delivery begins or ends: what is compared begins anew."""
        self._due_pl = self._therapy.dosing.due_pl
        self._step_loss.clear(self._clock.run_s)
        self._balance.clear(self._clock.run_s)

    def _report(self, verdict):
        if verdict == DELIVERY_AS_PROGRAMMED and not self._alarms.count:
            return
        run_s = self._clock.run_s
        self._alarms.report(ids.ALARM_UNDER_DELIVERY, verdict == DELIVERY_UNDER, run_s)
        # Over-delivery halts the pump; its cause ends when a person has looked, see Infusion.
        if verdict == DELIVERY_OVER:
            self._alarms.present(ids.ALARM_OVER_DELIVERY, run_s)
