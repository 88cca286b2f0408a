"""Short scenarios on the emulated pump: what people do, what goes wrong, and each of the verdicts."""

from __future__ import annotations

import pytest

from hil.run.execution import run_scenario
from hil.run.record import Record
from hil.run.result import RunResult
from hil.run.runner import Options
from hil.scenario.reader import read_text

THERAPY = """
[therapy]
drug = { name = "baclofen", concentration = "500 ug/mL" }
fill = "18 mL"
basal = "60 uL/h"
patient_bolus = { volume = "10 uL", duration = "1 min", lockout = "30 min", per_day = 6 }
"""


def run(body: str, duration: str = "30 min", therapy: str = THERAPY, **options) -> tuple[RunResult, Record]:
    text = f'name = "short"\nduration = "{duration}"\nseed = 1\n{therapy}\n{body}'
    result, record = run_scenario(read_text(text, "short.toml")[0], "sim", Options(**options))
    assert record is not None, result.message
    return result, record


def seen(result: RunResult) -> str:
    return "\n".join(f"{each.verdict} {each.text}: {each.seen}" for each in result.expectations)


@pytest.mark.requirement("THR-05")
def test_a_pump_without_fault_passes_and_three_volumes_agree():
    result, record = run('[[expect]]\ntruth = "delivered"\nequals_programme_within = "2 %"\n')
    assert result.verdict == "pass", seen(result)
    assert result.programmed_nl == 30_000
    assert abs(result.delivered_nl - 30_000) < 600
    assert abs(result.computed_nl - result.delivered_nl) < 300
    assert result.strokes in (99, 100, 101)
    assert record.mode_at(0) == "RUNNING"
    assert {"programmed_nl", "delivered_nl", "computed_nl", "reservoir_nl", "rotor_rev"} <= set(result.series)


def test_what_is_expected_does_not_move_what_is_seen():
    stall = '[[step]]\nat = "2 min"\ninject = "motor.stall"\n'
    expectation = '[[expect]]\nalarm = "MOTOR_STALL"\nafter = "2 min"\nwithin = '
    short, _ = run(stall + expectation + '"3 min"\n', duration="6 min")
    long, _ = run(
        stall + expectation + '"4 min"\n[[expect]]\nnever = "SENSOR_FAULT"\nwithin = "77 s"\n', duration="6 min"
    )
    assert short.alarms == long.alarms and len(short.alarms) > 0
    assert short.delivered_nl == long.delivered_nl


def test_an_expectation_that_does_not_hold_fails():
    result, _ = run('[[expect]]\nalarm = "MOTOR_STALL"\n')
    assert (result.verdict, result.exit_code) == ("fail", 1)


def test_a_fault_without_effect_is_invalid_whatever_the_expectations_say():
    slip = '[[step]]\nat = "10 min"\ninject = "motor.coupling"\nfraction = 0.5\n'
    result, _ = run(slip + '[[step]]\nat = "5 min"\ndo = "stop"\n[[expect]]\nnever = "MOTOR_STALL"\n')
    assert (result.verdict, result.exit_code) == ("invalid", 4)
    assert "never took effect" in result.message
    assert [fault.took_effect for fault in result.faults] == [False]


def test_a_scenario_that_expects_nothing_is_invalid():
    result, _ = run("", duration="1 min")
    assert result.verdict == "invalid"


def test_a_condition_that_never_comes_is_invalid():
    step = '[[step]]\nwhen = "alarm MOTOR_STALL"\ndo = "stop"\n'
    result, _ = run(step + '[[expect]]\nnever = "MOTOR_STALL"\n', duration="5 min")
    assert result.verdict == "invalid"
    assert "never came true" in seen(result)


def test_a_stall_is_seen_with_its_times_and_bands():
    stall = '[[step]]\nat = "10 min"\ninject = "motor.stall"\nduration = "5 min"\n'
    result, _ = run(stall + '[[expect]]\nalarm = "MOTOR_STALL"\nafter = "10 min"\nwithin = "48 s"\n')
    assert result.verdict == "pass", seen(result)
    (fault,) = result.faults
    assert (fault.id, fault.at_s, fault.took_effect) == ("motor.stall", 600.0, True)
    assert [(span.name, span.t0_s, span.t1_s) for span in result.fault_spans] == [("motor.stall", 600.0, 900.0)]
    raised = next(alarm for alarm in result.alarms if alarm.name == "MOTOR_STALL")
    assert raised.priority == "HIGH" and 600 <= raised.t_s <= 648
    assert any(span.name == "MOTOR_STALL" and span.t1_s is not None for span in result.alarm_spans)


def test_a_step_may_wait_for_an_alarm_a_volume_or_a_stroke():
    body = """
[[step]]
when = "stroke 20"
inject = "motor.stall"
[[step]]
when = "alarm MOTOR_STALL"
delay = "10 s"
do = "clinician_bolus"
volume = "20 uL"
duration = "5 min"
expect = { refused = "ALARM_ACTIVE" }
[[step]]
when = "delivered 3 uL"
do = "request_patient_bolus"
expect = { accepted = true }
"""
    result, record = run(body)
    assert result.verdict == "pass", seen(result)
    stall = next(alarm for alarm in record.alarms if alarm.name == "MOTOR_STALL")
    answer = next(answer for answer in record.answers if answer.verb == "clinician_bolus")
    assert answer.t_ns == stall.t_ns + 10_000_000_000


@pytest.mark.requirement("THR-10", "THR-11")
def test_a_repeated_request_is_refused_by_the_lockout_and_the_oracle_knows_the_bolus():
    body = """
[[step]]
at = "5 min"
do = "press"
button = "patient"
hold = "200 ms"
[[step]]
at = "7 min"
every = "15 s"
count = 10
do = "request_patient_bolus"
expect = { refused = "LOCKOUT" }
[[expect]]
refused = "LOCKOUT"
count = 10
[[expect]]
log = "BOLUS_COMPLETED"
[[expect]]
truth = "delivered"
equals_programme_within = "2 %"
"""
    result, _ = run(body, duration="20 min")
    assert result.verdict == "pass", seen(result)
    assert result.programmed_nl == 20_000 + 10_000


def test_a_refusal_that_nobody_expected_fails():
    body = '[[step]]\nat = "1 min"\ndo = "priming_bolus"\nvolume = "100 uL"\n[[expect]]\nnever = "MOTOR_STALL"\n'
    result, _ = run(body, duration="2 min")
    assert result.verdict == "fail"
    assert "priming bolus is accepted: 1 x WRONG_MODE" in seen(result)
    expected, _ = run(body + '[[expect]]\nrefused = "WRONG_MODE"\n', duration="2 min")
    assert expected.verdict == "pass", seen(expected)


@pytest.mark.requirement("INT-05")
def test_power_comes_back_and_what_was_said_meanwhile_is_read_from_the_log():
    body = """
[bench]                                            # steady rollers: a quarter of an hour is a part of a turn
roller_dip = 0.0
roller_reversal = 0.0
[[step]]
at = "10 min"
do = "power_off"
[[step]]
at = "12 min"
do = "power_on"
[[expect]]
log = "BOOT"
after = "12 min"
[[expect]]
alarm = "POWER_LOST"
after = "12 min"
[[expect]]
mode = "RUNNING"
[[expect]]
truth = "delivered"
over = ["10 min 1 s", "12 min"]
below = "1 nL"
[[expect]]
truth = "delivered"
over = ["13 min", "30 min"]
equals_programme_within = "5 %"
"""
    result, _ = run(body)
    assert result.verdict == "pass", seen(result)


@pytest.mark.requirement("LNK-03")
def test_an_alarm_while_the_link_is_out_is_found_when_it_is_in_again():
    body = """
[[step]]
at = "5 min"
do = "disconnect"
[[step]]
at = "6 min"
inject = "motor.stall"
[[step]]
at = "20 min"
do = "connect"
[[expect]]
alarm = "MOTOR_STALL"
after = "6 min"
within = "48 s"
"""
    result, _ = run(body)
    assert result.verdict == "pass", seen(result)


def test_a_start_of_its_own_leaves_the_pump_standing_until_then():
    body = """
[[step]]
at = "10 min"
do = "start"
[[expect]]
mode = "STANDBY"
over = ["0 min", "9 min"]
[[expect]]
truth = "delivered"
over = ["0 min", "10 min"]
below = "1 nL"
[[expect]]
truth = "delivered"
over = ["10 min", "30 min"]
equals_programme_within = "5 %"
"""
    result, _ = run(body)
    assert result.verdict == "pass", seen(result)
    assert result.programmed_nl == pytest.approx(20_000, abs=10)


def test_a_stop_before_the_first_start_means_a_pump_that_runs():
    body = """
[[step]]
at = "10 min"
do = "stop"
[[step]]
at = "20 min"
do = "start"
[[expect]]
mode = "RUNNING"
at = "5 min"
[[expect]]
mode = "STOPPED"
at = "15 min"
[[expect]]
truth = "delivered"
equals_programme_within = "5 %"
"""
    result, _ = run(body)
    assert result.verdict == "pass", seen(result)
    assert result.programmed_nl == pytest.approx(20_000, abs=20)


def test_a_refill_may_differ_from_what_is_entered():
    body = """
[[step]]
at = "5 min"
do = "stop"
[[step]]
at = "6 min"
do = "refill"
withdrawn = "17.995 mL"
filled = "15 mL"
truly_filled = "10 mL"
[[expect]]
status = "reservoir"
equals = "15 mL"
tolerance = "0.01 mL"
[[expect]]
truth = "reservoir"
at = "10 min"
equals = "10 mL"
tolerance = "0.01 mL"
"""
    result, _ = run(body, duration="10 min")
    assert result.verdict == "pass", seen(result)


def test_a_therapy_that_the_pump_refuses_fails_with_its_reason():
    therapy = THERAPY.replace("500 ug/mL", '500 ug/mL", hard_rate = "30 uL/h')
    result, _ = run('[[expect]]\nnever = "MOTOR_STALL"\n', duration="1 min", therapy=therapy)
    assert result.verdict == "fail"
    assert "commit refused: OUT_OF_RANGE" in seen(result)


def test_the_same_seed_gives_the_same_log_at_any_speed():
    body = '[[step]]\nat = "2 min"\ninject = "motor.stall"\nduration = "1 min"\n'
    body += '[[expect]]\nalarm = "MOTOR_STALL"\n'
    hashes = {run(body, duration="5 min", speed=speed)[0].event_log_sha256 for speed in (None, None, 1_000.0)}
    assert len(hashes) == 1
    other, _ = run(body.replace("2 min", "121 s"), duration="5 min")
    assert other.event_log_sha256 not in hashes


def test_waves_are_recorded_when_they_are_asked_about():
    body = '[[step]]\nat = "1 min"\ndo = "press"\nbutton = "patient"\nhold = "1 s"\n'
    body += '[[expect]]\nwave = "PATIENT_BUTTON"\nequals = 2\n'
    body += '[[expect]]\nwave = "PATIENT_BUTTON"\nat = "60.5 s"\nlevel = 0\n'
    result, _ = run(body, duration="2 min")
    assert result.verdict == "pass", seen(result)


def test_a_bench_that_is_not_there_is_infrastructure_and_not_green():
    scenario = read_text('name = "x"\nduration = "1 min"\n[[expect]]\nnever = "ANY"\n', "x.toml")[0]
    result, record = run_scenario(scenario, "serial:/dev/ttyACM99", Options())
    assert (result.verdict, result.exit_code, record) == ("infra", 3, None)
    assert result.message


WHATEVER = {
    "refused": 'at = "1 min"\ndo = "clinician_bolus"\nvolume = "90 mL"\n',
    "without effect": 'at = "2 min"\ninject = "link.drop"\nduration = "1 ms"\n',
    "never": 'when = "alarm MOTOR_STALL"\ndo = "start"\n',
}
NO_ALARM = '[[expect]]\nnever = "ANY"\n'


@pytest.mark.parametrize("kind", WHATEVER)
def test_a_step_that_expects_anything_neither_fails_a_run_nor_makes_it_invalid(kind):
    step = "[[step]]\n" + WHATEVER[kind]
    assert run(step + "expect = { any = true }\n" + NO_ALARM)[0].verdict == "pass"
    assert run(step + NO_ALARM)[0].verdict != "pass"
