"""What the catalogue says of alarms: which delivery they leave, who takes them away, what returns by itself."""

from __future__ import annotations

from collections.abc import Iterator

from hil.swarm.judging import Found, invariant
from hil.swarm.life import Life
from hil.swarm.spans import (
    READ_BACK_NS,
    AlarmSpan,
    alarms,
    has_restart,
    interval_ns,
    is_deaf,
    lowest_rate,
    modes,
    programmed_rates,
)
from hil.words.quantity import NS_PER_H, NS_PER_MINUTE, NS_PER_S
from protocols import alarms as catalogue
from protocols import ids

_SPOILT = ("flash.", "ram.")
_ROWS = {row[catalogue.NAME]: row for row in catalogue.ALARMS}
_STOPPING = tuple(name for name, row in _ROWS.items() if row[catalogue.ACTION] in (ids.STOP, ids.HALT))
_LATCHED = tuple(name for name, row in _ROWS.items() if row[catalogue.CLEARING] == ids.LATCHED)
_MOVING = ("RUNNING", "MIN_RATE")
_STOPS = ("STOP", "HALT")
# The cause of a latched alarm that a person cannot acknowledge away: as long as one of these acts, it is there.
_LASTING = {
    "MOTOR_STALL": ("motor.stall",),
    "SENSOR_FAULT_ROTOR": ("sensor.rotor_dead", "sensor.rotor_magnet_lost"),
}
_MOST_RETURNS = 2
_PROBE_NS = 10 * NS_PER_MINUTE + 30 * NS_PER_S


@invariant("the_strongest_action_governs", "ALM-02")
def the_strongest_action_governs(life: Life) -> Iterator[Found]:
    """While an alarm that stops delivery is active and was not released, no status says RUNNING or MIN_RATE; and no
    status says so together with an action that stops.
    """
    if life.had(*_SPOILT):
        return
    spans = [span for span in alarms(life) if span.name in _STOPPING]
    for before, seen in zip(life.record.statuses, life.record.statuses[1:], strict=False):
        fields = seen.fields
        if fields["mode"] not in _MOVING or seen.t_ns < 0 or has_restart(life, seen.t_ns - 30 * NS_PER_S, seen.t_ns):
            continue
        if fields["action"] in _STOPS and before.fields["action"] in _STOPS and before.fields["mode"] in _MOVING:
            yield Found(seen.t_ns, f"{fields['mode']} under {fields['action']}", "mode")
            return
        for span in spans:
            end_ns = min(span.end_ns, span.released_ns)
            if span.begin_ns + READ_BACK_NS < seen.t_ns < end_ns - READ_BACK_NS and not is_deaf(
                life, span.begin_ns, seen.t_ns
            ):
                yield Found(seen.t_ns, f"{fields['mode']} under {span.name}", span.name)
                return


@invariant("a_latched_alarm_waits_for_a_person", "ALM-05")
def a_latched_alarm_waits_for_a_person(life: Life) -> Iterator[Found]:
    """A latched alarm goes only by its acknowledgement, REFILL_MISMATCH also by a correction of the refill; and not
    while its cause lasts.
    """
    if life.had(*_SPOILT):
        return
    acknowledged = {(seen.name, seen.t_ns // NS_PER_S) for seen in life.record.alarms if seen.event == "ACKNOWLEDGED"}
    cleared = {(seen.name, seen.t_ns) for seen in life.record.alarms if seen.event == "CLEARED"}
    for span in alarms(life):
        end_ns = span.end_ns
        if span.name not in _LATCHED or (span.name, end_ns) not in cleared:
            continue  # one that is raised again meanwhile was not cleared
        if has_restart(life, span.begin_ns - NS_PER_S, end_ns + NS_PER_S) or is_deaf(life, span.begin_ns, end_ns):
            continue
        is_seen = any((span.name, end_ns // NS_PER_S + before) in acknowledged for before in (-2, -1, 0, 1))
        if not is_seen and span.name != "REFILL_MISMATCH":
            yield Found(end_ns, f"{span.name} went by itself", span.name)
        lasting = [fault for fault in life.faults_in(span.begin_ns, end_ns, *_LASTING.get(span.name, ("none.",)))]
        if any(fault.begin_ns < span.begin_ns and fault.end_ns > end_ns + 5 * NS_PER_S for fault in lasting):
            yield Found(end_ns, f"{span.name} acknowledged while its cause lasts", f"{span.name} has a cause")


@invariant("at_most_two_returns_an_hour", "DET-05")
def at_most_two_returns_an_hour(life: Life) -> Iterator[Found]:
    """Delivery returns by itself after a transient at most twice an hour, and after an occlusion only when next to
    nothing was trapped.
    """
    if life.had(*_SPOILT):
        return
    released = [
        seen
        for seen in life.record.alarms
        if seen.event == "RELEASED" and seen.name in ("CATHETER_OCCLUSION", "SENSOR_FAULT_ROTOR")
    ]
    tests_ns = [seen.t_ns for seen in life.record.log if seen.name in ("SELF_TEST", "BOOT", "CLOCK_SET")]
    released = [seen for seen in released if not any(0 <= seen.t_ns - t_ns < 10 * NS_PER_MINUTE for t_ns in tests_ns)]
    for first, third in zip(released, released[_MOST_RETURNS:], strict=False):
        if third.t_ns - first.t_ns < NS_PER_H - 60 * NS_PER_S:
            yield Found(third.t_ns, f"a third return in {(third.t_ns - first.t_ns) / NS_PER_S:.0f} s", "third")
            return
    truth = life.record.truth
    for span in alarms(life):
        if truth is None or span.name != "CATHETER_OCCLUSION" or span.released_ns > life.end_ns:
            continue
        trapped_nl = max(
            (
                nl
                for t_ns, nl in zip(truth.t_ns, truth.trapped_nl, strict=True)
                if span.begin_ns - NS_PER_MINUTE <= t_ns <= span.released_ns
            ),
            default=0.0,
        )
        if trapped_nl > _MOST_PRESSED_NL:
            yield Found(span.released_ns, f"{trapped_nl:.0f} nL were trapped", "trapped")


# DET-05: next to nothing. Two shortest strokes, the one under way, and what was in the line at its working pressure.
_MOST_PRESSED_NL = 4_700.0


@invariant("a_stall_is_probed", "DET-02")
def a_stall_is_probed(life: Life) -> Iterator[Found]:
    """A rotor that comes free is found to follow within 10 min and a stroke interval, without anybody's doing."""
    for span in alarms(life):
        for fault in life.faults:
            if span.name != "MOTOR_STALL" or fault.id != "motor.stall" or not fault.took_effect:
                continue
            if not fault.begin_ns <= span.begin_ns <= fault.end_ns < min(span.end_ns, life.end_ns):
                continue
            if _was_probed(life, span, fault.end_ns) is False:
                yield Found(fault.end_ns + _PROBE_NS, "the rotor is free, and nothing tried it", "not probed")


def _was_probed(life: Life, span: AlarmSpan, free_ns: int) -> bool | None:
    """None where something else is in the way."""
    rate = lowest_rate(life, span.begin_ns, free_ns)
    if not rate:
        return None
    until_ns = free_ns + _PROBE_NS + interval_ns(rate)
    begin_ns = span.begin_ns - NS_PER_H
    if until_ns > life.end_ns or span.end_ns < until_ns or len(life.faults_in(begin_ns, until_ns)) > 1:
        return None
    if has_restart(life, begin_ns, until_ns) or is_deaf(life, begin_ns, until_ns):
        return None
    if any(other != span and other.begin_ns < until_ns and other.end_ns > begin_ns for other in alarms(life)):
        return None
    if any(mode != "RUNNING" and a < until_ns and b > span.begin_ns for mode, a, b in modes(life)):
        return None
    if 0 in programmed_rates(life, begin_ns, until_ns):
        return None
    return any(seen.name == "STALL_RECOVERED" and free_ns <= seen.t_ns <= until_ns for seen in life.record.log)


@invariant("a_fault_is_left_by_a_test_only", "INT-02")
def a_fault_is_left_by_a_test_only(life: Life) -> Iterator[Found]:
    """The pump leaves FAULT through a start of the processor or a self-test alone, never by a command that delivers."""
    if life.had(*_SPOILT):
        return
    for seen in life.record.log:
        words = seen.text.split()
        if seen.name == "MODE" and words[2] == "FAULT" and words[1] in _MOVING:
            yield Found(seen.t_ns, f"from FAULT to {words[1]}", "left")
