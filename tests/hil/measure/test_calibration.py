"""Volume of a revolution by balance: the fit against numpy's, its claim against chance, the whole against the plant."""

from __future__ import annotations

import random

import numpy
import pytest

from hil.errors import BenchBroken, OutOfRange
from hil.measure.calibration import Calibration, NotHonest, Weighed, check_volume, fit, volume_of
from hil.pump.client import Client
from hil.run.lead_in import wait_for_boot
from hil.scenario.reader import read_text
from hil.targets.balance import Balance
from hil.targets.sim import SimTarget
from hil.targets.sim_balance import BalancePort

BENCH = """
name = "A tube that gives less than its label"
requirements = ["THR-04"]
duration = "1 h"
seed = 11
[bench]
calibration_error = "-1.3 %"
[[expect]]
mode = "STANDBY"
at = "1 s"
"""
CONFIG = {"nl_per_rev": 60_000, "catheter_dead_volume_nl": 200_000}


def course(rng, revolutions=4, rest=60, evaporation_g_per_s=-2e-6, grams_per_rev=-0.0591, noise_g=1e-4):
    """Weighings as a calibration makes them: long rests at both ends, short ones between, a minute for a turn."""
    t_s, rows = 0.0, []
    for turned in range(revolutions + 1):
        for _ in range(rest if turned in (0, revolutions) else 5):
            grams = 180 + evaporation_g_per_s * t_s + grams_per_rev * turned + rng.gauss(0, noise_g)
            rows.append(Weighed(t_s, float(turned), grams))
            t_s += 1.0
        t_s += 70.0
    return rows


def test_the_fit_is_that_of_ordinary_least_squares():
    rows = course(random.Random(3))
    matrix = numpy.array([[1.0, row.t_s, row.revolutions] for row in rows])
    grams = numpy.array([row.grams for row in rows])
    wanted, (left,), _, _ = numpy.linalg.lstsq(matrix, grams, rcond=None)
    covariance = numpy.linalg.inv(matrix.T @ matrix) * left / (len(rows) - 3)
    found = fit(rows)
    assert found.drift_g_per_s == pytest.approx(wanted[1], rel=1e-5)
    assert found.grams_per_rev == pytest.approx(wanted[2], rel=1e-8)
    assert found.u_drift_g_per_s == pytest.approx(covariance[1, 1] ** 0.5, rel=1e-5)
    assert found.u_grams_per_rev == pytest.approx(covariance[2, 2] ** 0.5, rel=1e-5)


def test_two_standard_uncertainties_hold_the_truth_in_95_of_100_calibrations():
    rng = random.Random(8)
    fits = [fit(course(rng, rest=20)) for _ in range(600)]
    held = sum(abs(found.grams_per_rev + 0.0591) <= 2 * found.u_grams_per_rev for found in fits)
    assert 0.93 < held / 600 < 0.98


def test_evaporation_does_not_become_volume():
    still = fit(course(random.Random(1), evaporation_g_per_s=0.0))
    fast = fit(course(random.Random(1), evaporation_g_per_s=-2e-5))
    assert fast.grams_per_rev == pytest.approx(still.grams_per_rev, rel=1e-9)
    assert fast.drift_g_per_s == pytest.approx(still.drift_g_per_s - 2e-5, abs=1e-12)


def test_a_balance_without_noise_still_has_its_last_digit():
    found = fit(course(random.Random(1), noise_g=0.0))
    assert found.scatter_g == pytest.approx(0.0001 / 12**0.5)
    assert found.u_grams_per_rev > 0


def test_weighings_that_do_not_tell_time_from_turning_are_refused():
    with pytest.raises(NotHonest, match="cannot be told from delivery"):
        fit([Weighed(float(i), i / 60, 180 - i * 0.001) for i in range(20)])


@pytest.mark.parametrize(("revolutions", "least"), [(3, 4), (1, 4), (0, 4)])
def test_less_than_200_ul_is_refused_before_anything_turns(revolutions, least):
    with pytest.raises(OutOfRange, match=f"allowed: {least} or more: below 200 uL"):
        check_volume(revolutions, CONFIG)
    check_volume(least, CONFIG)


def test_a_head_larger_than_what_one_jog_may_turn_is_refused():
    with pytest.raises(OutOfRange, match="less than one revolution"):
        check_volume(4, {"nl_per_rev": 300_000, "catheter_dead_volume_nl": 200_000})


def test_a_balance_that_saw_less_than_200_ul_does_not_carry_a_calibration():
    slope = fit(course(random.Random(1), grams_per_rev=-0.001))
    with pytest.raises(NotHonest, match=r"saw 4\.\d uL in 4 revolutions.*is the line open"):
        volume_of(slope, 4.0, 0.9982)


@pytest.fixture
def bench():
    """A pump that knows its reservoir, and the host's client."""
    target = SimTarget.of_scenario(read_text(BENCH, "bench.toml")[0])
    with target:
        wait_for_boot(target.clock)
        client = Client(target.serial, target.clock)
        client.hello()
        client.refill_begin()
        client.refill_withdrawn(0)
        client.refill_filled(15_000_000)
        client.refill_confirm()
        yield target, client


def test_a_calibration_finds_the_true_volume_of_a_revolution_within_its_uncertainty(bench):
    target, client = bench
    before = target.world.truth()
    port = BalancePort(target, seed=4, evaporation_g_per_h=0.02)
    found = Calibration(client, Balance(port, target.clock)).run(4)
    after = target.world.truth()
    true_nl = (after.delivered_nl - before.delivered_nl) / (after.rotor_rev - before.rotor_rev)
    assert true_nl == pytest.approx(59_220, rel=0.002)
    assert abs(found.nl_per_rev - true_nl) < found.expanded_nl
    assert found.expanded_nl < 0.005 * true_nl
    assert found.revolutions == pytest.approx(4, abs=0.002)
    assert found.slope.drift_g_per_s == pytest.approx(-0.02 / 3600, abs=3 * found.slope.u_drift_g_per_s)
    assert client.status().mode == "STANDBY"


def test_a_pan_that_does_not_come_to_rest_is_a_broken_bench(bench):
    target, client = bench
    port = BalancePort(target, seed=4, evaporation_g_per_h=1_000.0)
    with pytest.raises(BenchBroken, match="not stable within 60 s.*draught"):
        Calibration(client, Balance(port, target.clock)).run(4)
