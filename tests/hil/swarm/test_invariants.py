"""Each invariant holds for a pump that does what it should, and sees a life in which it does not hold.

One quiet life is lived once and falsified in a copy: what is truly there is changed, never the invariant.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import msgspec
import pytest

from hil.run.oracle import Act
from hil.run.record import AlarmSeen, AnswerSeen, LogSeen
from hil.scenario.model import Do, DoseLimit, Drug
from hil.scenario.reader import read_text
from hil.swarm import invariants  # noqa: F401
from hil.swarm.judging import INVARIANTS, judge
from hil.swarm.life import FOREVER_NS, FaultSpan, Life, Wire, live
from hil.words.quantity import NS_PER_S
from hil.words.requirements import requirements

QUIET = """
name = "Quiet"
duration = "2 h"
seed = 3
[bench]
refill_due = "1 h"
[therapy]
drug = { name = "baclofen", concentration = "500 ug/mL" }
fill = "15 mL"
basal = "60 uL/h"
patient_bolus = { volume = "6 uL", duration = "1 min", lockout = "30 min", per_day = 2 }
dose_limit = { volume = "200 uL", window = "1 h" }
[[step]]
at = "10 min"
do = "request_patient_bolus"
expect = { any = true }
[[step]]
at = "30 min"
do = "clinician_bolus"
volume = "12 uL"
duration = "5 min"
expect = { any = true }
[[step]]
at = "45 min"
do = "stop"
expect = { any = true }
[[step]]
at = "50 min"
do = "follow_alarm_texts"
every = "1 min"
count = 10
expect = { any = true }
[[expect]]
status = "mode"
equals = "RUNNING"
at = "2 h"
"""
S = NS_PER_S
MIN = 60 * S


@pytest.fixture(scope="module")
def quiet() -> Life:
    (scenario,) = read_text(QUIET, "quiet.toml")
    return live(scenario)


def jump(life: Life, at_ns: int, nl: float) -> None:
    """The rotor turned so much more from a moment on."""
    truth = life.record.truth
    assert truth is not None
    revs = [
        rev + (nl / 60_000.0 if t_ns >= at_ns else 0.0) for t_ns, rev in zip(truth.t_ns, truth.rotor_rev, strict=True)
    ]
    truth.rotor_rev = revs


def stand(life: Life, since_ns: int, until_ns: int) -> None:
    """The rotor stood meanwhile."""
    truth = life.record.truth
    assert truth is not None
    held = truth.at(truth.rotor_rev, since_ns) or 0.0
    missed = (truth.at(truth.rotor_rev, until_ns) or 0.0) - held
    truth.rotor_rev = [
        held if since_ns <= t_ns < until_ns else rev - (missed if t_ns >= until_ns else 0.0)
        for t_ns, rev in zip(truth.t_ns, truth.rotor_rev, strict=True)
    ]


def alarm(life: Life, name: str, at_ns: int) -> None:
    life.record.alarms.append(AlarmSeen(at_ns, name, "RAISED"))


def entry(life: Life, at_ns: int, name: str, text: str, a: int = 0, b: int = 0) -> None:
    seq = max(seen.seq for seen in life.record.log) + 1
    life.record.log.append(LogSeen(at_ns, name, a, b, seq, text))
    life.record.log.sort(key=lambda seen: seen.t_ns)


def fault(life: Life, name: str, begin_ns: int, end_ns: int = FOREVER_NS) -> None:
    life.faults.append(FaultSpan(name, begin_ns, end_ns, True, {}))


def waves(life: Life) -> dict[str, list[tuple[int, int]]]:
    assert life.record.waves is not None
    return life.record.waves


def limit(life: Life, nl: int) -> None:
    therapy = msgspec.structs.replace(life.scenario.therapy, dose_limit=DoseLimit(nl, 3_600))
    life.scenario = msgspec.structs.replace(life.scenario, therapy=therapy)


def lose_frames(life: Life) -> None:
    life.wires = [wire for wire in life.wires if wire.is_request or not 20 * MIN < wire.t_ns < 25 * MIN]


def answer_late(life: Life) -> None:
    life.wires = [
        wire if wire.is_request or wire.t_ns < 20 * MIN else Wire(wire.t_ns + S, False, wire.data)
        for wire in life.wires
    ]


def second_bolus(life: Life) -> None:
    for begin in (12, 14):
        entry(life, begin * MIN, "BOLUS_STARTED", "BOLUS_STARTED PATIENT 6000")
        entry(life, begin * MIN + 60 * S, "BOLUS_COMPLETED", "BOLUS_COMPLETED PATIENT 6000", b=6_000)


def other_reservoir(life: Life) -> None:
    for seen in life.record.statuses:
        if seen.t_ns > 70 * MIN:
            seen.fields["reservoir_nl"] -= 5_000


def told_volume(life: Life) -> None:
    for seen in life.record.log:
        if seen.name == "BOLUS_COMPLETED" and "CLINICIAN" in seen.text:
            seen.b = 9_000


def lost_entry(life: Life) -> None:
    life.record.log = [seen for seen in life.record.log if seen.seq != 20]


def other_mode(life: Life) -> None:
    for seen in life.record.log:
        if seen.name == "MODE" and seen.t_ns > 40 * MIN:
            seen.b = 5
            return


def trap(life: Life) -> None:
    truth = life.record.truth
    assert truth is not None
    truth.trapped_nl = [
        25_000.0 if 20 * MIN < t_ns < 21 * MIN else nl for t_ns, nl in zip(truth.t_ns, truth.trapped_nl, strict=True)
    ]


def leak(life: Life) -> None:
    truth = life.record.truth
    assert truth is not None
    truth.reservoir_nl = [
        nl - (700.0 if t_ns > 90 * MIN else 0.0) for t_ns, nl in zip(truth.t_ns, truth.reservoir_nl, strict=True)
    ]


def reverse(life: Life) -> None:
    waves(life)["DIR"] = [*waves(life)["DIR"], (60 * MIN, 1 - waves(life)["DIR"][-1][1])]


def current_while_stopped(life: Life) -> None:
    waves(life)["EN"] = sorted([*waves(life)["EN"], (47 * MIN, 0), (47 * MIN + S, 1)])


def suspended(life: Life) -> None:
    alarm(life, "MOTOR_STALL", 70 * MIN)
    fault(life, "motor.stall", 69 * MIN)


def blind(life: Life) -> None:
    alarm(life, "SENSOR_FAULT_ROTOR", 70 * MIN)
    fault(life, "sensor.rotor_dead", 69 * MIN)


def status_of_fault(life: Life) -> None:
    for seen in life.record.statuses:
        if seen.t_ns >= 59 * MIN:
            seen.fields["mode"] = "FAULT"


def crash(life: Life) -> None:
    life.crash = "Traceback (most recent call last):\nValueError: no"


def restart(life: Life) -> None:
    life.boots_ns.append(70 * MIN)


def loss(life: Life) -> None:
    life.losses_ns.append(70 * MIN)
    life.acts.append(Act(80 * MIN, "power_off"))


def refused(life: Life, at_ns: int, reason: str, verb: str = "request_patient_bolus") -> None:
    """A step of the story is answered like this."""
    step = next(step.index for step in life.scenario.steps if getattr(step.action, "verb", "") == verb)
    life.record.answers.append(AnswerSeen(at_ns, step, verb, reason))
    life.record.answers.sort(key=lambda answer: answer.t_ns)


def bolus_under_alarm(life: Life) -> None:
    alarm(life, "CATHETER_DISCONNECTED", 70 * MIN)
    entry(life, 75 * MIN, "BOLUS_STARTED", "BOLUS_STARTED PATIENT 6000")


def drug_of(life: Life) -> Drug:
    assert life.scenario.therapy.drug is not None
    return life.scenario.therapy.drug


def hard_limit(life: Life) -> None:
    drug = msgspec.structs.replace(drug_of(life), hard_bolus_nl=10_000)
    therapy = msgspec.structs.replace(life.scenario.therapy, drug=drug)
    life.scenario = msgspec.structs.replace(life.scenario, therapy=therapy)


def another_drug(life: Life) -> None:
    """A commit in the middle of the storm is one of four times the concentration, and the pump runs on."""
    steps = list(life.scenario.steps)
    drug = msgspec.structs.replace(drug_of(life), concentration_ug_per_ml=2_000)
    for verb, arguments in (("upload_programme", {"drug": drug}), ("commit_programme", {})):
        number = len(steps)
        steps.append(msgspec.structs.replace(steps[0], index=number, action=Do(verb, arguments)))
        life.record.answers.append(AnswerSeen((61 + number) * MIN, number, verb, "OK"))
    life.scenario = msgspec.structs.replace(life.scenario, steps=tuple(steps))


def many_requests(life: Life) -> None:
    for number in range(3):
        entry(life, (70 + number) * MIN, "BOLUS_DENIED", "BOLUS_DENIED PATIENT LOCKOUT")


def gone_by_itself(life: Life) -> None:
    alarm(life, "STEP_LOSS", 70 * MIN)
    life.record.alarms.append(AlarmSeen(75 * MIN, "STEP_LOSS", "CLEARED"))


def returns(life: Life) -> None:
    for number in range(3):
        alarm(life, "SENSOR_FAULT_ROTOR", (70 + 5 * number) * MIN)
        life.record.alarms.append(AlarmSeen((72 + 5 * number) * MIN, "SENSOR_FAULT_ROTOR", "RELEASED"))


def never_probed(life: Life) -> None:
    alarm(life, "MOTOR_STALL", 70 * MIN)
    fault(life, "motor.stall", 69 * MIN, 80 * MIN)


def out_of_fault(life: Life) -> None:
    entry(life, 70 * MIN, "MODE", "MODE RUNNING FAULT")


def nearly_empty(life: Life) -> None:
    for seen in life.record.statuses:
        seen.fields["reservoir_nl"] = 1_500_000


def wrong_hint(life: Life) -> None:
    entry(life, 70 * MIN, "REFILL_MISMATCH", "REFILL_MISMATCH 5000000 2", 5_000_000, 2)


def slip(life: Life) -> None:
    fault(life, "motor.slip", 69 * MIN, 71 * MIN)
    jump(life, 70 * MIN, -1_200.0)


LIES: dict[str, Callable[[Life], None]] = {
    "dose_limit_in_every_window": lambda life: limit(life, 40_000),
    "patient_bolus_lockout": second_bolus,
    "nothing_made_up": lambda life: jump(life, 20 * MIN, 2_000.0),
    "programme_is_followed": lambda life: stand(life, 65 * MIN, 90 * MIN),
    "clinician_bolus_is_exact": told_volume,
    "trapped_volume": trap,
    "still_when_it_stands": current_while_stopped,
    "suspended_is_probed_only": suspended,
    "minimum_rate_without_sensor": blind,
    "no_reverse_commanded": reverse,
    "no_turning_back": lambda life: jump(life, 20 * MIN, -900.0),
    "detectable_faults_are_told": lambda life: fault(life, "sensor.rotor_dead", 70 * MIN),
    "no_alarm_without_cause": lambda life: alarm(life, "MOTOR_STALL", 70 * MIN),
    "lamp_is_that_of_the_alarm": lambda life: alarm(life, "CLOCK_FAULT", 70 * MIN),
    "buzzer_is_that_of_the_alarm": lambda life: alarm(life, "CLOCK_FAULT", 70 * MIN),
    "log_has_no_gap": lost_entry,
    "log_of_modes_is_a_chain": other_mode,
    "odometer_is_that_of_the_rotor": lambda life: jump(life, 70 * MIN, 1_500.0),
    "reservoir_falls_as_the_odometer_grows": other_reservoir,
    "volume_is_conserved": leak,
    "every_request_is_answered_once_and_in_time": lose_frames,
    "way_back": status_of_fault,
    "rate_is_back": lambda life: stand(life, 65 * MIN, 90 * MIN),
    "firmware_goes_on": crash,
    "restarts_have_a_cause": restart,
    "power_goes_for_a_cause": loss,
    "slips_are_told": slip,
    "lockout_is_no_longer": lambda life: refused(life, 60 * MIN, "LOCKOUT"),
    "no_bolus_under_an_inhibiting_alarm": bolus_under_alarm,
    "limits_of_the_drug_hold": hard_limit,
    "another_drug_waits_for_a_refill": another_drug,
    "one_press_is_one_request": many_requests,
    "the_strongest_action_governs": lambda life: alarm(life, "CATHETER_OCCLUSION", 70 * MIN),
    "a_latched_alarm_waits_for_a_person": gone_by_itself,
    "at_most_two_returns_an_hour": returns,
    "a_stall_is_probed": never_probed,
    "a_fault_is_left_by_a_test_only": out_of_fault,
    "low_and_empty_are_told": nearly_empty,
    "a_refill_that_does_not_agree_is_told": wrong_hint,
}


def test_nothing_is_violated_in_a_quiet_life(quiet):
    assert quiet.broken == ""
    assert judge(quiet) == []


def test_every_invariant_has_a_text_a_requirement_and_a_lie_that_it_sees():
    known = requirements()
    for each in INVARIANTS.values():
        assert each.text.endswith("."), each.name
        assert each.requirement in known, each.name
    assert set(LIES) == set(INVARIANTS)


@pytest.mark.parametrize("name", LIES)
def test_an_invariant_sees_a_life_in_which_it_does_not_hold(quiet, name):
    life = deepcopy(quiet)
    LIES[name](life)
    found = list(INVARIANTS[name].check(life))
    assert found, INVARIANTS[name].text


def test_an_answer_that_comes_late_is_seen(quiet):
    life = deepcopy(quiet)
    answer_late(life)
    assert {found.detail for found in INVARIANTS["every_request_is_answered_once_and_in_time"].check(life)} & {
        "late",
        "none",
    }
