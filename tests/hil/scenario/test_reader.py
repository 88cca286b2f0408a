"""The scenario reader: what it understands, and that all else ends in one clear message with its line."""

from __future__ import annotations

from datetime import datetime

import pytest

from hil.errors import ScenarioError
from hil.scenario.model import AlarmExpectation, Clear, Do, Inject, Scenario, TruthExpectation
from hil.scenario.reader import read_file, read_text
from hil.words.quantity import NS_PER_DAY, NS_PER_H, NS_PER_MINUTE

STALL = """\
name = "Stall in a strong field, recovery two hours later"
why = "A stalled pump must call for help and must not make up the missed dose."
requirements = ["DET-01", "DET-02", "ALM-03"]
duration = "2 d"
seed = 7
start_clock = "2026-03-02 08:00:00"
targets = ["sim", "mpy", "chip", "board"]       # where it makes sense

[bench]
reservoir = "20 mL"
pressure_noise = "0.3 kPa"

[therapy]
drug = { name = "baclofen", concentration = "2000 ug/mL" }
fill = "18 mL"
basal = [
  { days = "mon-fri", segments = [["00:00", "15 uL/h"], ["06:30", "30 uL/h"], ["22:00", "15 uL/h"]] },
  { days = "sat,sun", segments = [["00:00", "20 uL/h"]] },
]
patient_bolus = { volume = "10 uL", duration = "1 min", lockout = "2 h", per_day = 6 }
dose_limit = { volume = "900 uL", window = "24 h" }

[[step]]
at = "1 d 02:00"
inject = "motor.magnetic_field"
duration = "40 min"
lag = "2 h"

[[step]]
at = "1 d 05:00"
do = "request_patient_bolus"
expect = { refused = "ALARM_ACTIVE" }

[[expect]]
alarm = "MOTOR_STALL"
after = "1 d 02:00"
within = "10 min"

[[expect]]
truth = "delivered"
over = ["1 d 02:10", "1 d 04:30"]
below = "1 uL"

[[expect]]
truth = "delivered"
over = ["0 d", "1 d"]
equals_programme_within = "5 %"
"""

HEAD = 'name = "x"\nduration = "2 d"\n'


def one(text: str) -> Scenario:
    (scenario,) = read_text(text, "x.toml")
    return scenario


def test_the_scenario_of_the_specification_is_understood():
    scenario = one(STALL)
    assert scenario.duration_ns == 2 * NS_PER_DAY
    assert scenario.start_clock == datetime(2026, 3, 2, 8)
    assert scenario.bench == {"reservoir": 20_000_000, "pressure_noise": pytest.approx(0.3)}
    therapy = scenario.therapy
    assert therapy.basal is not None and therapy.patient_bolus is not None and therapy.dose_limit is not None
    assert therapy.basal.days[0] == ((0, 15_000), (390, 30_000), (1320, 15_000))
    assert therapy.basal.days[4] == therapy.basal.days[0]
    assert therapy.basal.days[6] == ((0, 20_000),)
    assert (therapy.patient_bolus.volume_nl, therapy.patient_bolus.lockout_s) == (10_000, 7_200)
    assert (therapy.dose_limit.volume_nl, therapy.dose_limit.window_s) == (900_000, 86_400)
    field, bolus = scenario.steps
    assert field.at_ns == 26 * NS_PER_H
    assert field.action == Inject("motor.magnetic_field", {"duration": 2_400, "lag": 7_200})
    assert bolus.action == Do("request_patient_bolus", {})
    assert bolus.expect is not None and bolus.expect.refused == ("ALARM_ACTIVE",)
    alarm, span, day = scenario.expectations
    assert isinstance(alarm, AlarmExpectation) and alarm.end_ns == alarm.start_ns + 10 * NS_PER_MINUTE
    assert isinstance(span, TruthExpectation) and span.bound is not None and span.bound.high == 1_000
    assert isinstance(day, TruthExpectation) and day.programme_within is not None
    assert (day.start_ns, day.end_ns) == (0, NS_PER_DAY)


# Good text, the bad text in its place, then what the message must name: line, field, and words.
BAD = {
    "unknown key at the top": ("seed = 7", "sed = 7", 5, "sed", ["unknown key", "seed"]),
    "unknown key in the therapy": ("fill =", "filled =", 15, "therapy.filled", ["unknown key", '"fill"']),
    "unknown key in a step": ('lag = "2 h"', 'lagg = "2 h"', 27, "step.0.lagg", ["unknown key", '"lag"']),
    "unknown key in an expectation": (
        'within = "10 min"',
        'whithin = "10 min"',
        37,
        "expect.0.whithin",
        ["unknown key", '"within"'],
    ),
    "unit of another kind": ('"30 uL/h"', '"30 uL"', 17, "therapy.basal.0.segments.1.1", ['"30 uL"', "uL/h"]),
    "unit that does not exist": ('"18 mL"', '"18 mx"', 15, "therapy.fill", ['"18 mx"', "mL"]),
    "number without a unit": ('"20 mL"', "20", 10, "bench.reservoir", ["20", "volume"]),
    "segment out of order": (
        '["22:00", "15 uL/h"]',
        '["05:00", "15 uL/h"]',
        17,
        "therapy.basal.0.segments.2.0",
        ["out of order", '"05:00" follows "06:30"'],
    ),
    "time of day that does not exist": ('"06:30"', '"25:30"', 17, "therapy.basal.0.segments.1.0", ["23:59"]),
    "rate over the limit": (
        '"30 uL/h"',
        '"1.2 mL/h"',
        17,
        "therapy.basal.0.segments.1.1",
        ["rate over the limit", "1000 uL/h"],
    ),
    "rate under the limit": (
        '"20 uL/h"',
        '"1 uL/h"',
        18,
        "therapy.basal.1.segments.0.1",
        ["under the limit"],
    ),
    "day without segments": ('"sat,sun"', '"sat"', 16, "therapy.basal", ["no segments for sun"]),
    "day with two programmes": ('"sat,sun"', '"fri-sun"', 18, "therapy.basal.1.days", ["fri"]),
    "day that does not exist": ('"sat,sun"', '"sat,sum"', 18, "therapy.basal.1.days", ['"sun"']),
    "requirement that does not exist": ('"DET-02"', '"DET-20"', 3, "requirements.1", ["DET-20"]),
    "fault that does not exist": (
        "motor.magnetic_field",
        "motor.magnetic_fild",
        25,
        "step.0.inject",
        ['"motor.magnetic_field"'],
    ),
    "parameter out of its range": ('lag = "2 h"', 'lag = "30 h"', 27, "step.0.lag", ["0 s to 1 d"]),
    "verb that does not exist": (
        "request_patient_bolus",
        "request_bolus",
        31,
        "step.1.do",
        ["request_patient_bolus"],
    ),
    "reason that does not exist": ("ALARM_ACTIVE", "ALARM", 32, "step.1.expect.refused", ["ALARM_ACTIVE"]),
    "alarm that does not exist": ('"MOTOR_STALL"', '"MOTOR_STAL"', 35, "expect.0.alarm", ["MOTOR_STALL"]),
    "step after the end": ('at = "1 d 05:00"', 'at = "3 d"', 30, "step.1.at", ["2 d 00:00:00"]),
    "span that ends before it starts": (
        '["1 d 02:10", "1 d 04:30"]',
        '["1 d 04:30", "1 d 02:10"]',
        41,
        "expect.1.over",
        ["ends after it starts"],
    ),
    "text that is no TOML": ("seed = 7", "seed = = 7", 5, "", ["not TOML"]),
    "two comparisons": (
        'below = "1 uL"',
        'below = "1 uL"\nabove = "0 uL"',
        43,
        "expect.1.above",
        ["exactly one"],
    ),
    "seed that is no number": ("seed = 7", 'seed = "7"', 5, "seed", ["whole number"]),
    "target that does not exist": ('"chip"', '"ship"', 7, "targets.2", ['"chip"']),
    "reservoir that no bench can have": ('fill = "18 mL"', 'fill = "50 mL"', 15, "therapy.fill", ["nL"]),
}


@pytest.mark.parametrize("case", BAD, ids=list(BAD))
def test_bad_input_is_refused_with_line_field_and_what_is_allowed(case):
    good, bad, line, field, words = BAD[case]
    assert STALL.count(good) >= 1
    with pytest.raises(ScenarioError) as refusal:
        read_text(STALL.replace(good, bad, 1), "stall.toml")
    message = str(refusal.value)
    assert refusal.value.line == line, message
    assert refusal.value.field == field, message
    assert message.startswith(f"stall.toml:{line}: ")
    assert "\n" not in message
    for word in words:
        assert word in message


def test_a_missing_file_brings_the_nearest_name_of_the_library():
    with pytest.raises(ScenarioError) as refusal:
        read_file("demo_weak")
    assert '"demo_week"' in str(refusal.value)


def test_a_required_key_that_is_missing_is_named():
    with pytest.raises(ScenarioError, match="duration: missing"):
        read_text('name = "x"', "x.toml")


def test_one_rate_stands_for_the_whole_week():
    basal = one(HEAD + '[therapy]\nbasal = "1.5 mL/day"\n').therapy.basal
    assert basal is not None and basal.days == (((0, 62_500),),) * 7


def test_days_may_wrap_over_the_weekend():
    text = '[therapy]\nbasal = [{ days = "fri-mon", segments = [["00:00", "5 uL/h"]] },'
    text += ' { days = "tue,wed-thu", segments = [["00:00", "6 uL/h"]] }]\n'
    basal = one(HEAD + text).therapy.basal
    assert basal is not None
    assert [day[0][1] for day in basal.days] == [5_000, 6_000, 6_000, 6_000, 5_000, 5_000, 5_000]


def test_a_rate_over_the_limit_may_be_uploaded_to_show_that_the_pump_refuses_it():
    step = '[[step]]\nat = "1 h"\ndo = "upload_programme"\nbasal = "2 mL/h"\n'
    with pytest.raises(ScenarioError, match="over the limit"):
        read_text(HEAD + step, "x.toml")
    assert one(HEAD + step + 'expect = { refused = "OUT_OF_RANGE" }\n').steps


def test_a_step_may_repeat():
    step = one(HEAD + '[[step]]\nat = "1 h"\nevery = "15 s"\ncount = 100\ndo = "request_patient_bolus"\n').steps[0]
    assert (step.every_ns, step.count) == (15_000_000_000, 100)
    endless = one(HEAD + '[[step]]\nat = "1 d"\nevery = "6 h"\ndo = "silence"\n').steps[0]
    assert endless.count == 5


@pytest.mark.parametrize(
    ("clock", "hours"), [("10:30", 2.5), ("06:30", 22.5), ("1 d 09:00", 25), ("2026-03-03 08:00", 24)]
)
def test_a_wall_time_is_counted_from_the_clock_of_the_start(clock, hours):
    text = HEAD + f'start_clock = "2026-03-02 08:00"\n[[step]]\nclock = "{clock}"\ndo = "stop"\n'
    assert one(text).steps[0].at_ns == hours * NS_PER_H


def test_an_expectation_may_be_told_in_wall_time():
    text = HEAD + '[[expect]]\ntruth = "delivered"\nclock = true\nover = ["09:00", "1 d 08:00"]\nbelow = "1 mL"\n'
    expectation = one(text).expectations[0]
    assert (expectation.start_ns, expectation.end_ns) == (NS_PER_H, 24 * NS_PER_H)


@pytest.mark.parametrize(
    ("text", "kind", "name", "number"),
    [
        ("alarm MOTOR_STALL", "alarm", "MOTOR_STALL", 0),
        ("alarm = MOTOR_STALL", "alarm", "MOTOR_STALL", 0),
        ("mode STOPPED", "mode", "STOPPED", 0),
        ("delivered > 100 uL", "delivered", "", 100_000),
        ("stroke 25", "stroke", "", 25),
        ("flash operation 17", "flash", "", 17),
    ],
)
def test_a_step_may_wait_for_a_condition(text, kind, name, number):
    condition = one(HEAD + f'[[step]]\nwhen = "{text}"\ndelay = "5 s"\ndo = "stop"\n').steps[0].when
    assert condition is not None
    assert (condition.kind, condition.name, condition.number) == (kind, name, number)


def test_a_condition_that_is_none_brings_the_forms_that_there_are():
    with pytest.raises(ScenarioError, match=r"step\.0\.when.*stroke 100"):
        read_text(HEAD + '[[step]]\nwhen = "the moon is full"\ndo = "stop"\n', "x.toml")
    with pytest.raises(ScenarioError, match="MOTOR_STALL"):
        read_text(HEAD + '[[step]]\nwhen = "alarm MOTOR_STAL"\ndo = "stop"\n', "x.toml")


def test_a_step_needs_one_time_and_one_action():
    with pytest.raises(ScenarioError, match="missing time"):
        read_text(HEAD + '[[step]]\ndo = "stop"\n', "x.toml")
    with pytest.raises(ScenarioError, match="missing action"):
        read_text(HEAD + '[[step]]\nat = "1 h"\n', "x.toml")


def test_a_fault_can_be_switched_off_by_a_step():
    text = HEAD + '[[step]]\nat = "1 h"\nclear = "motor.stall"\n'
    assert one(text).steps[0].action == Clear("motor.stall")


def test_a_jump_of_the_clock_may_go_back():
    text = HEAD + '[[step]]\nat = "1 h"\ninject = "clock.jump"\nby = "-2 h"\n'
    assert one(text).steps[0].action == Inject("clock.jump", {"by": -7_200.0})


def test_a_refill_tells_what_is_entered_and_what_is_true():
    text = HEAD + '[[step]]\nat = "1 h"\ndo = "refill"\nwithdrawn = "3 mL"\nfilled = "18 mL"\n'
    action = one(text + 'truly_filled = "13 mL"\nport = "pocket"\n').steps[0].action
    assert action == Do(
        "refill",
        {"withdrawn": 3_000_000, "filled": 18_000_000, "truly_filled": 13_000_000, "port": "pocket"},
    )


def test_a_line_is_found_inside_nested_lists_and_after_comments():
    text = '# one\nname = "a # b"\nduration = "1 d"\n[therapy]\nbasal = [\n  # two\n'
    text += '  { days = "mon-sun", segments = [\n    ["00:00",\n     "5 kg"]] },\n]\n'
    with pytest.raises(ScenarioError) as refusal:
        read_text(text, "x.toml")
    assert refusal.value.line == 9


@pytest.mark.parametrize(
    ("tail", "words"),
    [
        ('[[expect]]\nalarm = "MOTOR_STALL"\nnever = "STEP_LOSS"\n', ["found alarm and never", "one of"]),
        ('[[step]]\nat = "1 min"\ndo = "stop"\ninject = "motor.stall"\n', ["found do and inject", "one of"]),
        ('[[expect]]\nalarm = "MOTOR_STALL"\nwithin = "0 min"\n', ["more than 0"]),
        ('[[expect]]\nalarm = "MOTOR_STALL"\nafter = "1 h"\nwithin = "5 h"\n', ["at most 01:00:00", "ends"]),
        ('[[expect]]\ntruth = "delivered"\nbelow = inf\n', ["expect.0.below"]),
        ('[[step]]\nat = "1 min"\ninject = "motor.slip"\nfraction = nan\n', ["fraction"]),
    ],
    ids=["two kinds", "two actions", "no time", "beyond the end", "infinity", "no number"],
)
def test_a_message_names_what_is_truly_allowed(tail, words):
    with pytest.raises(ScenarioError) as refused:
        read_text('name = "x"\nduration = "2 h"\n[therapy]\nfill = "15 mL"\nbasal = "30 uL/h"\n' + tail, "x.toml")
    assert all(word in str(refused.value) for word in words), refused.value


BIT_FLIP = """
name = "a bit"
why = "in RAM"
requirements = ["INT-08"]
duration = "1 h"
{targets}
[[step]]
at = "20 min"
inject = "ram.bit_flip"
[[expect]]
never = ["OVER_DELIVERY"]
"""


def test_a_scenario_is_for_the_targets_on_which_its_faults_can_be():
    assert read_text(BIT_FLIP.format(targets=""), "bit.toml")[0].targets == ("sim",)
    assert read_text(BIT_FLIP.format(targets='targets = ["sim"]'), "bit.toml")[0].targets == ("sim",)


@pytest.mark.parametrize("target", ["mpy", "chip", "board"])
def test_a_target_on_which_a_fault_of_the_file_cannot_be_is_refused_with_its_line(target):
    with pytest.raises(ScenarioError) as caught:
        read_text(BIT_FLIP.format(targets=f'targets = ["sim", "{target}"]'), "bit.toml")
    assert (caught.value.line, caught.value.field) == (6, "targets")
    assert target in str(caught.value) and "sim" in str(caught.value)


def test_a_key_that_stands_twice_is_named():
    with pytest.raises(ScenarioError, match=r"x.toml:3: not TOML: basal stands here for the second time"):
        read_text('[therapy]\nbasal = "30 uL/h"\nbasal = "20 uL/h"\n', "x.toml")
