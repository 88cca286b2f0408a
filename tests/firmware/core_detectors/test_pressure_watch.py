"""SENSOR_FAULT_PRESSURE where the pressure is implausible (DET-08), and its twins (ALM-06)."""

from __future__ import annotations

from random import Random

import pytest

from tests.firmware.core_detectors.bench_figures import (
    NEVER,
    RATES_UL_PER_H,
    STROKE_NL,
    Line,
    core,
    interval_s,
)

module = core("pressure_watch")


def pumped(watch, line, rate, strokes, sensor=lambda pa: pa):
    """(verdict, strokes until it), the first that is not 'trusted'. `sensor` distorts what is read."""
    for number in range(1, strokes + 1):
        line.rest(interval_s(rate))
        first_pa, second_pa = sensor(line.read_pa()), sensor(line.read_pa())
        line.pump(STROKE_NL)
        verdict = watch.judge(first_pa, second_pa, sensor(line.read_pa()))
        if verdict != module.PRESSURE_TRUSTED:
            return verdict, number
    return module.PRESSURE_TRUSTED, NEVER


@pytest.mark.requirement("ALM-06")
@pytest.mark.parametrize("rate", RATES_UL_PER_H)
@pytest.mark.parametrize("noise_kpa", [0.0, 0.1, 0.3])
def test_twin_a_good_sensor_is_trusted(rate, noise_kpa):
    assert pumped(module.PressureWatch(), Line(rate, noise_kpa), rate, 8_000)[1] == NEVER


@pytest.mark.requirement("ALM-06", "DET-05")
@pytest.mark.parametrize("resistance", [1e9, 1000, 100], ids=["occlusion", "bad kink", "kink"])
@pytest.mark.parametrize("rate", RATES_UL_PER_H)
def test_twin_a_line_under_pressure_is_not_a_bad_sensor(rate, resistance):
    watch, line = module.PressureWatch(), Line(rate)
    assert pumped(watch, line, rate, 50)[1] == NEVER
    line.resistance = resistance
    assert pumped(watch, line, rate, 20)[1] == NEVER


@pytest.mark.requirement("ALM-06", "DET-07")
@pytest.mark.parametrize("noise_kpa", [0.1, 0.3])
def test_twin_a_disconnected_line_is_not_a_stuck_sensor(noise_kpa):
    line = Line(5, noise_kpa)
    line.resistance = 1e-3
    assert pumped(module.PressureWatch(), line, 20, 8_000)[1] == NEVER


@pytest.mark.requirement("DET-08")
@pytest.mark.parametrize(
    ("sensor", "verdict", "within"),
    [
        pytest.param(lambda pa: -14_000, "PRESSURE_OUT_OF_RANGE", 3, id="wire broken"),
        pytest.param(lambda pa: 229_000, "PRESSURE_OUT_OF_RANGE", 3, id="shorted to the supply"),
        pytest.param(lambda pa: 1_300, "PRESSURE_STUCK", 8, id="stuck at a plausible pressure"),
        pytest.param(lambda pa: pa + 40_000, "PRESSURE_OFFSET", 10, id="offset upwards"),
        pytest.param(lambda pa: pa - 17_000, "PRESSURE_OUT_OF_RANGE", 3, id="offset downwards, below the range"),
    ],
)
@pytest.mark.parametrize("rate", RATES_UL_PER_H)
@pytest.mark.parametrize("strokes_before", [0, 100])
def test_a_bad_sensor_is_named_within_the_documented_strokes(rate, strokes_before, sensor, verdict, within):
    watch, line = module.PressureWatch(), Line(rate)
    pumped(watch, line, rate, strokes_before)
    seen, strokes = pumped(watch, line, rate, 100, sensor)
    assert seen == getattr(module, verdict)
    assert strokes <= within


@pytest.mark.requirement("DET-08")
@pytest.mark.parametrize("seed", range(10))
def test_noise_far_above_the_specified_is_known_within_15_strokes(seed):
    watch, line, random = module.PressureWatch(), Line(seed), Random(seed)
    pumped(watch, line, 20, 100)
    seen, strokes = pumped(watch, line, 20, 200, lambda pa: pa + int(random.gauss(0, 6_000)))
    assert seen == module.PRESSURE_NOISY
    assert strokes <= 15


@pytest.mark.requirement("DET-08")
@pytest.mark.parametrize(
    "sensor",
    [lambda pa: 229_000, lambda pa: 1_300, lambda pa: pa + 20_000],
    ids=["out of range", "stuck", "offset"],
)
def test_a_sensor_that_is_good_again_is_trusted_again(sensor):
    watch, line = module.PressureWatch(), Line(8)
    pumped(watch, line, 20, 50)
    for _ in range(60):
        pumped(watch, line, 20, 1, sensor)
    for _ in range(60):
        verdict, _ = pumped(watch, line, 20, 1)
    assert verdict == module.PRESSURE_TRUSTED


@pytest.mark.requirement("DET-08")
def test_one_bad_reading_is_no_fault():
    watch, line = module.PressureWatch(), Line(9)
    pumped(watch, line, 20, 50)
    for wrong_pa in (-14_000, 229_000, 60_000):
        assert pumped(watch, line, 20, 1, lambda pa, wrong_pa=wrong_pa: wrong_pa)[1] == NEVER
        assert pumped(watch, line, 20, 50)[1] == NEVER


@pytest.mark.requirement("DET-08")
def test_three_looks_out_of_range_are_a_fault_without_a_stroke_and_one_good_look_ends_it():
    watch = module.PressureWatch()
    assert [watch.rest(220_000) for _ in range(3)] == [
        module.PRESSURE_TRUSTED,
        module.PRESSURE_TRUSTED,
        module.PRESSURE_OUT_OF_RANGE,
    ]
    assert watch.is_outside
    assert watch.rest(1_300) == module.PRESSURE_TRUSTED
    assert not watch.is_outside


@pytest.mark.requirement("DET-08")
@pytest.mark.parametrize("rate", RATES_UL_PER_H)
def test_a_jump_between_two_strokes_that_stays_is_an_offset_although_a_patient_can_have_that_pressure(rate):
    watch, line = module.PressureWatch(), Line(rate)
    assert pumped(watch, line, rate, 100)[1] == NEVER
    assert pumped(watch, line, rate, 30, lambda pa: pa + 20_000) == (module.PRESSURE_OFFSET, 10)


@pytest.mark.requirement("ALM-06", "DET-05")
@pytest.mark.parametrize("rest_kpa", [-10.0, 13.3, 25.0, 33.0])
@pytest.mark.parametrize("rate", RATES_UL_PER_H)
def test_twin_a_patient_higher_or_lower_than_the_pump_is_no_bad_sensor(rate, rest_kpa):
    assert pumped(module.PressureWatch(), Line(rate, rest_kpa=rest_kpa), rate, 2_000)[1] == NEVER


@pytest.mark.requirement("ALM-06")
@pytest.mark.parametrize("posture_kpa", [8.0, -8.0])
def test_twin_a_patient_who_sits_up_or_lies_down_is_no_bad_sensor(posture_kpa):
    watch, line = module.PressureWatch(), Line(4)
    for turn in range(40):
        line.rest_kpa = 1.3 + (posture_kpa if turn % 2 else 0.0)
        assert pumped(watch, line, 20, 30)[1] == NEVER


@pytest.mark.requirement("ALM-06")
def test_twin_a_wide_code_of_the_converter_is_no_stuck_sensor_while_a_roller_leaves_the_tube():
    watch = module.PressureWatch()
    for _ in range(60):
        assert watch.judge(15_700, 15_700, 15_700) == module.PRESSURE_TRUSTED
