"""The calm: a pump that was mended is a pump again. And no firmware ends by itself."""

from __future__ import annotations

from collections.abc import Iterator

from hil.swarm.judging import Found, invariant
from hil.swarm.life import Life
from hil.swarm.spans import STROKE_NL, Turned, alarms, is_at_the_prompt, plan_unknown_ns, programmed_rates
from hil.swarm.story import SPOILT, times_of
from hil.words.quantity import NS_PER_S

# A flipped bit in flash may be one of the firmware's own files: that pump is flashed anew, which no alarm text is for.
# With one in memory the firmware itself may go astray; it must come back, but a traceback is no fault of it.
BEYOND_REPAIR = ("flash.bit_flip",)
# A rotor that turns as it should: the shares of its six positions between full steps differ by less.
_SHARE = 0.03
_SETTLING_S = 30


@invariant("way_back", "ALM-05")
def way_back(life: Life) -> Iterator[Found]:
    """After all faults are mended and a person has done what the alarm texts say, the pump runs its programme and no
    alarm is left, within two stroke intervals and 10 min.
    """
    times = times_of(life.scenario)
    if times is None or life.had(*BEYOND_REPAIR):
        return
    promised_ns = round(times.promised_s * NS_PER_S)
    if 0 in programmed_rates(life, round(times.calm_s * NS_PER_S), promised_ns):
        return  # some causes are over with the strokes that show it, and the programme asks for none
    # Of the status, not of the log: while flash took nothing the log did not say it.
    mode = next((seen.fields["mode"] for seen in life.record.statuses if seen.t_ns >= promised_ns), "silent")
    if mode == "silent" and is_at_the_prompt(life):
        return
    if mode != "RUNNING":
        yield Found(promised_ns, f"mode {mode}", f"mode {mode}")
    # A reservoir that ran dry leaves air in the line, which takes the pulses away until somebody vents it.
    is_dry = life.record.truth is not None and min(life.record.truth.reservoir_nl, default=1.0) <= 0.0
    # One of its own that comes later, like LOW_RESERVOIR, is another matter: what stays all the time is asked for.
    later = [seen.fields for seen in life.record.statuses if seen.t_ns >= promised_ns]
    if later and all(fields["alarm_count"] for fields in later):
        name = later[-1]["top_alarm"]
        if not (is_dry and name == "CATHETER_DISCONNECTED"):
            yield Found(promised_ns, f"{name} and {later[-1]['alarm_count'] - 1} others", name)


@invariant("rate_is_back", "ALM-05")
def rate_is_back(life: Life) -> Iterator[Found]:
    """After the promised time the rotor turns what the programme asks for, to two strokes and the rollers' share."""
    times = times_of(life.scenario)
    plan = life.record.plan
    if times is None or plan is None or life.had(*BEYOND_REPAIR) or plan_unknown_ns(life) < life.end_ns:
        return
    if is_at_the_prompt(life) and not any(seen.t_ns > times.promised_s * NS_PER_S for seen in life.record.statuses):
        return
    begin_ns, end_ns = round((times.promised_s + _SETTLING_S) * NS_PER_S), life.end_ns
    if any(span.name == "DOSE_LIMIT" and span.end_ns > begin_ns for span in alarms(life)):
        return  # holds delivery below the programme, which is what it is for
    wanted_nl = float(plan.volume_between(begin_ns, end_ns))
    turned_nl = Turned(life).between(begin_ns, end_ns)
    if abs(turned_nl - wanted_nl) > 2 * STROKE_NL + _SHARE * wanted_nl:
        what = "too little" if turned_nl < wanted_nl else "too much"
        yield Found(end_ns, f"{turned_nl:.0f} nL of {wanted_nl:.0f} nL", what)


@invariant("firmware_goes_on", "INT-03")
def firmware_goes_on(life: Life) -> Iterator[Found]:
    """The firmware neither ends by an error nor hangs, unless a bit of its memory was spoilt."""
    if life.crash and not life.had(*SPOILT):
        yield Found(life.end_ns, life.crash, life.crash.strip().splitlines()[-1][:80])


@invariant("restarts_have_a_cause", "INT-03")
def restarts_have_a_cause(life: Life) -> Iterator[Found]:
    """The processor starts anew only after its supply was gone, after a hang, or when a person had it do so."""
    before_ns = -(1 << 62)
    for boot_ns in life.boots_ns:
        was_off = any(before_ns - NS_PER_S <= loss_ns <= boot_ns for loss_ns in life.losses_ns)
        before_ns = boot_ns
        if was_off or is_at_the_prompt(life):
            continue
        causes = ("cpu.hang", "flash.write_error", "flash.full", *SPOILT)
        if life.faults_in(boot_ns - 60 * NS_PER_S, boot_ns, *causes) or life.had(*SPOILT):
            continue
        yield Found(boot_ns, "the processor started anew", "start")


@invariant("power_goes_for_a_cause", "INT-05")
def power_goes_for_a_cause(life: Life) -> Iterator[Found]:
    """The supply is gone only when a person or a fault took it. This holds the bench itself to its word."""
    offs_ns = [act.at_ns for act in life.acts if act.kind == "power_off"]
    for loss_ns in life.losses_ns:
        if loss_ns >= life.end_ns or life.faults_in(loss_ns - 1, loss_ns + 1, "supply."):
            continue
        if loss_ns not in offs_ns:
            yield Found(loss_ns, "power was lost", "loss")
