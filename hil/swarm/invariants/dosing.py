"""What is delivered: never more than is allowed, nothing made up, and the programme where nothing is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from hil.swarm.invariants.motion import MOVES_BY_ITSELF
from hil.swarm.judging import Found, invariant
from hil.swarm.life import FOREVER_NS, Life
from hil.swarm.spans import (
    READ_BACK_NS,
    STROKE_NL,
    Turned,
    alarms,
    boluses,
    has_restart,
    interval_ns,
    is_deaf,
    lost_answers,
    lowest_rate,
    modes,
    plan_unknown_ns,
    prescribed,
)
from hil.words.quantity import NS_PER_DAY, NS_PER_H, NS_PER_MINUTE, NS_PER_S

# The rotor moves though the pump has no part in it, or the pump is not the one that was built.
_BEYOND_THE_PUMP = (*MOVES_BY_ITSELF, "motor.slip")
_PER_ROLLER = 0.02
_FAST_NL = 3_000
_CATCHING_UP_NS = 5 * NS_PER_S
_CAUGHT_NS = NS_PER_MINUTE  # a rotor that had to be caught is behind by that, and by the time it took
_HEARD_NS = NS_PER_S  # a bolus begins, and its log entry is heard, up to so much later
_UNTOLD_JUMP_S, _UNTOLD_DRIFT, _DRIFT_TOLD_NS = 60, 0.02, 31 * NS_PER_MINUTE  # DET-10
_TRAPPED_NL = 20_000.0
_WHOLE_SECOND_S = 1.4  # the pump counts whole seconds, and says what it did within 0.4 s
_HEALING_NS = 20 * NS_PER_MINUTE
# What does nothing to the course of delivery.
_HARMLESS = ("link.", "buzzer.", "button.bounce", "patient.", "refill.wrong", "refill.overdue", "catheter.migration")


@invariant("dose_limit_in_every_window", "THR-13")
def dose_limit_in_every_window(life: Life) -> Iterator[Found]:
    """In every sliding window the rotor turns at most the dose limit and a stroke; priming stands beside it.

    Looked at as far as the limit is known, from the moment at which it was put into force.
    """
    turned = Turned(life)
    primed = [(begin_ns, min(end_ns, life.end_ns)) for begin_ns, end_ns, _nl in boluses(life, "PRIMING")]
    regimes = prescribed(life)
    for index, regime in enumerate(regimes):
        limit = regime.dose_limit
        until_ns = regimes[index + 1].since_ns if index + 1 < len(regimes) else life.end_ns
        if limit is None:
            continue
        window_ns = limit.window_s * NS_PER_S
        behind = 0
        for row, t_ns in enumerate(turned.t_ns):
            if not regime.since_ns <= t_ns < until_ns:
                continue
            begin_ns = max(t_ns - window_ns, regime.since_ns)
            while turned.t_ns[behind + 1] <= begin_ns:
                behind += 1
            given_nl = turned.nl[row] - turned.nl[behind]
            if given_nl <= limit.volume_nl + STROKE_NL:
                continue
            given_nl -= sum(
                max(turned.between(max(a, begin_ns), min(b, t_ns)), 0.0) for a, b in primed if a < t_ns and b > begin_ns
            )
            if given_nl > limit.volume_nl + STROKE_NL and not life.faults_in(begin_ns, t_ns, *_BEYOND_THE_PUMP):
                seen = f"{given_nl:.0f} nL in {limit.window_s} s, the limit is {limit.volume_nl} nL"
                yield Found(t_ns, seen)
                break


@invariant("patient_bolus_lockout", "THR-10")
def patient_bolus_lockout(life: Life) -> Iterator[Found]:
    """By true time, whatever the clock says, no patient bolus begins within the lock-out of the one before, and no more
    begin in 24 h than the prescription allows.
    """
    if life.had("flash.bit_flip"):
        return
    begun = boluses(life, "PATIENT")
    regimes = prescribed(life)
    for index, (begin_ns, _end_ns, _nl) in enumerate(begun):
        allowed = [regime for regime in regimes if regime.since_ns <= begin_ns][-1].patient_bolus
        if allowed is None:
            return
        if index:
            ended_ns = begun[index - 1][1]
            gap_s = (begin_ns - ended_ns) / NS_PER_S
            unsure = is_deaf(life, begun[index - 1][0], begin_ns) or has_restart(life, begun[index - 1][0], begin_ns)
            unsure_s = READ_BACK_NS / NS_PER_S if unsure else _WHOLE_SECOND_S
            if ended_ns == FOREVER_NS or gap_s < allowed.lockout_s - unsure_s:
                yield Found(
                    begin_ns, f"begins {gap_s:.0f} s after the last, lock-out {allowed.lockout_s} s", "lock-out"
                )
        within = [begin for begin, _end, _nl in begun[: index + 1] if begin > begin_ns - NS_PER_DAY + READ_BACK_NS]
        if len(within) > allowed.per_day:
            yield Found(begin_ns, f"{len(within)} in 24 h, allowed {allowed.per_day}", "count")


@invariant("nothing_made_up", "THR-04")
def nothing_made_up(life: Life) -> Iterator[Found]:
    """Over no span does the rotor turn more than people asked for in it, and three strokes and the rollers' share; six
    strokes where a rotor sensor did not show what it turned.

    What people asked for is the oracle's plan; where an answer was lost the plan is not known any more. A clock that
    runs fast by less than DET-10 tells moves the programme by as much, and leaves it there.
    """
    plan = life.record.plan
    if plan is None:
        return
    turned = Turned(life)
    unknown_ns = plan_unknown_ns(life)
    drawn = [seen.t_ns for seen in life.record.log if seen.name == "ROTOR_DRAWN"]
    lowest = 0.0
    for row, t_ns in enumerate(turned.t_ns):
        if t_ns < 0:
            continue
        if t_ns >= unknown_ns:
            return
        here_nl = turned.nl[row] - (1.0 + _PER_ROLLER) * float(plan.volume_until(t_ns))
        heard_ns = t_ns + _HEARD_NS + clock_ahead_ns(life, t_ns)
        ahead_nl = turned.nl[row] - (1.0 + _PER_ROLLER) * float(plan.volume_until(heard_ns))
        before_ns = turned.t_ns[row - 1] if row else 0
        is_drawn = any(before_ns - _CAUGHT_NS <= drawn_ns <= t_ns for drawn_ns in drawn)
        if (
            row == 0
            or turned.t_ns[row - 1] < 0
            or is_drawn
            or life.faults_in(before_ns, t_ns + 1, *_BEYOND_THE_PUMP, "clock.")
        ):
            lowest = here_nl
        # The pump is behind a bolus that is as fast as it can be, and catches up until its end.
        is_fast = float(plan.rate_at(t_ns)) * _CATCHING_UP_NS >= _FAST_NL * NS_PER_H
        if not is_fast and plan.volume_between(t_ns - _CATCHING_UP_NS, t_ns) < _FAST_NL:
            lowest = min(lowest, here_nl)
        # Attempts that a sensor does not show are made again: three, and as many to catch the rotor.
        unseen = life.faults_in(0, t_ns, "sensor.rotor", "sensor.i2c", "sensor.magnet")
        if ahead_nl - lowest > (6 if unseen else 3) * STROKE_NL + 50.0:
            yield Found(t_ns, f"{ahead_nl - lowest:.0f} nL more than was asked for", "too much")
            return


def clock_ahead_ns(life: Life, t_ns: int) -> int:
    """How far a clock may be ahead of the true time by what DET-10 does not tell: jumps up to 60 s, and a drift up to
    2 %, or up to half an hour of a larger one.
    """
    ahead_ns = 0
    for fault in life.faults_in(0, t_ns, "clock.drift", "clock.jump"):
        if fault.id == "clock.jump":
            by_s = fault.parameters.get("by", 3_600)
            ahead_ns += round(by_s * NS_PER_S) if 0 < by_s <= _UNTOLD_JUMP_S else 0
            continue
        fraction = fault.parameters.get("fraction", 0.05)
        lasted_ns = min(fault.end_ns, t_ns) - fault.begin_ns
        if fraction > _UNTOLD_DRIFT:
            lasted_ns = min(lasted_ns, _DRIFT_TOLD_NS)
        ahead_ns += round(max(fraction, 0.0) * lasted_ns)
    return ahead_ns


@invariant("programme_is_followed", "THR-05")
def programme_is_followed(life: Life) -> Iterator[Found]:
    """In RUNNING, while nothing is wrong and no alarm is active, the rotor turns what people asked for, to two strokes
    and the rollers' share.
    """
    plan = life.record.plan
    if plan is None or life.had(*MOVES_BY_ITSELF, "clock."):
        return
    turned = Turned(life)
    unknown_ns = plan_unknown_ns(life)
    for begin_ns, end_ns in quiet_spans(life):
        end_ns = min(end_ns, unknown_ns - NS_PER_S)
        rate = lowest_rate(life, begin_ns, end_ns)
        if not rate or end_ns - begin_ns < 4 * interval_ns(rate):
            continue
        wanted_nl = float(plan.volume_between(begin_ns, end_ns))
        given_nl = turned.between(begin_ns, end_ns)
        if abs(given_nl - wanted_nl) > 2.2 * STROKE_NL + _PER_ROLLER * wanted_nl:
            what = "too little" if given_nl < wanted_nl else "too much"
            seen = f"{given_nl:.0f} nL of {wanted_nl:.0f} nL from {begin_ns / NS_PER_S:.0f} s on"
            yield Found(end_ns, seen, what)


def quiet_spans(life: Life) -> Iterator[tuple[int, int]]:
    """Where the pump runs, nothing is wrong with it, and nothing was for some while before."""
    spans = alarms(life)
    moments = {0, life.end_ns}
    troubles = [fault for fault in life.faults if not fault.id.startswith(_HARMLESS)]
    for fault in troubles:
        moments |= {fault.begin_ns, fault.end_ns + _HEALING_NS}
    for span in spans:
        moments |= {span.begin_ns - READ_BACK_NS, span.end_ns + READ_BACK_NS}
    for mode, begin_ns, end_ns in modes(life):
        moments |= {begin_ns + READ_BACK_NS, end_ns - READ_BACK_NS}
        del mode
    for t_ns in (*life.boots_ns, *life.losses_ns):
        moments |= {t_ns - NS_PER_S, t_ns + 20 * NS_PER_S}
    # A bolus may be halted for reasons of its own; the plan does not know of it.
    for seen in life.record.log:
        if seen.name in ("BOLUS_HALTED", "BOLUS_SUSPENDED", "BOLUS_STARTED", "BOLUS_COMPLETED", "BOLUS_RESUMED"):
            moments |= {seen.t_ns - READ_BACK_NS, seen.t_ns + READ_BACK_NS}
    ordered = sorted(t_ns for t_ns in moments if 0 <= t_ns <= life.end_ns)
    halted = _halted(life)
    for begin_ns, end_ns in zip(ordered, ordered[1:], strict=False):
        middle_ns = (begin_ns + end_ns) // 2
        if end_ns - begin_ns < NS_PER_MINUTE or has_restart(life, begin_ns, end_ns):
            continue
        if any(fault.begin_ns <= middle_ns < fault.end_ns + _HEALING_NS for fault in troubles):
            continue
        if any(span.begin_ns - READ_BACK_NS <= middle_ns < span.end_ns + READ_BACK_NS for span in spans):
            continue
        said = {seen.fields["mode"] for seen in life.record.statuses if begin_ns <= seen.t_ns <= end_ns}
        if life.record.mode_at(middle_ns) != "RUNNING" or said - {"RUNNING"}:
            continue  # while flash takes nothing, the log does not say it
        if not any(a <= middle_ns < b for a, b in halted):
            yield begin_ns, end_ns


def _halted(life: Life) -> list[tuple[int, int]]:
    """From a bolus that ended before its time until six hours later: so long the plan may still have it."""
    return [
        (seen.t_ns, seen.t_ns + 7 * NS_PER_H)
        for seen in life.record.log
        if seen.name in ("BOLUS_HALTED", "BOLUS_SUSPENDED")
    ]


@invariant("clinician_bolus_is_exact", "THR-09")
def clinician_bolus_is_exact(life: Life) -> Iterator[Found]:
    """A clinician bolus that the log calls completed has the volume that was asked for, and while nothing was wrong the
    rotor has turned it on top of the programme.
    """
    plan = life.record.plan
    asked = [act for act in life.acts if act.kind == "bolus" and act.bolus == "clinician"]
    if plan is None or life.had(*MOVES_BY_ITSELF, "motor.slip"):
        return  # what current or a slip turned counts for the bolus, too
    turned = Turned(life)
    spans = alarms(life)
    for begin_ns, end_ns, told_nl in boluses(life, "CLINICIAN"):
        near = [act for act in asked if abs(act.at_ns - begin_ns) < 5 * NS_PER_S]
        ended = [seen for seen in life.record.log if seen.t_ns == end_ns and seen.name == "BOLUS_COMPLETED"]
        if len(near) != 1 or not ended:
            continue
        if any(begin_ns <= seen.t_ns <= end_ns for seen in life.record.log if seen.name == "ROTOR_DRAWN"):
            continue  # current drew the rotor first, which is in the volume
        volume_nl = near[0].volume_nl
        if abs(told_nl - volume_nl) > STROKE_NL:
            yield Found(end_ns, f"completed with {told_nl} nL of {volume_nl} nL", "told")
        wrong = [
            fault for fault in life.faults_in(begin_ns - _HEALING_NS, end_ns) if not fault.id.startswith(_HARMLESS)
        ]
        is_alarmed = any(span.begin_ns < end_ns and span.end_ns > begin_ns for span in spans)
        if (
            wrong
            or is_alarmed
            or has_restart(life, begin_ns, end_ns)
            or min(lost_answers(life), default=end_ns) < end_ns
        ):
            continue
        if any(begin_ns - NS_PER_H < seen < end_ns for seen in _other_boluses(life, begin_ns)):
            continue
        watched_ns = end_ns - begin_ns + 2 * READ_BACK_NS
        basal_nl = float(plan.rate_at(begin_ns - NS_PER_S)) * watched_ns / NS_PER_H
        steady = plan.rate_at(begin_ns - NS_PER_S) == plan.rate_at(end_ns + NS_PER_S)
        given_nl = turned.between(begin_ns - READ_BACK_NS, end_ns + READ_BACK_NS)
        if steady and abs(given_nl - basal_nl - volume_nl) > 2.5 * STROKE_NL + _PER_ROLLER * (volume_nl + basal_nl):
            yield Found(end_ns, f"{given_nl - basal_nl:.0f} nL turned of {volume_nl} nL", "turned")


def _other_boluses(life: Life, but_ns: int) -> list[int]:
    return [
        begin_ns
        for kind in ("PATIENT", "CLINICIAN", "BRIDGE", "PRIMING")
        for begin_ns, _end_ns, _nl in boluses(life, kind)
        if begin_ns != but_ns
    ]


@invariant("trapped_volume", "DET-06")
def trapped_volume(life: Life) -> Iterator[Found]:
    """Behind an occlusion at most 20 uL are trapped, unless the pressure sensor does not say what the pressure is."""
    truth = life.record.truth
    if truth is None or life.had("sensor.pressure", "sensor.i2c", *_BEYOND_THE_PUMP):
        return
    for row, trapped_nl in enumerate(truth.trapped_nl):
        if trapped_nl > _TRAPPED_NL:
            yield Found(truth.t_ns[row], f"{trapped_nl:.0f} nL trapped", "too much")
            return
