"""What a person can do, as scenario files: a reviewer needs no Python to check a therapy requirement."""

from __future__ import annotations

import pytest

from hil.run.execution import run_scenario
from hil.run.record import Record
from hil.run.result import RunResult
from hil.run.runner import Options
from hil.scenario.reader import read_text

# What the firmware doses is judged on a bench that is ideal on purpose.
pytestmark = pytest.mark.ideal_bench

HEAD = """
name = "therapy"
seed = 1
start_clock = "2026-03-02 08:00:00"
"""
THERAPY = """
[therapy]
drug = { name = "baclofen", concentration = "500 ug/mL" }
fill = "18 mL"
basal = "60 uL/h"
patient_bolus = { volume = "60 uL", duration = "1 min", lockout = "30 min", per_day = 3 }
"""


def run(duration: str, steps: str, therapy: str = THERAPY, bench: str = "") -> tuple[RunResult, Record]:
    text = f'{HEAD}duration = "{duration}"\n{bench}{therapy}{steps}'
    result, record = run_scenario(read_text(text, "therapy.toml")[0], "sim", Options())
    assert record is not None, result.message
    return result, record


def assert_passes(result: RunResult) -> None:
    lines = [f"{each.verdict} {each.text}: {each.seen}" for each in result.expectations]
    assert result.verdict == "pass", "\n".join([result.message, *lines])


def do(at: str, verb: str, arguments: str = "", refused: str = "") -> str:
    expect = f'expect = {{ refused = "{refused}" }}\n' if refused else ""
    return f'[[step]]\nat = "{at}"\ndo = "{verb}"\n{arguments}\n{expect}'


def delivered(start: str, end: str, comparison: str) -> str:
    return f'[[expect]]\ntruth = "delivered"\nover = ["{start}", "{end}"]\n{comparison}\n'


@pytest.mark.requirement("THR-09", "THR-12")
def test_a_clinician_bolus_with_a_patient_bolus_inside():
    result, _ = run(
        "40 min",
        do("0 min", "clinician_bolus", 'volume = "1 mL"\nduration = "30 min"')
        + do("10 min", "request_patient_bolus")
        + delivered("0 min", "30 min", 'between = ["1.05 mL", "1.06 mL"]')
        + delivered("0 min", "40 min", 'equals_programme_within = "0.1 %"')
        + delivered("32 min", "40 min", 'between = ["6.4 uL", "9.6 uL"]'),
    )
    assert_passes(result)
    assert result.programmed_nl == pytest.approx(1_000_000 + 60_000 + 40_000, abs=1)


@pytest.mark.requirement("THR-10", "THR-11")
def test_every_refusal_of_a_patient_bolus():
    result, record = run(
        "3 h",
        do("1 min", "press", 'button = "patient"\nhold = "300 ms"')
        + do("90 s", "request_patient_bolus", refused="BOLUS_ACTIVE")
        + do("5 min", "request_patient_bolus", 'every = "1 min"\ncount = 20', refused="LOCKOUT")
        + do("33 min", "request_patient_bolus")
        + do("65 min", "request_patient_bolus")
        + do("100 min", "request_patient_bolus", refused="COUNT_LIMIT")
        + do("110 min", "stop")
        + do("111 min", "request_patient_bolus", refused="WRONG_MODE")
        + do("112 min", "start")
        + '[[step]]\nat = "113 min"\ninject = "motor.stall"\nduration = "20 min"\n'
        + do("120 min", "request_patient_bolus", refused="ALARM_ACTIVE")
        + delivered("0 min", "100 min", 'between = ["279 uL", "281 uL"]')
        + delivered("111 min", "112 min", 'below = "1 nL"')
        + '[[expect]]\nrefused = "LOCKOUT"\ndo = "request_patient_bolus"\ncount = 20\n'
        + '[[expect]]\nlog = "BOLUS_STARTED"\ncount = 3\n',
    )
    assert_passes(result)
    assert len([answer for answer in record.answers if answer.reason == "LOCKOUT"]) == 20


@pytest.mark.requirement("THR-13")
def test_the_dose_limit_over_every_window():
    result, _ = run(
        "5 h",
        do("1 h", "clinician_bolus", 'volume = "200 uL"\nduration = "30 min"')
        + '[[expect]]\ntruth = "delivered"\nany_window = "2 h"\nbelow = "310 uL"\n'
        + '[[expect]]\nalarm = "DOSE_LIMIT"\nafter = "1 h"\nwithin = "2 h"\n'
        + '[[expect]]\nstatus = "flags"\nequals = "DOSE_THROTTLED"\nafter = "1 h"\nwithin = "2 h"\n',
        THERAPY + 'dose_limit = { volume = "310 uL", window = "2 h" }\n',
    )
    assert_passes(result)


@pytest.mark.requirement("THR-13")
def test_the_window_expectation_itself_fails_without_the_limit():
    result, _ = run(
        "3 h",
        do("1 h", "clinician_bolus", 'volume = "200 uL"\nduration = "30 min"')
        + '[[expect]]\ntruth = "delivered"\nany_window = "2 h"\nbelow = "310 uL"\n',
    )
    assert result.verdict == "fail"


@pytest.mark.requirement("THR-21", "THR-07")
def test_soft_and_hard_limits_of_a_drug():
    drug = (
        'drug = { name = "baclofen", concentration = "500 ug/mL", hard_rate = "100 uL/h", '
        'soft_rate = "80 uL/h", hard_bolus = "200 uL", soft_bolus = "90 uL" }\n'
    )
    result, _ = run(
        "3 h",
        do("10 min", "upload_programme", 'basal = "100.001 uL/h"')
        + do("11 min", "commit_programme", refused="OUT_OF_RANGE")
        + do("12 min", "abort_programme")
        + do("20 min", "upload_programme", 'basal = "90 uL/h"')
        + do("21 min", "commit_programme", refused="SOFT_LIMIT")
        + do("22 min", "confirm_soft_limit")
        + do("23 min", "commit_programme")
        + do("30 min", "clinician_bolus", 'volume = "0.25 mL"\nduration = "5 min"', refused="OUT_OF_RANGE")
        + '[[expect]]\nstatus = "flags"\nequals = "SOFT_LIMIT"\nover = ["25 min", "3 h"]\n'
        + '[[expect]]\nlog = "SOFT_LIMIT"\ncount = 1\n'
        + delivered("30 min", "3 h", 'between = ["223 uL", "227 uL"]'),
        THERAPY.replace('drug = { name = "baclofen", concentration = "500 ug/mL" }\n', drug),
    )
    assert_passes(result)


@pytest.mark.requirement("THR-19", "THR-21")
def test_a_change_of_concentration_with_a_bridge():
    new = 'basal = "15 uL/h"\ndrug = { name = "baclofen", concentration = "2000 ug/mL" }'
    result, _ = run(
        "14 h",
        do("0 min", "start")
        + do("1 h", "upload_programme", new)
        + do("1 h 1 min", "commit_programme")
        + do("1 h 2 min", "start", refused="NO_REFILL")
        + do("1 h 3 min", "refill", 'withdrawn = "17.94 mL"\nfilled = "18 mL"')
        + do("1 h 5 min", "start")
        + do("1 h 5 min", "bridge_bolus", 'volume = "200 uL"\nrate = "60 uL/h"')
        + '[[expect]]\nmode = "STOPPED"\nat = "1 h 2 min"\n'
        + delivered("1 h 2 min", "1 h 5 min", 'below = "1 nL"')
        + delivered("1 h 6 min", "4 h", 'between = ["172 uL", "176 uL"]')
        + delivered("5 h", "14 h", 'between = ["134 uL", "136 uL"]')
        + delivered("0 h", "14 h", 'equals_programme_within = "1 %"')
        + '[[expect]]\npatient = "hours_above"\nbelow = "1 min"\n',
    )
    assert_passes(result)


@pytest.mark.requirement("THR-18", "THR-08")
def test_a_new_pump_is_primed_then_started():
    result, _ = run(
        "1 h",
        do("0 min", "upload_programme")
        + do("0 min", "commit_programme")
        + do("1 min", "priming_bolus", 'volume = "241 uL"', refused="OUT_OF_RANGE")
        + do("2 min", "priming_bolus", 'volume = "200 uL"')
        + do("10 min", "start")
        + do("15 min", "priming_bolus", 'volume = "200 uL"', refused="WRONG_MODE")
        + '[[expect]]\nmode = "STANDBY"\nat = "9 min"\n'
        + delivered("0 min", "9 min", 'between = ["199 uL", "201 uL"]')
        + delivered("0 min", "1 h", 'equals_programme_within = "1 %"')
        + '[[expect]]\nstatus = "delivered"\nbelow = "51 uL"\n',
    )
    assert_passes(result)


@pytest.mark.requirement("RES-05", "RES-06", "RES-07", "DET-13")
def test_refills_right_and_wrong():
    result, _ = run(
        "6 h",
        do("1 h", "begin_refill")
        + do("1 h", "enter_filled", 'volume = "18 mL"', refused="NO_REFILL")
        + do("1 h", "enter_withdrawn", 'volume = "17.94 mL"')
        + do("1 h", "enter_filled", 'volume = "20.001 mL"', refused="OUT_OF_RANGE")
        + do("1 h", "cancel_refill")
        + do("1 h 1 min", "refill", 'withdrawn = "17.94 mL"\nfilled = "18 mL"\ntruly_filled = "15 mL"')
        + do("3 h", "refill", 'withdrawn = "14.88 mL"\nfilled = "18 mL"')
        + do("4 h", "acknowledge", 'alarm = "REFILL_MISMATCH"')
        + '[[expect]]\nnever = "ANY"\nover = ["0 h", "2 h 59 min"]\n'
        + '[[expect]]\nalarm = "REFILL_MISMATCH"\nafter = "3 h"\nwithin = "1 min"\ncleared_within = "62 min"\n'
        + '[[expect]]\nlog = "REFILL_MISMATCH"\nb = 2\n'
        + '[[expect]]\ntruth = "reservoir"\nat = "3 h 30 min"\nbetween = ["17.9 mL", "18 mL"]\n',
    )
    assert_passes(result)


@pytest.mark.requirement("RES-03", "RES-04", "RES-08")
def test_levels_of_a_configured_bench():
    result, _ = run(
        "4 h",
        '[[expect]]\nalarm = "REFILL_DUE"\nwithin = "11 min"\n'
        '[[expect]]\nalarm = "LOW_RESERVOIR"\nafter = "95 min"\nwithin = "10 min"\n'
        '[[expect]]\nalarm = "EMPTY_RESERVOIR"\nafter = "3 h 15 min"\nwithin = "10 min"\n'
        '[[expect]]\nmode = "STOPPED"\n'
        '[[expect]]\ntruth = "reservoir"\nabove = "0.999 mL"\n',
        THERAPY.replace("18 mL", "1.2 mL"),
        '[bench]\nlow_level = "1.1 mL"\nempty_level = "1 mL"\nrefill_due = "1 h"\n',
    )
    assert_passes(result)


@pytest.mark.requirement("THR-09", "THR-10")
def test_boluses_without_a_duration_are_given_as_fast_as_the_pump_can():
    result, _ = run(
        "10 min",
        do("1 min", "clinician_bolus", 'volume = "300 uL"')
        + do("5 min", "request_patient_bolus")
        + delivered("1 min", "2 min", 'between = ["300 uL", "302 uL"]')
        + delivered("5 min", "6 min", 'between = ["60 uL", "62 uL"]'),
        THERAPY.replace('duration = "1 min", ', ""),
    )
    assert_passes(result)


@pytest.mark.requirement("INT-05", "THR-14")
def test_power_clock_and_link_are_in_a_persons_reach():
    result, _ = run(
        "3 h",
        do("10 min", "clinician_bolus", 'volume = "600 uL"\nduration = "10 min"')
        + do("12 min", "power_off")
        + do("15 min", "power_on")
        + do("30 min", "set_clock", 'by = "3 h"')
        + do("40 min", "disconnect")
        + do("50 min", "connect")
        + do("1 h", "minimum_rate")
        + do("2 h", "start")
        + delivered("12 min 5 s", "15 min", 'below = "1 nL"')
        + delivered("16 min", "60 min", 'between = ["43 uL", "45 uL"]')
        # 1.93 uL, to a stroke of 0.3 uL and the rollers' share of 0.48 uL either way
        + delivered("61 min", "119 min", 'between = ["1.15 uL", "2.72 uL"]')
        + delivered("2 h", "3 h", 'between = ["59 uL", "61 uL"]'),
    )
    assert_passes(result)
