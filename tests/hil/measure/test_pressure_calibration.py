"""Zero and gain of the pressure sensor: what comes out makes the pump show the pressure that is there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from hil.errors import OutOfRange
from hil.measure.calibration import NotHonest
from hil.measure.pressure_calibration import Reading, read_at_rest, span_mv, zero_mv

CONFIG = {"pressure_zero_mv": 200, "pressure_span_mv": 2_700}


def shown_pa(pin_mv, config):
    """As firmware/drivers/line_pressure.py has it."""
    return (pin_mv - config["pressure_zero_mv"]) * 200_000 / config["pressure_span_mv"]


@pytest.mark.parametrize(("true_zero_mv", "true_span_mv"), [(214, 2_700), (200, 2_640), (187, 2_790)])
def test_zero_and_then_gain_make_the_pump_show_the_truth(true_zero_mv, true_span_mv):
    config = dict(CONFIG)
    config["pressure_zero_mv"] = zero_mv(Reading(shown_pa(true_zero_mv, config), 10.0), config)
    assert config["pressure_zero_mv"] == true_zero_mv
    at_50_kpa_mv = true_zero_mv + true_span_mv / 4
    config["pressure_span_mv"] = span_mv(Reading(shown_pa(at_50_kpa_mv, config), 10.0), 50_000, config)
    assert config["pressure_span_mv"] == true_span_mv
    assert shown_pa(true_zero_mv + true_span_mv / 2, config) == pytest.approx(100_000)


@pytest.mark.parametrize("true_pa", [0, 19_999, 200_001])
def test_a_gain_wants_a_pressure_far_from_zero(true_pa):
    with pytest.raises(OutOfRange, match="allowed: 20 to 200 kPa"):
        span_mv(Reading(1_000.0, 10.0), true_pa, CONFIG)


def pump(readings, rate=0) -> Any:
    left = iter(readings)

    def status():
        return SimpleNamespace(rate_nl_per_h=rate, bolus_kind="NONE", mode="RUNNING", pressure_pa=next(left))

    return SimpleNamespace(status=status, listen=lambda seconds: ())


def test_twenty_readings_at_rest_are_averaged():
    found = read_at_rest(pump([1_000, 1_100] * 10))
    assert found.pressure_pa == 1_050
    assert found.u_pa == pytest.approx(51.3 / 20**0.5, rel=0.01)


def test_a_pump_that_moves_fluid_and_a_pressure_that_moves_are_refused():
    with pytest.raises(NotHonest, match="moves fluid: pumpbench ctl stop"):
        read_at_rest(pump([1_000] * 20, rate=600_000))
    with pytest.raises(NotHonest, match="does not stand still: it varied by"):
        read_at_rest(pump(range(0, 40_000, 2_000)))
