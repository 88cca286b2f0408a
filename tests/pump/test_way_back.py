"""Liveness: after every fault is mended and a person did what the alarm text says, the programme's rate is back.

Every cause of an alarm, mended before, between or after what a person tries: acknowledge, self-test, stop and start,
restart, in any order. Then the text is followed once, and within two stroke intervals and 10 min, without a power
cycle, the pump delivers what is prescribed (ALM-05).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import permutations
from random import Random
from typing import Any

import pytest

from hil.errors import Refused
from tests.pump.causes import CAUSES
from tests.pump.flips import flip
from tests.pump.pump_rig import PumpRig, bench_of

RATE = 20_000
INTERVAL_S = 54.0
BACK_S = 2 * INTERVAL_S + 600.0
WINDOW_S = 1_800.0


@dataclass(frozen=True)
class Trouble:
    """`bring` makes it and returns what mends it."""

    name: str
    bring: Callable[[PumpRig], Callable[[], None]]
    friction_mnm: float = 5.0


def of_cause(alarm: str) -> Trouble:
    def bring(rig: PumpRig) -> Callable[[], None]:
        fault = CAUSES[alarm].bring(rig)

        def mend() -> None:
            fault.clear()
            if alarm == "CLOCK_FAULT":
                rig.client.set_clock(rig.status.epoch_s)

        return mend

    return Trouble(alarm, bring)


def of_fault(name: str, fault: str, wait_s: float, friction_mnm: float = 5.0, **parameters: Any) -> Trouble:
    def bring(rig: PumpRig) -> Callable[[], None]:
        injection = rig.inject(fault, **parameters)
        rig.run_for(wait_s)
        return injection.clear

    return Trouble(name, bring, friction_mnm)


def spoilt_memory(rig: PumpRig) -> Callable[[], None]:
    flip(rig, "Reservoir.volume_nl", 23)
    rig.wait_for_alarm("SYSTEM_FAULT", 60.0)
    return lambda: None


def three_hangs(rig: PumpRig) -> Callable[[], None]:
    for _ in range(3):
        hang = rig.inject("cpu.hang")
        rig.run_for(9.0)
        hang.clear()
        rig.reconnect()
    return lambda: None


TROUBLES = [
    *[of_cause(alarm) for alarm in CAUSES],
    of_fault("stuck sensor", "sensor.rotor_stuck", 240.0),
    of_fault("stuck sensor elsewhere", "sensor.rotor_stuck", 240.0, counts=15),
    of_fault("noisy sensor", "sensor.rotor_noisy", 240.0, sigma=20.0),
    of_fault("mirrored field that turns back", "motor.reverse", 240.0, friction_mnm=2.0),
    of_fault("mirrored field that stands", "motor.reverse", 240.0),
    Trouble("spoilt memory", spoilt_memory),
    Trouble("three hangs", three_hangs),
]


def asked(request: Callable[..., Any], *arguments: Any) -> bool:
    try:
        request(*arguments)
    except Refused:
        return False
    return True


def acknowledge(rig: PumpRig) -> None:
    for alarm in sorted(rig.active()):
        asked(rig.client.acknowledge, alarm)


def self_test(rig: PumpRig) -> None:
    if asked(rig.client.self_test):
        rig.run_for(5.0)
        rig.reconnect()  # where memory was spoilt it was a restart


def stop_and_start(rig: PumpRig) -> None:
    asked(rig.client.stop)
    rig.run_for(20.0)
    asked(rig.client.start)


def restart(rig: PumpRig) -> None:
    rig.cycle_power(10.0)


TRIES = {"acknowledge": acknowledge, "self-test": self_test, "stop/start": stop_and_start, "restart": restart}
ORDERS = list(permutations(["mend", *TRIES]))


def follow_the_text(rig: PumpRig) -> None:
    """What the texts ask for: a self-test where the pump stands or its sensor is not trusted, acknowledge, start."""
    if rig.status.mode in ("FAULT", "STANDBY", "STOPPED") or "SENSOR_FAULT_ROTOR" in rig.active():
        asked(rig.client.stop)
        self_test(rig)
    rig.run_for(60.0)
    acknowledge(rig)
    if rig.status.mode != "RUNNING" or "MOTOR_STALL" in rig.active():
        if not asked(rig.client.start):
            stop_and_start(rig)
        rig.run_for(10.0)
        acknowledge(rig)


def check(pump, trouble: Trouble, order: tuple[str, ...]) -> None:
    rig = pump(RATE, bench=bench_of(trouble.friction_mnm))
    rig.run_for(1_000.0)
    mend = trouble.bring(rig)
    for step in order:
        if step == "mend":
            mend()
        else:
            TRIES[step](rig)
        rig.run_for(70.0)
    follow_the_text(rig)
    rig.run_for(BACK_S)
    turned_nl = rig.turned_nl()  # of the plant's rotor: a sixth of a revolution, without its rollers' share
    rig.run_for(WINDOW_S)
    given_nl = rig.turned_nl() - turned_nl
    assert given_nl == pytest.approx(RATE * WINDOW_S / 3_600.0, abs=500.0), (rig.status, rig.active())


SAMPLE = [(trouble, Random(trouble.name).choice(ORDERS)) for trouble in TROUBLES]
ALL = [(trouble, order) for trouble in TROUBLES for order in ORDERS]


def names(cases) -> list[str]:
    return [f"{trouble.name}: {', '.join(order)}" for trouble, order in cases]


@pytest.mark.requirement("ALM-05", "DET-02", "DET-08", "INT-02")
@pytest.mark.parametrize(("trouble", "order"), SAMPLE, ids=names(SAMPLE))
def test_a_pump_that_was_mended_delivers_again(pump, trouble, order):
    check(pump, trouble, order)


@pytest.mark.slow
@pytest.mark.requirement("ALM-05", "DET-02", "DET-08", "INT-02")
@pytest.mark.parametrize(("trouble", "order"), ALL, ids=names(ALL))
def test_a_pump_that_was_mended_delivers_again_in_any_order(pump, trouble, order):
    check(pump, trouble, order)


@pytest.mark.requirement("INT-06", "DET-04")
def test_an_angle_that_jumps_while_stopped_is_no_volume(pump):
    rig = pump(RATE)
    rig.run_for(1_000.0)
    rig.client.stop()
    rig.run_for(100.0)
    before = rig.status
    jumped = rig.inject("sensor.rotor_stuck", counts=float((before.rotor_counts + 400) % 4_096))
    rig.wait_for_alarm("OVER_DELIVERY", 31.0)
    rig.run_for(100.0)
    assert jumped.took_effect
    assert rig.status.delivered_nl == before.delivered_nl
    assert rig.status.reservoir_nl == before.reservoir_nl


@pytest.mark.requirement("ALM-05", "DET-02", "THR-20")
def test_a_motor_that_turned_back_and_was_mended_delivers_again(pump):
    (trouble,) = [trouble for trouble in TROUBLES if trouble.name == "mirrored field that turns back"]
    check(pump, trouble, ("mend", "self-test", "acknowledge"))  # a restart would look for a probe by itself
