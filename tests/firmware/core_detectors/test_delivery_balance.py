"""UNDER_DELIVERY and OVER_DELIVERY against the programme, fed by the dosing that the pump uses (DET-04)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.mcu.loader import load_modules
from tests.firmware.core_detectors.bench_figures import (
    NEVER,
    NL_PER_COUNT,
    RATES_UL_PER_H,
    REPOSITORY,
    STROKE_NL,
    Rotor,
    interval_s,
)

modules = load_modules(
    REPOSITORY,
    "firmware.core.delivery_balance",
    "firmware.core.dosing",
    "firmware.core.stroke",
    guard=True,
)
module = modules.delivery_balance


class Pump:
    """Dosing, strokes and a rotor, booked into a balance; `share` is what the rotor follows."""

    def __init__(self, seed=1, noise_counts=0.5):
        self.balance = module.DeliveryBalance(STROKE_NL)
        self.dosing = modules.dosing.Dosing()
        self.plan = modules.stroke.StrokePlan(18_750)
        self.rotor = Rotor(seed, noise_counts)
        self.angle = self.rotor.read()
        self.now_ms = 0
        self.programmed_pl = 0
        self.share = 1.0

    def _stroke(self, microsteps):
        self.dosing.take(microsteps * 18_750)
        self.rotor.turn(microsteps * self.share)
        after = self.rotor.read()
        moved = (after - self.angle + 2048) % 4096 - 2048
        self.angle = after
        whole_nl = self.programmed_pl // 1000
        self.programmed_pl -= whole_nl * 1000
        self.balance.programmed(whole_nl)
        return self.balance.stroke(self.now_ms // 1000, self.plan.volume_nl(microsteps), int(moved * NL_PER_COUNT))

    def run(self, rate_nl_per_h, seconds):
        """Pump at a constant rate. Returns the first deviation and the seconds until it."""
        end_ms, start_ms = self.now_ms + int(seconds * 1000), self.now_ms
        self.plan.plan(rate_nl_per_h)
        while self.now_ms < end_ms:
            wait_ms = self.dosing.ms_until(self.plan.threshold_pl, rate_nl_per_h)
            wait_ms = min(max(wait_ms, 1), end_ms - self.now_ms)
            due_pl = self.dosing.due_pl
            self.dosing.accrue(rate_nl_per_h, wait_ms)
            self.programmed_pl += self.dosing.due_pl - due_pl
            self.now_ms += wait_ms
            microsteps = self.plan.due_microsteps(self.dosing.due_pl)
            if microsteps:
                verdict = self._stroke(microsteps)
                if verdict != module.DELIVERY_AS_PROGRAMMED:
                    return verdict, (self.now_ms - start_ms) / 1000
        return module.DELIVERY_AS_PROGRAMMED, NEVER


@pytest.mark.requirement("DET-04", "ALM-06")
@pytest.mark.parametrize(("rate", "seconds"), [(2, 30 * 86_400), (20, 3 * 86_400), (1000, 20_000)])
def test_twin_a_healthy_pump_delivers_as_programmed(rate, seconds):
    assert Pump(rate).run(rate * 1000, seconds)[1] == NEVER


@pytest.mark.requirement("DET-04", "ALM-06")
@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([0, 2_000, 15_000, 250_000, 6_000_000, 60_000_000]), st.integers(1, 3000)),
        min_size=2,
        max_size=8,
    ),
    st.integers(0, 1000),
)
def test_twin_no_change_of_rate_or_bolus_looks_like_a_deviation(spans, seed):
    pump = Pump(seed)
    for rate_nl_per_h, seconds in spans:
        if rate_nl_per_h >= 6_000_000:
            seconds //= 50
        assert pump.run(rate_nl_per_h, seconds)[1] == NEVER


@pytest.mark.requirement("DET-04")
@pytest.mark.parametrize("rate", RATES_UL_PER_H)
@pytest.mark.parametrize(
    ("share", "verdict"),
    [(0.75, module.DELIVERY_UNDER), (1.3, module.DELIVERY_OVER)],
    ids=["a quarter lost", "a third too much"],
)
def test_a_clear_deviation_is_known_after_15_min_or_3_strokes_whichever_is_longer(rate, share, verdict):
    pump = Pump(rate)
    span_s = max(900, 3 * interval_s(rate))
    assert pump.run(rate * 1000, 4 * span_s)[1] == NEVER
    pump.share = share
    seen, delay_s = pump.run(rate * 1000, 10 * span_s)
    assert seen == verdict
    assert delay_s <= span_s + max(75, interval_s(rate)) * 2


@pytest.mark.requirement("DET-04")
@pytest.mark.parametrize("rate", RATES_UL_PER_H)
@pytest.mark.parametrize(
    ("share", "verdict"),
    [(0.87, module.DELIVERY_UNDER), (1.13, module.DELIVERY_OVER)],
    ids=["13 % lost", "13 % too much"],
)
def test_a_small_deviation_is_known_after_16_strokes_or_20_min_whichever_is_longer(rate, share, verdict):
    pump = Pump(rate)
    pump.share = share
    seen, delay_s = pump.run(rate * 1000, 30_000)
    assert seen == verdict
    assert delay_s <= max(1_300, 18 * interval_s(rate))


def test_after_clear_the_past_is_not_judged():
    pump = Pump()
    pump.share = 0.5
    assert pump.run(20_000, 10_000)[0] == module.DELIVERY_UNDER
    pump.share = 1.0
    pump.balance.clear(pump.now_ms // 1000)
    assert pump.run(20_000, 10_000)[1] == NEVER


class PlainBalance:
    """The same judgement as it is written down: every block kept apart, each run added up anew, shortest first."""

    def __init__(self):
        self.blocks = []  # oldest first: (start_s, programmed_nl, measured_nl, commanded volumes)
        self.verdict = module.DELIVERY_AS_PROGRAMMED

    def stroke(self, run_s, programmed_nl, commanded_nl, measured_nl):
        if not self.blocks:
            self.blocks.append((run_s, 0, 0, []))
        else:
            start_s, programmed, measured, commanded = self.blocks[-1]
            self.blocks[-1] = (start_s, programmed + programmed_nl, measured + measured_nl, [*commanded, commanded_nl])
        if run_s - self.blocks[-1][0] >= 75:
            self.verdict = self._judged(run_s)
            self.blocks = [*self.blocks[-15:], (run_s, 0, 0, [])]
        return self.verdict

    def _judged(self, run_s):
        for count in range(1, len(self.blocks) + 1):
            run = self.blocks[-count:]
            programmed_nl, measured_nl = sum(block[1] for block in run), sum(block[2] for block in run)
            sizes = [size for block in run for size in block[3]]
            if len(sizes) < 3 or run_s - run[0][0] < 900:
                continue
            allowed_nl = programmed_nl // 10 + 44 + max(sizes) - min(sizes)
            if measured_nl < programmed_nl - allowed_nl:
                return module.DELIVERY_UNDER
            if measured_nl > programmed_nl + allowed_nl:
                return module.DELIVERY_OVER
        return module.DELIVERY_AS_PROGRAMMED


@pytest.mark.requirement("DET-04")
@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([1, 20, 75, 300, 1000]),  # s between two strokes
            st.sampled_from([50, 85, 100, 115, 150]),  # % of the programme that the rotor turns
            st.sampled_from([300, 300, 600]),
            st.integers(2, 40),
        ),
        min_size=1,
        max_size=12,
    ),
    st.integers(0, 400),
)
def test_the_shortest_run_of_blocks_that_deviates_decides(spans, cleared_after):
    balance, plain = module.DeliveryBalance(STROKE_NL), PlainBalance()
    run_s, strokes = 0, 0
    for interval, percent, size_nl, count in spans:
        for _ in range(count):
            run_s += interval
            strokes += 1
            if strokes == cleared_after:
                balance.clear(run_s)
                plain = PlainBalance()
            balance.programmed(size_nl)
            told = balance.stroke(run_s, size_nl, size_nl * percent // 100)
            assert told == plain.stroke(run_s, size_nl, size_nl, size_nl * percent // 100)
