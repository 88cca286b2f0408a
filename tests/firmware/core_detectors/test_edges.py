"""Detectors exactly at their limits: one count or one stroke less is nothing, one more is told."""

from __future__ import annotations

import pytest

from protocols import ids


@pytest.mark.requirement("DET-08")
def test_a_pressure_sensor_is_stuck_at_the_sixth_repetition_and_not_before(firmware_module):
    module = firmware_module("firmware.core.pressure_watch")
    watch = module.PressureWatch()
    watch.judge(1_290, 1_300, 1_310)
    watch.judge(1_310, 1_310, 1_310)
    verdicts = [watch.judge(1_310, 1_310, 1_310) for _ in range(5)]
    assert verdicts == [module.PRESSURE_TRUSTED] * 4 + [module.PRESSURE_STUCK]


@pytest.mark.requirement("DET-08")
def test_a_noisy_pressure_sensor_is_trusted_again_below_half_of_the_limit(firmware_module):
    module = firmware_module("firmware.core.pressure_watch")
    watch = module.PressureWatch()
    for stroke in range(40):
        verdict = watch.judge(1_300, 4_300 + stroke, 5_000)
    assert verdict == module.PRESSURE_NOISY
    for stroke in range(100):
        verdict = watch.judge(1_300, 2_200 + stroke % 2, 5_000)  # 900 Pa: below the limit, above half of it
    assert verdict == module.PRESSURE_NOISY
    for stroke in range(100):
        verdict = watch.judge(1_300, 1_800 + stroke % 2, 5_000)  # 500 Pa
    assert verdict == module.PRESSURE_TRUSTED


@pytest.mark.requirement("DET-09")
def test_a_supply_between_critical_and_its_margin_stays_what_it_was(firmware_module):
    module = firmware_module("firmware.core.supply_watch")
    sinking = module.SupplyWatch(3_400, 3_000)
    recovering = module.SupplyWatch(3_400, 3_000)
    for _ in range(10):
        sinking.read(3_200)
        recovering.read(2_900)
    assert (sinking.verdict, recovering.verdict) == (module.SUPPLY_LOW, module.SUPPLY_CRITICAL)
    for _ in range(30):
        assert sinking.read(3_050) == module.SUPPLY_LOW
        assert recovering.read(3_050) == module.SUPPLY_CRITICAL


@pytest.mark.requirement("THR-20")
@pytest.mark.parametrize(
    ("angle", "verdict"),
    [
        pytest.param(94, "STROKE_RETRY", id="6 counts back are noise of two readings"),
        pytest.param(93, "STROKE_REVERSED", id="7 counts back are a rotor that turned"),
    ],
)
def test_a_reversal_begins_beyond_the_noise(firmware_module, angle, verdict):
    module = firmware_module("firmware.core.stroke_check")
    check = module.StrokeCheck(3_200)
    check.begin(16, 100, module.ATTEMPTS)
    assert check.judge(angle) == getattr(module, verdict)


@pytest.mark.requirement("ALM-03")
def test_a_new_priority_begins_its_own_lamp_at_once(firmware_module):
    module = firmware_module("firmware.core.signals")
    player = module.PatternPlayer()
    player.show(ids.HIGH, False)
    player.step(0)
    player.step(250)
    assert player.lamp == 0  # the dark part of a high alarm
    player.show(ids.MEDIUM, False)
    player.step(251)
    assert player.lamp == 1
    player.step(251 + 799)
    assert player.lamp == 1
    player.step(251 + 800)
    assert player.lamp == 0
