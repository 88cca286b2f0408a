"""Boluses: exact, one at a time, one inside another, halted for good (THR-09 to 14, THR-18, THR-19)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.firmware.core.core_modules import EVERY_DAY, core, ids, set_days
from tests.firmware.core.rig import ML, STROKE_NL, Rig

CLINICIAN, PATIENT, PRIMING, BRIDGE = (
    ids.CLINICIAN_BOLUS,
    ids.PATIENT_BOLUS,
    ids.PRIMING_BOLUS,
    ids.BRIDGE_BOLUS,
)
HALF_STROKE_NL = STROKE_NL / 2


def rig_with_patient_bolus(rate=20_000, volume_nl=10_000, duration_s=60, lockout_s=7_200, per_day=6):
    rig = Rig.simple(rate)
    assert rig.prescription.patient.set(volume_nl, duration_s, lockout_s, per_day) == ids.OK
    return rig.start()


@pytest.mark.requirement("THR-09")
@settings(max_examples=30)
@given(
    st.integers(1, 2 * ML),
    st.integers(1, 21_600),
    st.sampled_from([0, 2_000, 33_333, 1_000_000]),
)
def test_a_clinician_bolus_is_exact_within_the_maximum_rate(volume_nl, duration_s, rate):
    rig = Rig.simple(rate, volume_nl=20 * ML).start()
    assert rig.therapy.start_clinician_bolus(volume_nl, duration_s) == ids.OK
    assert rig.therapy.rate_nl_per_h <= 60_000_000
    stretched_s = max(duration_s, -(-volume_nl * 3600 // 59_000_000))
    rig.run_s_for(stretched_s - 0.001)
    assert rig.codes() == [ids.LOG_BOLUS_STARTED]
    rig.run_s_for(0.001)
    assert rig.codes() == [ids.LOG_BOLUS_STARTED, ids.LOG_BOLUS_COMPLETED]
    ideal_nl = volume_nl + rate * stretched_s / 3_600
    assert abs(rig.commanded_nl - ideal_nl) <= HALF_STROKE_NL
    assert rig.therapy.rate_nl_per_h == rate
    assert abs(rig.events[-1][2] - volume_nl) <= 2 * STROKE_NL


@pytest.mark.requirement("THR-09")
def test_a_clinician_bolus_is_evenly_spread():
    rig = Rig.simple(20_000).start()
    rig.therapy.start_clinician_bolus(600_000, 3_600)
    for minute in range(1, 61):
        rig.run_s_for(60)
        assert abs(rig.commanded_nl - minute * 620_000 / 60) <= HALF_STROKE_NL


@pytest.mark.requirement("THR-03")
@pytest.mark.requirement("THR-09")
def test_the_largest_bolus_on_the_highest_basal_reaches_the_maximum_rate_and_no_more():
    rig = Rig.simple(1_000_000, volume_nl=20 * ML).start()
    assert rig.therapy.start_clinician_bolus(10 * ML, 1) == ids.OK
    assert 59_900_000 < rig.therapy.rate_nl_per_h <= 60_000_000
    rig.run_s_for(611)
    assert rig.codes()[-1] == ids.LOG_BOLUS_COMPLETED
    gaps = [right[0] - left[0] for left, right in zip(rig.strokes, rig.strokes[1:], strict=False)]
    assert min(gaps[:-1]) >= 250
    assert max(volume for _, volume in rig.strokes) <= 5_000_000


@pytest.mark.requirement("THR-09")
@pytest.mark.parametrize(
    ("volume_nl", "duration_s"),
    [(0, 60), (40_000_001, 60), (1_000, 0), (1_000, 21_601), (-5, 60)],
)
def test_a_clinician_bolus_out_of_range_is_refused_and_delivers_nothing(volume_nl, duration_s):
    rig = Rig.simple(0).start()
    assert rig.therapy.start_clinician_bolus(volume_nl, duration_s) == ids.OUT_OF_RANGE
    rig.run_s_for(3_600)
    assert rig.strokes == []
    assert rig.events == [(ids.LOG_BOLUS_DENIED, CLINICIAN, ids.OUT_OF_RANGE)]


@pytest.mark.requirement("THR-09")
def test_one_clinician_bolus_at_a_time():
    rig = Rig.simple(0).start()
    assert rig.therapy.start_clinician_bolus(10_000, 600) == ids.OK
    rig.run_s_for(300)
    assert rig.therapy.start_clinician_bolus(10_000, 600) == ids.BOLUS_ACTIVE
    rig.run_s_for(3_600)
    assert abs(rig.commanded_nl - 10_000) <= HALF_STROKE_NL


@pytest.mark.requirement("THR-12")
def test_a_patient_bolus_inside_a_clinician_bolus_delays_it_and_takes_nothing_away():
    rig = rig_with_patient_bolus(rate=0)
    rig.therapy.start_clinician_bolus(ML, 1_800)
    rig.run_s_for(600)
    assert rig.therapy.start_patient_bolus() == ids.OK
    assert rig.therapy.rate_nl_per_h == 600_000
    rig.run_s_for(60)
    assert rig.therapy.rate_nl_per_h == 2_000_000
    rig.run_s_for(1_200 - 0.001)
    assert rig.codes()[-1] == ids.LOG_BOLUS_RESUMED
    rig.run_s_for(0.001)
    assert rig.now_ms == 31 * 60_000
    assert [(code, kind) for code, kind, _ in rig.events] == [
        (ids.LOG_BOLUS_STARTED, CLINICIAN),
        (ids.LOG_BOLUS_SUSPENDED, CLINICIAN),
        (ids.LOG_BOLUS_STARTED, PATIENT),
        (ids.LOG_BOLUS_COMPLETED, PATIENT),
        (ids.LOG_BOLUS_RESUMED, CLINICIAN),
        (ids.LOG_BOLUS_COMPLETED, CLINICIAN),
    ]
    assert abs(rig.commanded_nl - 1_010_000) <= HALF_STROKE_NL
    assert abs(rig.events[1][2] - 333_333) <= STROKE_NL


@pytest.mark.requirement("THR-12")
@settings(max_examples=25)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=5), st.integers(1, 90), st.integers(1_000, 500_000))
def test_suspended_often_the_clinician_bolus_still_ends_with_its_full_volume(waits, duration_s, volume_nl):
    rig = rig_with_patient_bolus(rate=0, volume_nl=5_000, duration_s=duration_s, lockout_s=0, per_day=96)
    rig.therapy.start_clinician_bolus(volume_nl, 1_000)
    inside_s = 0
    for wait_s in waits:
        rig.run_s_for(wait_s)
        if rig.therapy.boluses.other.kind == ids.NO_BOLUS:
            break
        if rig.therapy.start_patient_bolus() == ids.OK:
            inside_s += duration_s
    rig.run_until((1_000 + inside_s) * 1_000)
    completed = [event for event in rig.events if event[:2] == (ids.LOG_BOLUS_COMPLETED, CLINICIAN)]
    assert len(completed) == 1
    patients = sum(1 for event in rig.events if event[:2] == (ids.LOG_BOLUS_STARTED, PATIENT))
    assert abs(rig.commanded_nl - volume_nl - 5_000 * patients) <= HALF_STROKE_NL


@pytest.mark.requirement("THR-10")
@pytest.mark.requirement("THR-11")
def test_the_lockout_runs_from_the_end_of_the_last_delivery_however_often_one_asks():
    rig = rig_with_patient_bolus(rate=0)
    assert rig.therapy.start_patient_bolus() == ids.OK
    rig.run_s_for(60)
    while rig.now_ms < (60 + 7_200) * 1_000:
        assert rig.therapy.start_patient_bolus() == ids.LOCKOUT
        rig.run_s_for(15)
    rig.run_s_for(1)
    assert rig.therapy.lockout_s() == 0
    assert rig.therapy.start_patient_bolus() == ids.OK
    rig.run_s_for(60)
    assert abs(rig.commanded_nl - 20_000) <= HALF_STROKE_NL


@pytest.mark.requirement("THR-10")
def test_each_refusal_of_a_patient_bolus_has_its_own_reason_and_delivers_nothing():
    rig = rig_with_patient_bolus(rate=0, lockout_s=100, per_day=2)
    assert rig.therapy.start_patient_bolus() == ids.OK
    assert rig.therapy.start_patient_bolus() == ids.BOLUS_ACTIVE
    rig.run_s_for(61)
    assert rig.therapy.start_patient_bolus() == ids.LOCKOUT
    rig.run_s_for(101)
    assert rig.therapy.start_patient_bolus() == ids.OK
    rig.run_s_for(200)
    assert rig.therapy.start_patient_bolus() == ids.COUNT_LIMIT
    rig.stop()
    assert rig.therapy.start_patient_bolus() == ids.WRONG_MODE
    rig.start()
    rig.prescription.patient.set(0, 60, 100, 2)
    assert rig.therapy.start_patient_bolus() == ids.NOT_ALLOWED
    rig.run_s_for(3_600)
    assert abs(rig.commanded_nl - 20_000) <= HALF_STROKE_NL
    denied = [value for code, _, value in rig.events if code == ids.LOG_BOLUS_DENIED]
    assert denied == [ids.BOLUS_ACTIVE, ids.LOCKOUT, ids.COUNT_LIMIT, ids.WRONG_MODE, ids.NOT_ALLOWED]


@pytest.mark.requirement("RES-09")
@pytest.mark.parametrize(("above_nl", "reason"), [(10_299, ids.RESERVOIR_TOO_LOW), (10_300, ids.OK)])
def test_a_patient_bolus_must_be_covered_above_the_empty_level(above_nl, reason):
    # The volume and one stroke, since the last stroke may reach past the end of the bolus.
    rig = rig_with_patient_bolus(rate=0, volume_nl=10_000)
    rig.reservoir.refilled(500_000 + above_nl)
    assert rig.therapy.start_patient_bolus() == reason


@pytest.mark.requirement("THR-14")
@pytest.mark.parametrize("how", ["stop", "alarm to minimum rate", "cancel"])
def test_a_halted_bolus_never_comes_back_and_its_part_counts(how):
    rig = rig_with_patient_bolus(rate=20_000, volume_nl=60_000, duration_s=600)
    rig.therapy.start_clinician_bolus(600_000, 3_600)
    rig.run_s_for(600)
    rig.therapy.start_patient_bolus()
    rig.run_s_for(300)
    halts = {
        "stop": rig.stop,
        "alarm to minimum rate": lambda: rig.therapy.set_basal(core.flow.MINIMUM),
        "cancel": rig.therapy.cancel_bolus,
    }
    halts[how]()
    rig.drain()
    halted = {kind: value for code, kind, value in rig.events if code == ids.LOG_BOLUS_HALTED}
    assert abs(halted[PATIENT] - 30_000) <= 2 * STROKE_NL
    assert abs(halted[CLINICIAN] - 100_000) <= 2 * STROKE_NL
    before_nl = rig.commanded_nl
    rig.start().run_s_for(3_600)
    assert abs(rig.commanded_nl - before_nl - 20_000) <= STROKE_NL
    assert rig.therapy.start_patient_bolus() == ids.LOCKOUT
    assert rig.therapy.lockout_s() == 7_200 - 3_600 + 1


@pytest.mark.requirement("THR-14")
@pytest.mark.requirement("INT-04")
@pytest.mark.parametrize("off_s", [0, 5, 86_400], ids=["at once", "within the plan", "a day later"])
def test_after_a_power_cut_the_bolus_is_over_and_the_lockout_stands(off_s):
    rig = rig_with_patient_bolus(rate=0, volume_nl=60_000, duration_s=600)
    rig.therapy.start_patient_bolus()
    rig.run_s_for(300)
    rig.power_cycle(off_s)
    assert rig.events[-1][:2] == (ids.LOG_BOLUS_HALTED, PATIENT)
    before_nl = rig.commanded_nl
    rig.start().run_s_for(900)
    assert rig.commanded_nl == before_nl
    # At the latest at the end of its plan the delivery was over: 300 s after the cut.
    left_s = 7_200 + min(off_s, 301) - off_s - 900
    assert rig.therapy.lockout_s() == max(0, left_s)


@pytest.mark.requirement("THR-21")
def test_a_clinician_bolus_beyond_a_soft_limit_needs_a_confirmation_each_time():
    rig = Rig.simple(0).start()
    rig.prescription.drug.set(b"baclofen", 2000, 0, 0, 200_000, 100_000)
    therapy = rig.therapy
    assert therapy.start_clinician_bolus(150_000, 600) == ids.SOFT_LIMIT
    therapy.confirm_soft_limit()
    assert therapy.start_clinician_bolus(200_001, 600) == ids.OUT_OF_RANGE
    assert therapy.start_clinician_bolus(150_000, 600) == ids.SOFT_LIMIT
    therapy.confirm_soft_limit()
    assert therapy.start_clinician_bolus(150_000, 600) == ids.OK
    assert therapy.soft_fields() == core.prescription.SOFT_CLINICIAN_BOLUS
    rig.run_s_for(601)
    assert therapy.soft_fields() == 0
    assert therapy.start_clinician_bolus(100_000, 600) == ids.OK


@pytest.mark.requirement("THR-18")
def test_priming_fills_the_dead_volume_at_its_speed_and_is_booked_apart():
    rig = Rig.simple(20_000, dead_volume_nl=200_000)
    assert rig.therapy.start_priming(200_000) == ids.OK
    rig.run_s_for(199)
    assert not rig.therapy.is_priming_done()
    rig.run_s_for(1)
    assert rig.therapy.is_priming_done()
    assert abs(rig.commanded_nl - 200_000) <= HALF_STROKE_NL
    assert abs(rig.therapy.priming_nl - 200_000) <= STROKE_NL
    rig.stop()
    assert not rig.therapy.is_priming_done()
    primed_nl = rig.therapy.priming_nl
    rig.start().run_s_for(3_600)
    assert rig.therapy.priming_nl == primed_nl


@pytest.mark.requirement("THR-18")
@pytest.mark.parametrize(
    ("volume_nl", "reason"), [(240_000, ids.OK), (240_001, ids.OUT_OF_RANGE), (0, ids.OUT_OF_RANGE)]
)
def test_priming_is_bounded_by_the_dead_volume_plus_a_fifth(volume_nl, reason):
    assert Rig.simple(20_000, dead_volume_nl=200_000).therapy.start_priming(volume_nl) == reason


@pytest.mark.requirement("THR-18")
def test_a_running_pump_does_not_prime_and_a_priming_pump_gives_no_bolus():
    rig = rig_with_patient_bolus()
    assert rig.therapy.start_priming(100_000) == ids.WRONG_MODE
    rig.stop()
    assert rig.therapy.start_priming(100_000) == ids.OK
    assert rig.therapy.start_priming(100_000) == ids.BOLUS_ACTIVE
    assert rig.therapy.start_patient_bolus() == ids.BOLUS_ACTIVE
    assert rig.therapy.start_clinician_bolus(1_000, 60) == ids.BOLUS_ACTIVE


@pytest.mark.requirement("THR-19")
def test_a_bridge_bolus_holds_the_old_rate_for_its_volume_and_then_the_programme_runs():
    rig = rig_with_patient_bolus(rate=20_000)
    set_days(rig.prescription.programme, EVERY_DAY, [(0, 10_000), (300, 12_000)])
    rig.therapy.prescription_changed()
    assert rig.therapy.start_bridge(200_000, 20_000) == ids.OK
    assert rig.therapy.start_patient_bolus() == ids.BOLUS_ACTIVE
    assert rig.therapy.start_clinician_bolus(1_000, 60) == ids.BOLUS_ACTIVE
    rig.run_s_for(9 * 3_600)
    assert abs(rig.commanded_nl - 180_000) <= HALF_STROKE_NL
    rig.run_s_for(3_600)
    assert abs(rig.commanded_nl - 200_000) <= HALF_STROKE_NL
    assert rig.therapy.rate_nl_per_h == 12_000
    rig.run_s_for(3_600)
    assert abs(rig.commanded_nl - 212_000) <= HALF_STROKE_NL


@pytest.mark.requirement("THR-19")
@pytest.mark.parametrize(
    ("volume_nl", "rate", "reason"),
    [
        pytest.param(300_001, 20_000, ids.OUT_OF_RANGE, id="more than the dead volume and a fifth"),
        pytest.param(100_000, 1_999, ids.OUT_OF_RANGE, id="below the least rate"),
        pytest.param(100_000, 1_000_001, ids.OUT_OF_RANGE, id="above the highest basal rate"),
        pytest.param(300_000, 2_000, ids.OK, id="a week at the least rate"),
    ],
)
def test_a_bridge_bolus_is_bounded(volume_nl, rate, reason):
    assert Rig.simple(10_000, dead_volume_nl=250_000).start().therapy.start_bridge(volume_nl, rate) == reason


def test_the_event_queue_counts_what_it_cannot_hold():
    events = core.boluses.BolusEvents()
    for number in range(20):
        events.push(ids.LOG_BOLUS_DENIED, PATIENT, number)
    seen = []
    while events.pop():
        seen.append(events.value)
    assert (seen, events.lost) == (list(range(16)), 4)
