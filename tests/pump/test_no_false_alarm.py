"""Nothing is wrong, sensors are as noisy as they may be: no alarm (ALM-06)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emulator.bench.config import BenchConfig
from tests.pump.pump_rig import PumpRig

# Rotor: AS5600 datasheet, 0.043 degrees RMS. Pressure: 300 Pa, for which line_watch.py is made. Supply: three
# times what the bench has. Clock: DS3231 datasheet, 2 ppm.
SPECIFIED_NOISE = replace(
    BenchConfig(),
    rotor_noise_counts=0.49,
    pressure_noise_kpa=0.3,
    supply_noise_mv=10.0,
    clock_drift_ppm=2.0,
)
# A pump at 1000 uL/h has its refill due from the first minute on.
EXPECTED = {"REFILL_DUE"}
DAY_S = 86_400.0
LONG = [pytest.mark.slow, pytest.mark.timeout(1_800)]


def assert_quiet(rig: PumpRig) -> None:
    assert set(rig.raised()) <= EXPECTED
    assert rig.status.mode == "RUNNING"
    assert "OPEN_LOOP" not in rig.status.flags


@pytest.mark.requirement("ALM-06")
@pytest.mark.parametrize(
    ("rate", "hours"),
    [
        pytest.param(2_000, 24.0, id="a day at 2 uL per h"),
        pytest.param(20_000, 24.0, id="a day at 20 uL per h"),
        pytest.param(1_000_000, 1.0, id="an hour at 1000 uL per h"),
        pytest.param(2_000, 72.0, id="3 days at 2 uL per h", marks=LONG),
        pytest.param(20_000, 72.0, id="3 days at 20 uL per h", marks=LONG),
        pytest.param(2_000, 720.0, id="30 days at 2 uL per h", marks=LONG),
        pytest.param(20_000, 720.0, id="30 days at 20 uL per h", marks=LONG),
        pytest.param(1_000_000, 15.0, id="15 mL at 1000 uL per h", marks=LONG),
    ],
)
def test_a_fault_free_pump_raises_no_alarm(pump, rate, hours):
    rig = pump(rate, bench=SPECIFIED_NOISE)
    rig.run_for(hours * 3600.0)
    assert_quiet(rig)
    # Between two gaps the rollers are ahead of the rotor by up to 700 nL.
    assert rig.delivered_nl(0.0) == pytest.approx(rate * hours, rel=0.01, abs=700.0)


@pytest.mark.requirement("ALM-06", "THR-02", "THR-09")
@pytest.mark.parametrize("days", [1, pytest.param(30, marks=LONG)])
def test_nor_do_changing_rates_and_boluses(pump, days):
    """A clinician's bolus each morning, and a stop of an hour at noon."""
    rig = pump([(0, 2_000), (390, 60_000), (600, 0), (660, 8_000), (1320, 15_000)], bench=SPECIFIED_NOISE)
    for _ in range(days):
        rig.run_for(3600.0)
        rig.client.clinician_bolus(60_000, 60)
        rig.run_for(3 * 3600.0)
        rig.client.stop()
        rig.run_for(3600.0)
        rig.client.start()
        rig.client.clinician_bolus(50_000, 3600)
        rig.run_for(DAY_S - 5 * 3600.0)
    assert_quiet(rig)
