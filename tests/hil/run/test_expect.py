"""Expectations on hand-made records: each kind passes, fails and is invalid for the right reason."""

from __future__ import annotations

from datetime import datetime

import pytest

from hil.run.expect import evaluate
from hil.run.oracle import Act, Oracle
from hil.run.record import AlarmSeen, AnswerSeen, LogSeen, Record, StatusSeen
from hil.scenario.model import Programme
from hil.scenario.reader import read_text
from hil.targets.truth import TruthSeries
from hil.words.quantity import NS_PER_H, NS_PER_S

H = NS_PER_H
DAY_NS = 24 * H
MS = 1_000_000


def verdict(expectation: str, record: Record) -> str:
    text = f'name = "x"\nduration = "1 d"\n[[expect]]\n{expectation}\n'
    return evaluate(read_text(text, "x.toml")[0].expectations[0], record).verdict


def record(**parts) -> Record:
    return Record(end_ns=DAY_NS, **parts)


def steps_of_truth(step_nl: float = 10_000.0) -> TruthSeries:
    """A stroke every hour, on the hour, from hour 1 on; pressure 5 kPa, but 50 kPa at hour 7."""
    rows = range(25)
    return TruthSeries(
        t_ns=[row * H for row in rows],
        delivered_nl=[row * step_nl for row in rows],
        in_csf_nl=[row * step_nl / 2 for row in rows],
        reservoir_nl=[1e6 - row * step_nl for row in rows],
        line_pressure_kpa=[50.0 if row == 7 else 5.0 for row in rows],
        rotor_rev=[float(row) for row in rows],
        trapped_nl=[0.0] * 25,
    )


STALLED = record(
    alarms=[
        AlarmSeen(2 * H, "MOTOR_STALL", "RAISED"),
        AlarmSeen(3 * H, "MOTOR_STALL", "CLEARED"),
        AlarmSeen(5 * H, "SENSOR_FAULT_PRESSURE", "RAISED"),
    ]
)


@pytest.mark.parametrize(
    ("expectation", "wanted"),
    [
        ('alarm = "MOTOR_STALL"', "pass"),
        ('alarm = "MOTOR_STALL"\nafter = "2 h"\nwithin = "1 s"', "pass"),
        ('alarm = "MOTOR_STALL"\nafter = "1 h"\nwithin = "59 min"', "fail"),
        ('alarm = "MOTOR_STALL"\nafter = "121 min"', "fail"),
        ('alarm = "MOTOR_STALL"\ncleared_within = "1 h"', "pass"),
        ('alarm = "MOTOR_STALL"\ncleared_within = "59 min"', "fail"),
        ('alarm = "SENSOR_FAULT_PRESSURE"\ncleared_within = "20 h"', "fail"),
        ('alarm = "MOTOR_STALL"\ncount = 1', "pass"),
        ('alarm = "MOTOR_STALL"\nat_least = 2', "fail"),
        ('alarm = "CATHETER_OCCLUSION"', "fail"),
        ('alarm = "CATHETER_OCCLUSION"\ncount = 0', "pass"),
        ('alarm = "SENSOR_FAULT"', "pass"),
        ('alarm = ["STEP_LOSS", "MOTOR_STALL"]', "pass"),
        ('never = ["CATHETER_OCCLUSION", "OVER_DELIVERY"]', "pass"),
        ('never = ["SENSOR_FAULT"]', "fail"),
        ('never = "ANY"\nover = ["6 h", "1 d"]', "pass"),
        ('never = "ANY"\nafter = "5 h"', "fail"),
    ],
)
def test_alarms(expectation, wanted):
    assert verdict(expectation, STALLED) == wanted


@pytest.mark.parametrize("expectation", ['alarm = "MOTOR_STALL"', 'never = "ANY"', 'log = "BOOT"'])
def test_silence_of_a_pump_that_was_never_heard_shows_nothing(expectation):
    assert verdict(expectation, record(heard_pump=False)) == "invalid"


@pytest.mark.parametrize(
    ("expectation", "wanted"),
    [
        ('mode = "RUNNING"\nover = ["1 h", "4 h"]', "pass"),
        ('mode = "RUNNING"\nover = ["1 h", "6 h"]', "fail"),
        ('mode = "STOPPED"', "pass"),
        ('mode = "RUNNING"\nat = "4 h"', "pass"),
        ('mode = "STOPPED"\nafter = "1 h"\nwithin = "4 h"', "pass"),
        ('mode = "STOPPED"\nafter = "1 h"\nwithin = "3 h"', "fail"),
    ],
)
def test_modes(expectation, wanted):
    assert verdict(expectation, record(modes=[(0, "RUNNING"), (5 * H, "STOPPED")])) == wanted


def test_a_mode_that_nobody_told_is_invalid():
    assert verdict('mode = "RUNNING"', record()) == "invalid"


@pytest.mark.parametrize(
    ("expectation", "wanted"),
    [
        ('truth = "delivered"\nover = ["2 h", "5 h"]\nbelow = "30.1 uL"', "pass"),
        ('truth = "delivered"\nover = ["2 h", "5 h"]\nbelow = "30 uL"', "fail"),
        ('truth = "delivered"\nat = "5 h"\nequals = "50 uL"', "pass"),
        ('truth = "delivered"\nover = ["2 h", "5 h"]\nbetween = ["29 uL", "30 uL"]', "pass"),
        ('truth = "in_csf"\nover = ["0 h", "10 h"]\nequals = "52 uL"\ntolerance = "5 %"', "pass"),
        ('truth = "in_csf"\nover = ["0 h", "10 h"]\nequals = "52 uL"\ntolerance = "1 uL"', "fail"),
        ('truth = "line_pressure"\nbelow = "49 kPa"', "fail"),
        ('truth = "line_pressure"\nover = ["8 h", "1 d"]\nbelow = "6 kPa"', "pass"),
        ('truth = "line_pressure"\nabove = "40 kPa"', "pass"),
        ('truth = "reservoir"\nabove = "759 uL"', "pass"),
        ('truth = "reservoir"\nabove = "761 uL"', "fail"),
        ('truth = "reservoir"\nat = "10 h"\nequals = "900 uL"', "pass"),
        ('truth = "delivered"\nany_window = "2 h"\nbelow = "20.1 uL"', "pass"),
        ('truth = "delivered"\nany_window = "2 h"\nbelow = "20 uL"', "fail"),
        ('truth = "delivered"\nover = ["2 h", "5 h"]\nequals_programme_within = "1 %"', "pass"),
        ('truth = "missed"\nover = ["2 h", "5 h"]\nbelow = "1 nL"', "pass"),
    ],
)
def test_truth(expectation, wanted):
    oracle = Oracle(datetime(2026, 3, 2))
    oracle.note(Act(0, "programme", programme=Programme(days=(((0, 10_000),),) * 7)))
    oracle.note(Act(0, "start"))
    assert verdict(expectation, record(truth=steps_of_truth(), plan=oracle.plan(DAY_NS))) == wanted


def test_a_delivery_beyond_the_tolerance_fails():
    oracle = Oracle(datetime(2026, 3, 2))
    oracle.note(Act(0, "programme", programme=Programme(days=(((0, 10_000),),) * 7)))
    oracle.note(Act(0, "start"))
    late = record(truth=steps_of_truth(9_400.0), plan=oracle.plan(DAY_NS))
    within = 'truth = "delivered"\nequals_programme_within = "{} %"'
    assert verdict(within.format(5), late) == "fail"
    assert verdict(within.format(6.1), late) == "pass"


def test_truth_without_a_plant_or_without_a_programme_is_invalid():
    assert verdict('truth = "delivered"\nbelow = "1 uL"', record()) == "invalid"
    nothing_asked = record(truth=steps_of_truth(), plan=Oracle(datetime(2026, 3, 2)).plan(DAY_NS))
    assert verdict('truth = "delivered"\nequals_programme_within = "5 %"', nothing_asked) == "invalid"


@pytest.mark.parametrize(
    ("expectation", "wanted"),
    [
        ('refused = "LOCKOUT"', "pass"),
        ('refused = "LOCKOUT"\ndo = "clinician_bolus"', "fail"),
        ('refused = "LOCKOUT"\ncount = 2', "pass"),
        ('refused = "LOCKOUT"\nover = ["0 h", "90 min"]\ncount = 1', "pass"),
        ('refused = "ALARM_ACTIVE"', "fail"),
        ('refused = "LOCKOUT"\nafter = "4 h"', "invalid"),
        ('refused = "LOCKOUT"\ndo = "stop"', "invalid"),
    ],
)
def test_refusals(expectation, wanted):
    answers = [
        AnswerSeen(H, 0, "request_patient_bolus", "LOCKOUT"),
        AnswerSeen(2 * H, 0, "request_patient_bolus", "LOCKOUT"),
        AnswerSeen(3 * H, 1, "clinician_bolus", "OK"),
    ]
    assert verdict(expectation, record(answers=answers)) == wanted


@pytest.mark.parametrize(
    ("expectation", "wanted"),
    [
        ('log = "STALL"', "pass"),
        ('log = "STALL"\na = 300\nb = 0', "pass"),
        ('log = "STALL"\na = 301', "fail"),
        ('log = "STALL"\nafter = "3 h"', "fail"),
        ('log = "BOOT"\ncount = 0', "pass"),
    ],
)
def test_log_entries(expectation, wanted):
    assert verdict(expectation, record(log=[LogSeen(2 * H, "STALL", 300, 0, 5)])) == wanted


@pytest.mark.parametrize(
    ("expectation", "wanted"),
    [
        ('status = "reservoir"\nat = "1 h"\nequals = "5 mL"', "pass"),
        ('status = "reservoir_nl"\nbelow = "4.5 mL"', "pass"),
        ('status = "reservoir"\nover = ["1 h", "1 d"]\nbelow = "4.5 mL"', "fail"),
        ('status = "mode"\nequals = "STOPPED"\nafter = "2 h"\nwithin = "22 h"', "pass"),
        ('status = "mode"\nequals = "STOPPED"\nat = "1 h"', "fail"),
        ('status = "flags"\nequals = "OPEN_LOOP"\nat = "1 h"', "pass"),
        ('status = "flags"\nequals = "KEYLESS"\nat = "1 h"', "fail"),
        ('status = "pressure"\nat = "1 h"\nbetween = ["1 kPa", "1.5 kPa"]', "pass"),
        ('status = "lockout"\nat = "1 h"\nequals = "2 h"', "pass"),
        ('status = "strokes"\nat = "1 h"\nabove = 9', "pass"),
        ('status = "strokes"\nat = "12 h"\nabove = 9', "invalid"),
    ],
)
def test_status(expectation, wanted):
    first = {"reservoir_nl": 5_000_000, "mode": "RUNNING", "flags": ["OPEN_LOOP", "CLOCK_SET"], "strokes": 10}
    first |= {"pressure_pa": 1_300, "lockout_s": 7_200}
    last = {"reservoir_nl": 4_000_000, "mode": "STOPPED", "flags": [], "strokes": 20}
    # The answer to a question comes a little later than the moment that was asked for.
    statuses = [StatusSeen(H + 3 * MS, first), StatusSeen(DAY_NS, last)]
    assert verdict(expectation, record(statuses=statuses)) == wanted


def tones(*pulses: tuple[int, int], start_ns: int = 2 * H) -> list[tuple[int, int]]:
    """Edges of pulses (length in ms, silence after it in ms)."""
    edges, t_ns = [], start_ns
    for on_ms, off_ms in pulses:
        edges += [(t_ns, 1), (t_ns + on_ms * MS, 0)]
        t_ns += (on_ms + off_ms) * MS
    return edges


HIGH = tones(*([(100, 100), (100, 100), (100, 300), (100, 100), (100, 500)] * 2))
MEDIUM = tones((200, 200), (200, 200), (200, 0))


@pytest.mark.requirement("ALM-03")
@pytest.mark.parametrize(
    ("expectation", "sound", "wanted"),
    [
        ('buzzer = "HIGH"', HIGH, "pass"),
        ('buzzer = "HIGH"\nafter = "3 h"', HIGH, "fail"),
        ('buzzer = "MEDIUM"', HIGH, "fail"),
        ('buzzer = "MEDIUM"', MEDIUM, "pass"),
        ('buzzer = "LOW"', tones((200, 0)), "pass"),
        ('buzzer = "LOW"', tones((50, 0)), "fail"),
        ('buzzer = "SILENT"', [], "pass"),
        ('buzzer = "SILENT"\nover = ["1 h", "3 h"]', MEDIUM, "fail"),
        ('buzzer = "HIGH"', None, "invalid"),
    ],
)
def test_the_sound_of_the_buzzer(expectation, sound, wanted):
    assert verdict(expectation, record(buzzer=sound)) == wanted


@pytest.mark.parametrize(
    ("expectation", "wanted"),
    [
        ('wave = "EN"\nequals = 2', "pass"),
        ('wave = "EN"\nover = ["2 h", "1 d"]\nequals = 1', "pass"),
        ('wave = "EN"\nbelow = 2', "fail"),
        ('wave = "EN"\nat = "90 min"\nlevel = 0', "pass"),
        ('wave = "EN"\nat = "3 h"\nlevel = 0', "fail"),
        ('wave = "STEP"\nabove = 1', "invalid"),
    ],
)
def test_waves(expectation, wanted):
    edges = [(-10 * NS_PER_S, 1), (H, 0), (2 * H, 1)]
    assert verdict(expectation, record(waves={"EN": edges})) == wanted


def test_hours_of_the_patient_model():
    seen = record(patient={"hours_below": 3.5, "hours_above": 0.0})
    assert verdict('patient = "hours_below"\nabove = "3 h"', seen) == "pass"
    assert verdict('patient = "hours_above"\nabove = "1 min"', seen) == "fail"
    assert verdict('patient = "hours_above"\nbelow = "1 min"', record()) == "invalid"
