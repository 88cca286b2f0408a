"""Days of random therapy with random power cuts: the dose limit and the odometer hold (THR-13, INT-04)."""

from __future__ import annotations

from statistics import median

import pytest

from tests.power_cuts.torture import LIMIT_NL, Ordeal
from tests.pump.pump_rig import COUNT_NL


def assert_survived(ordeal: Ordeal, cuts: int) -> None:
    assert ordeal.complaints == []
    assert ordeal.done["cuts"] >= cuts, ordeal.done
    assert ordeal.fullest_nl > 0.8 * LIMIT_NL, "the limit must have been near"
    assert median(ordeal.apart_nl) < 3 * COUNT_NL, "what each cut adds to, or takes off, would be a drift"


@pytest.mark.requirement("THR-13", "INT-04", "THR-02")
def test_a_day_of_anything_keep_limit_and_odometer():
    ordeal = Ordeal(seed=1)
    ordeal.run(days=1.0)
    assert_survived(ordeal, cuts=8)


@pytest.mark.slow
@pytest.mark.timeout(7_200)
@pytest.mark.requirement("THR-13", "INT-04", "THR-02")
@pytest.mark.parametrize("seed", range(12))
def test_a_year_of_anything_keeps_limit_and_odometer(seed):
    """A month each, twelve of them."""
    ordeal = Ordeal(seed=100 + seed)
    ordeal.run(days=30.5)
    print(dict(ordeal.done), round(ordeal.fullest_nl), round(median(ordeal.apart_nl)), round(max(ordeal.apart_nl)))
    assert_survived(ordeal, cuts=200)
