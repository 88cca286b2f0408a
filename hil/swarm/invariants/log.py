"""The pump's own account: its log has no gap and no lie, its odometer and reservoir are those of the rotor."""

from __future__ import annotations

from collections.abc import Iterator

from hil.swarm.invariants.motion import DRAWN_NL, MOVES_BY_ITSELF
from hil.swarm.judging import Found, invariant
from hil.swarm.life import Life
from hil.swarm.spans import STROKE_NL, Turned, alarms, boluses, has_restart, is_alarmed
from hil.words import vocabulary
from hil.words.quantity import NS_PER_S

_SPOILT = ("flash.", "ram.")
_HELD = ("motor.stall", "motor.magnetic_field", "motor.coupling")
# A slip is measured, and booked as what it was (DET-03).
_UNMEASURED = ("sensor.", *MOVES_BY_ITSELF, *_HELD, "supply.", "cpu.", "flash.", "ram.")
_NOT_MEASURED = ("SENSOR_FAULT_ROTOR", "MOTOR_STALL", "OVER_DELIVERY")
_CAUGHT_NS = 30 * NS_PER_S
_MOST_STROKES_APART = 2.5
_LOSSES = ("flash.", "ram.", "cpu.")


@invariant("log_has_no_gap", "INT-06")
def log_has_no_gap(life: Life) -> Iterator[Found]:
    """The numbers of the log follow each other, within a boot and over restarts."""
    if life.had(*_LOSSES) or not life.record.heard_pump:
        return
    before = None
    for seen in life.record.log:
        if before is not None and seen.seq > before.seq + 1 and not _was_cut(life, before.t_ns, seen.t_ns):
            yield Found(seen.t_ns, f"entry {seen.seq} follows {before.seq}", "gap")
            return
        before = seen


def _was_cut(life: Life, begin_ns: int, end_ns: int) -> bool:
    """What was said and not yet written is lost with the power."""
    return has_restart(life, begin_ns - 5 * NS_PER_S, end_ns + 5 * NS_PER_S)


@invariant("log_of_modes_is_a_chain", "INT-06")
def log_of_modes_is_a_chain(life: Life) -> Iterator[Found]:
    """Each mode change in the log begins in the mode in which the one before ended, BOOT after a restart."""
    if life.had(*_SPOILT):
        return
    mode: int | None = None
    for seen in life.record.log:
        if seen.name == "BOOT":
            mode = vocabulary.MODES.index("BOOT")
        elif seen.name == "MODE":
            if mode is not None and seen.b != mode and not _was_cut(life, seen.t_ns, seen.t_ns):
                yield Found(seen.t_ns, f"{seen.text} after {vocabulary.MODES[mode]}", "broken")
                return
            mode = seen.a


@invariant("odometer_is_that_of_the_rotor", "RES-01")
def odometer_is_that_of_the_rotor(life: Life) -> Iterator[Found]:
    """What the status says is delivered grows as the rotor turned, to a stroke, while the rotor can be measured; and it
    never falls but by what current drew the rotor back, which the log has.
    """
    turned = Turned(life)
    spans = alarms(life)
    drawn = [seen.t_ns for seen in life.record.log if seen.name == "ROTOR_DRAWN"]
    plan = life.record.plan
    if plan is None:
        return
    rows = [seen for seen in life.record.statuses if seen.t_ns >= 0]
    ahead_nl = 0.0
    for before, after in zip(rows, rows[1:], strict=False):
        grown_nl = after.fields["delivered_nl"] - before.fields["delivered_nl"]
        is_drawn = any(before.t_ns - 30 * NS_PER_S <= t_ns <= after.t_ns + 30 * NS_PER_S for t_ns in drawn)
        if (
            grown_nl < (-DRAWN_NL if is_drawn else 0)
            and not life.had(*_SPOILT, "motor.slip", "motor.reverse")
            and not has_restart(life, before.t_ns, after.t_ns)
        ):
            yield Found(after.t_ns, f"the odometer fell by {-grown_nl} nL", "fell")
        begin_ns, end_ns = before.t_ns, after.t_ns
        if after.fields["delivered_nl"] == 0:
            continue  # a new pump that has turned back says no less than nothing
        if life.faults_in(begin_ns - 60 * NS_PER_S, end_ns, *_UNMEASURED) or has_restart(life, begin_ns, end_ns):
            continue
        if life.had(*_SPOILT) or is_alarmed(spans, begin_ns, end_ns, *_NOT_MEASURED):
            continue
        if any(a - 3 * NS_PER_S < end_ns and b + 3 * NS_PER_S > begin_ns for a, b, _nl in boluses(life, "PRIMING")):
            continue  # it is booked apart (THR-18)
        moved_nl = turned.between(begin_ns, end_ns)
        if is_drawn:
            continue
        # A status in the middle of a fast bolus lags behind by a stroke that is longer then.
        fast_nl = sum(float(plan.volume_between(t_ns - NS_PER_S, t_ns + NS_PER_S)) for t_ns in (begin_ns, end_ns))
        if abs(grown_nl - moved_nl) > STROKE_NL + 60.0 + fast_nl:
            yield Found(end_ns, f"odometer {grown_nl} nL, rotor {moved_nl:.0f} nL", "differs")
        # What one status is behind, the next one is ahead: over all of them it does not add up.
        ahead_nl += grown_nl - moved_nl
        if abs(ahead_nl) > _MOST_STROKES_APART * STROKE_NL:
            yield Found(end_ns, f"{ahead_nl:.0f} nL more than the rotor turned, bit by bit", "drifts")
            return


@invariant("reservoir_falls_as_the_odometer_grows", "RES-01")
def reservoir_falls_as_the_odometer_grows(life: Life) -> Iterator[Found]:
    """Between two refills the computed reservoir falls by what the odometer grows."""
    if life.had(*_SPOILT):
        return
    refills_ns = [seen.t_ns for seen in life.record.log if seen.name == "REFILL"]
    # Priming is booked apart; a rotor that turned back is no volume that was delivered.
    apart = [(a, b) for a, b, _nl in boluses(life, "PRIMING")]
    apart += [
        (seen.t_ns - _CAUGHT_NS, seen.t_ns + _CAUGHT_NS) for seen in life.record.log if seen.name == "ROTOR_DRAWN"
    ]
    apart += [(span.begin_ns, span.end_ns) for span in alarms(life) if span.name in _NOT_MEASURED]
    apart += [(fault.begin_ns, fault.end_ns) for fault in life.faults if fault.id.startswith("motor.")]
    rows = [seen for seen in life.record.statuses if seen.t_ns >= 0]
    for before, after in zip(rows, rows[1:], strict=False):
        if has_restart(life, before.t_ns, after.t_ns) or after.fields["reservoir_nl"] <= 0:
            continue
        if after.fields["delivered_nl"] == 0:
            continue  # a new pump that has turned back says no less than nothing
        if any(before.t_ns - 3 * NS_PER_S <= t_ns <= after.t_ns + 3 * NS_PER_S for t_ns in refills_ns):
            continue
        drawn_nl = before.fields["reservoir_nl"] - after.fields["reservoir_nl"]
        grown_nl = after.fields["delivered_nl"] - before.fields["delivered_nl"]
        if any(a - 3 * NS_PER_S < after.t_ns and b + 3 * NS_PER_S > before.t_ns for a, b in apart):
            continue
        if abs(drawn_nl - grown_nl) > 1:
            yield Found(after.t_ns, f"reservoir fell by {drawn_nl} nL, odometer grew by {grown_nl} nL", "differs")
            return


@invariant("volume_is_conserved", "RES-01")
def volume_is_conserved(life: Life) -> Iterator[Found]:
    """What leaves the reservoir went through the head: the plant itself holds this, or nothing else can be believed."""
    truth = life.record.truth
    if truth is None:
        return
    refills_ns = [
        answer.t_ns
        for answer in life.record.answers
        if "refill" in answer.verb or "enter_" in answer.verb or answer.verb == "follow_alarm_texts"
    ]
    moments = sorted(
        [*refills_ns, *(fault.begin_ns for fault in life.faults if fault.id.startswith(("refill", "res")))]
    )
    for row in range(1, len(truth.t_ns)):
        before_ns, t_ns = truth.t_ns[row - 1], truth.t_ns[row]
        if truth.reservoir_nl[row] <= 0.0 or any(before_ns - 3 * NS_PER_S <= m <= t_ns for m in moments):
            continue
        if life.faults_in(before_ns, t_ns + 1, "head.leak_back"):
            continue
        drawn_nl = truth.reservoir_nl[row - 1] - truth.reservoir_nl[row]
        given_nl = truth.delivered_nl[row] - truth.delivered_nl[row - 1]
        if abs(drawn_nl - given_nl) > 1.0:
            yield Found(t_ns, f"reservoir lost {drawn_nl:.1f} nL, the head moved {given_nl:.1f} nL", "differs")
            return
