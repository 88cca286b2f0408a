"""`pumpbench bench`: what it measures and how it judges; how fast this machine is shows only itself."""

from __future__ import annotations

import msgspec
import pytest

from hil.quality.bench_speed import LEAST_SPEED, SCENARIO, Speed, measure, summary
from hil.scenario.reader import read_text


@pytest.fixture(scope="module")
def speed() -> Speed:
    day = read_text(SCENARIO.replace('"30 d"', '"1 d"'), "bench_speed")[0]
    seen: list[int] = []
    measured = measure(day, lambda now_ns, end_ns: seen.append(now_ns))
    assert seen == sorted(seen) and seen[-1] == day.duration_ns
    return measured


def at(speed: Speed, times_real: float) -> Speed:
    result = speed.result
    return Speed(msgspec.structs.replace(result, wall_s=result.simulated_s / times_real), 1e6)


def test_a_run_is_that_of_a_pump_that_delivers_as_programmed(speed):
    assert speed.result.verdict == "pass"
    assert speed.result.simulated_s == 86_400
    assert speed.result.strokes > 1_500
    assert speed.loop_events_per_s > 0
    assert f"{speed.times_real:,.0f} x real time" in speed.line()


def test_the_fastest_run_counts_because_others_only_slow_a_run_down(speed):
    runs = [at(speed, LEAST_SPEED / 2), at(speed, LEAST_SPEED * 1.1), at(speed, LEAST_SPEED / 3)]
    assert summary(runs).startswith("fastest of 3: 220,000 x real time, 0.22 s simulated per event")
    assert summary(runs).endswith("real time: reached")


def test_a_machine_on_which_no_run_is_fast_enough_is_told_so(speed):
    assert summary([at(speed, LEAST_SPEED * 0.99)]).endswith("NOT reached")
