"""When the motor may turn, and which way."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from hil.swarm.judging import Found, invariant
from hil.swarm.life import Life
from hil.swarm.spans import (
    READ_BACK_NS,
    STROKE_NL,
    Turned,
    alarms,
    boluses,
    has_restart,
    interval_ns,
    is_deaf,
    lowest_rate,
    modes,
    plan_unknown_ns,
)
from hil.words.quantity import NS_PER_H, NS_PER_MINUTE, NS_PER_S

_STANDING = ("STANDBY", "STOPPED", "FAULT")
# What turns a rotor that nobody commands: the bench's own doing. Of a firmware that is spoilt nothing is asked.
MOVES_BY_ITSELF = ("motor.runaway", "driver.enable_stuck", "motor.reverse", "flash.bit_flip", "ram.bit_flip")
_SLIPS = ("motor.slip",)
DRAWN_NL = 650.0  # two full steps (THR-20), and a bit of the settled angle
_LEVEL_ON = 0
_PROBE_NS = 10 * NS_PER_MINUTE
_MINIMUM_NL_PER_H = 2_000.0
_SOON_NS = 12 * NS_PER_S  # from the moment that a sensor or rotor fails until the alarm is raised


@invariant("still_when_it_stands", "THR-01")
def still_when_it_stands(life: Life) -> Iterator[Found]:
    """In STANDBY, STOPPED and FAULT the driver gets no current and the rotor does not turn."""
    turned = Turned(life)
    edges = (life.record.waves or {}).get("EN", [])
    times_ns = [t_ns for t_ns, _level in edges]
    for mode, mode_begin_ns, mode_end_ns in modes(life):
        begin_ns, end_ns = mode_begin_ns + READ_BACK_NS, mode_end_ns - READ_BACK_NS
        if mode not in _STANDING or begin_ns >= end_ns or is_deaf(life, mode_begin_ns, end_ns):
            continue
        if has_restart(life, begin_ns, end_ns) or life.faults_in(begin_ns, end_ns, *MOVES_BY_ITSELF):
            continue
        for index in range(bisect_right(times_ns, begin_ns), bisect_right(times_ns, end_ns)):
            if edges[index][1] == _LEVEL_ON and not _is_boot(life, edges[index][0]):
                yield Found(edges[index][0], f"current in {mode}", f"current in {mode}")
                break
        moved_nl = abs(turned.between(begin_ns, end_ns))
        if moved_nl > DRAWN_NL:
            yield Found(end_ns, f"{moved_nl:.0f} nL turned in {mode}", f"turned in {mode}")


def _is_boot(life: Life, t_ns: int) -> bool:
    """Pins float from a reset until the firmware drives them; the mode before it is not that of a pump."""
    near = [*life.boots_ns, *life.losses_ns]
    return any(abs(t_ns - boot_ns) < 10 * NS_PER_S for boot_ns in near)


@invariant("suspended_is_probed_only", "THR-22")
def suspended_is_probed_only(life: Life) -> Iterator[Found]:
    """While MOTOR_STALL or SUPPLY_CRITICAL suspends, the rotor turns at most a stroke for each 10 min, and one for each
    start that a person asks for.
    """
    turned = Turned(life)
    for span in alarms(life):
        begin_ns = span.begin_ns + READ_BACK_NS
        end_ns = min(span.end_ns, span.released_ns, life.end_ns) - READ_BACK_NS
        if span.name not in ("MOTOR_STALL", "SUPPLY_CRITICAL") or begin_ns >= end_ns:
            continue
        if is_deaf(life, span.begin_ns, end_ns) or life.faults_in(begin_ns, end_ns, *MOVES_BY_ITSELF, *_SLIPS):
            continue
        starts = sum(begin_ns <= act.at_ns <= end_ns for act in life.acts if act.kind in ("start", "minimum_rate"))
        boots = sum(begin_ns <= boot_ns <= end_ns for boot_ns in life.boots_ns)
        most_nl = STROKE_NL * ((end_ns - begin_ns) // _PROBE_NS + 2 + starts + boots)
        moved_nl = turned.between(begin_ns, end_ns)
        if moved_nl > most_nl:
            yield Found(end_ns, f"{moved_nl:.0f} nL during {span.name}, at most {most_nl:.0f} nL", span.name)


@invariant("minimum_rate_without_sensor", "DET-08")
def minimum_rate_without_sensor(life: Life) -> Iterator[Found]:
    """While SENSOR_FAULT_ROTOR holds the minimum rate, no more than that is turned, and two strokes; where the
    programme asks for less, no more than it asks for.
    """
    turned = Turned(life)
    plan = life.record.plan
    for span in alarms(life):
        begin_ns = span.begin_ns + READ_BACK_NS
        end_ns = min(span.end_ns, span.released_ns, life.end_ns) - READ_BACK_NS
        if span.name != "SENSOR_FAULT_ROTOR" or begin_ns >= end_ns:
            continue
        if is_deaf(life, span.begin_ns, end_ns) or life.faults_in(begin_ns, end_ns, *MOVES_BY_ITSELF, *_SLIPS):
            continue
        boots = sum(begin_ns <= boot_ns <= end_ns for boot_ns in life.boots_ns)
        primed_nl = sum(turned.between(max(a, begin_ns), min(b, end_ns)) for a, b, _nl in boluses(life, "PRIMING"))
        least_nl = _MINIMUM_NL_PER_H * (end_ns - begin_ns) / NS_PER_H
        if plan is not None and plan_unknown_ns(life) > end_ns and not life.had("clock."):
            least_nl = min(
                least_nl, float(plan.volume_between(begin_ns, end_ns))
            )  # nothing where that asks for nothing
        most_nl = least_nl + STROKE_NL * (2 + boots) + max(primed_nl, 0.0)
        moved_nl = turned.between(begin_ns, end_ns)
        if moved_nl > most_nl:
            yield Found(end_ns, f"{moved_nl:.0f} nL without a rotor sensor, at most {most_nl:.0f} nL", "too much")


@invariant("no_reverse_commanded", "THR-20")
def no_reverse_commanded(life: Life) -> Iterator[Found]:
    """While the driver has current, the direction line says forward."""
    waves = life.record.waves or {}
    direction, enable = waves.get("DIR", []), waves.get("EN", [])
    if not direction or not enable:
        return
    driven = [(t_ns, level) for t_ns, level in direction if not _is_boot(life, t_ns)]
    times_ns = [t_ns for t_ns, _level in driven]
    forward = None
    for t_ns, level in enable:
        if level != _LEVEL_ON or _is_boot(life, t_ns):
            continue
        index = bisect_right(times_ns, t_ns) - 1
        if index < 0:
            continue
        forward = driven[index][1] if forward is None else forward
        if driven[index][1] != forward:
            yield Found(t_ns, "current with the direction line reversed", "reversed")
            return


@invariant("no_turning_back", "THR-20")
def no_turning_back(life: Life) -> Iterator[Found]:
    """Without a slip, a swapped winding or a reset inside a burst, the rotor never falls back by more than a stroke."""
    turned = Turned(life)
    for index in range(1, len(turned.nl)):
        back_nl = turned.nl[index - 1] - turned.nl[index]
        if back_nl <= STROKE_NL + 20.0:
            continue
        t_ns, before_ns = turned.t_ns[index], turned.t_ns[index - 1]
        if life.faults_in(before_ns, t_ns + 1, "motor.slip", *MOVES_BY_ITSELF):
            continue
        near_restart = any(
            before_ns - 30 * NS_PER_S <= boot_ns <= t_ns for boot_ns in (*life.boots_ns, *life.losses_ns)
        )
        if near_restart and back_nl <= DRAWN_NL:
            continue
        if back_nl <= DRAWN_NL and life.faults_in(before_ns - 24 * NS_PER_H, t_ns, "motor.stall", "motor.magnetic"):
            continue  # a rotor that was held is drawn to where the current is
        if back_nl <= DRAWN_NL and _is_booked(life, t_ns):
            continue  # current found the rotor at a phase that nobody knew
        yield Found(t_ns, f"{back_nl:.0f} nL back", "back")


def _is_booked(life: Life, t_ns: int) -> bool:
    """The log has it (THR-20)."""
    return any(abs(seen.t_ns - t_ns) < 20 * NS_PER_S for seen in life.record.log if seen.name == "ROTOR_DRAWN")


@invariant("slips_are_told", "DET-03")
def slips_are_told(life: Life) -> Iterator[Found]:
    """A rotor that slips back by an electrical cycle or more is told within a stroke interval; what it turned is booked
    as that, by the odometer's own invariant.
    """
    if life.had("flash.", "ram.", "cpu.", *MOVES_BY_ITSELF):
        return
    turned = Turned(life)
    spans = [span for span in alarms(life) if span.name in _OF_A_SLIP]
    for index in range(1, len(turned.nl)):
        t_ns, before_ns = turned.t_ns[index], turned.t_ns[index - 1]
        if turned.nl[index - 1] - turned.nl[index] < _SLIPPED_NL or not life.faults_in(
            before_ns, t_ns + 1, "motor.slip"
        ):
            continue
        until_ns = t_ns + interval_ns(lowest_rate(life, before_ns, t_ns) or _MINIMUM_NL_PER_H) + _SOON_NS
        if until_ns > life.end_ns or has_restart(life, before_ns, until_ns) or is_deaf(life, before_ns, until_ns):
            continue
        if life.faults_in(before_ns, until_ns, "sensor.rotor", "sensor.i2c", "sensor.magnet", "supply."):
            continue
        if not any(span.begin_ns <= until_ns and span.end_ns >= before_ns for span in spans):
            yield Found(t_ns, f"{turned.nl[index - 1] - turned.nl[index]:.0f} nL back, and nothing said so", "untold")
            return


_SLIPPED_NL = 800.0  # a cycle less the stroke in which it was lost, and what a roller takes
_OF_A_SLIP = ("STEP_LOSS", "MOTOR_STALL", "SYSTEM_FAULT", "SENSOR_FAULT_ROTOR", "OVER_DELIVERY")
