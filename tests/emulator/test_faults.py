"""Every fault acts physically, leaves evidence only when it did, and ends when it is cleared."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from emulator.errors import NotModelled
from emulator.faults import FAULTS, UNITS, FaultError
from tests.emulator.wired_world import REVOLUTION, HandDrivenWorld

Measure = Callable[[HandDrivenWorld], float]


def delivered_in_a_turn(world):
    before = world.truth().delivered_nl
    world.stroke(REVOLUTION)
    return world.truth().delivered_nl - before


def in_csf_in_a_turn(world):
    world.wait(1.0)
    before = world.truth().in_csf_nl
    world.stroke(REVOLUTION)
    return world.truth().in_csf_nl - before


def delivered_while_forbidden(world):
    world.drive("EN", 1)
    nl = delivered_in_a_turn(world)
    world.drive("EN", 0)
    return nl


def left_in_line(world):
    world.stroke()
    return world.plant.line.trapped_nl


def angle_of_half_a_turn(world):
    first = world.read_rotor()
    world.stroke(REVOLUTION // 2)
    second = world.read_rotor()
    return -1 if first is None or second is None else (second[1] - first[1]) % 4096


def rotor_answers(world):
    return 0 if world.read_rotor() is None else 1


def magnet_bit(world):
    found = world.read_rotor()
    return -1 if found is None else found[0] & 0x20


def angle_spread(world):
    angles = [world.read_rotor()[1] for _ in range(50)]
    return max(angles) - min(angles)


def pressure_mv(world):
    return world.nets.analog("PRESSURE").read_mv(world.env.now)


def pressure_spread(world):
    read = [pressure_mv(world) for _ in range(50)]
    return max(read) - min(read)


def pressure_pulse_mv(world):
    before = pressure_mv(world)
    world.plant.line.excess_kpa += 10.0
    rise = pressure_mv(world) - before
    world.wait(2.0)
    return rise


def sda(world):
    return world.nets.digital("I2C0_SDA").level


def clock_error_in_a_minute(world):
    before = world.bench.clock.now(world.env.now)
    world.wait(60.0)
    return (world.bench.clock.now(world.env.now) - before).total_seconds() - 60.0


def supply_mv(world):
    return world.nets.analog("SUPPLY").read_mv(world.env.now) * 2


def patient_net(world):
    return world.nets.digital("PATIENT_BUTTON").level


def kpa_of_a_microlitre(world):
    return world.plant.line.pressure_after(1_000.0)


def pressure_a_second_later_mv(world):
    world.wait(1.0)
    return pressure_mv(world)


def highest_mv_in_five_minutes(world):
    read = []
    for _ in range(1_500):
        world.wait(0.2)
        read.append(pressure_mv(world))
    return max(read)


def edges_of_a_press(world):
    edges = []
    world.nets.digital("PATIENT_BUTTON").on_edge(lambda _net, level, t_ns: edges.append(level))
    world.bench.patient_button.press_for(200_000_000)
    world.wait(1.0)
    return len(edges)


def tones_heard(world):
    before = len(world.bench.buzzer.heard)
    world.nets.digital("BUZZER").tone(440, 32_768, world.env.now)
    world.nets.digital("BUZZER").tone(440, 0, world.env.now)
    return len(world.bench.buzzer.heard) - before


def bytes_through(world):
    """Bytes of a write of 100 that the device gets as they were sent, and nothing else."""
    fed: list[bytes] = []
    before = world.mcu.stdin_feed
    world.mcu.stdin_feed = fed.append
    world.cable.write(bytes(100))
    world.wait(3.0)
    world.mcu.stdin_feed = before
    data = b"".join(fed)
    return data.count(0) if len(data) == 100 else len(data)


@dataclass
class Case:
    """What a fault does to a measured quantity. `broken(healthy, measured)` says that it did."""

    id: str
    measure: Measure
    broken: Callable[[float, float], bool]
    parameters: dict[str, Any] = field(default_factory=dict)
    is_seen_at_once: bool = False


def is_zero(healthy: float, measured: float) -> bool:
    return abs(measured) < 1e-6 < abs(healthy)


def about(value: float) -> Callable[[float, float], bool]:
    return lambda healthy, measured: measured == pytest.approx(value, rel=0.01, abs=1e-6)


def less(healthy: float, measured: float) -> bool:
    return measured < healthy - 1e-6


def more(healthy: float, measured: float) -> bool:
    return measured > healthy + 1e-6


CASES = [
    Case("motor.stall", delivered_in_a_turn, is_zero),
    Case("motor.stall_intermittent", delivered_in_a_turn, less, {"mean_between": 10.0, "mean_length": 10.0}),
    Case("motor.magnetic_field", delivered_in_a_turn, is_zero),
    Case("motor.coupling", delivered_in_a_turn, about(40_000), {"fraction": 1 / 3}),
    Case("motor.runaway", delivered_in_a_turn, about(260_000), {"rate": 3_600_000.0}),
    Case("driver.enable_stuck", delivered_while_forbidden, about(60_000)),
    Case("head.wear", delivered_in_a_turn, less, {"per_1000_rev": 1.0}),
    Case("head.leak_back", delivered_in_a_turn, about(30_000)),
    Case("line.air", kpa_of_a_microlitre, less, is_seen_at_once=True),
    Case("patient.posture", pressure_a_second_later_mv, about(217.55 + 8 * 13.5), is_seen_at_once=True),
    Case("patient.cough", highest_mv_in_five_minutes, more),
    Case("catheter.occlusion", in_csf_in_a_turn, is_zero, {"onset": 0.0}),
    Case("catheter.kink", left_in_line, more, {"k": 100.0}),
    Case("catheter.disconnection", in_csf_in_a_turn, about(24_000), {"fraction": 0.6}),
    Case("catheter.microleak", in_csf_in_a_turn, about(48_000), {"fraction": 0.2}),
    Case("catheter.migration", in_csf_in_a_turn, is_zero),
    Case("sensor.rotor_dead", rotor_answers, is_zero),
    Case("sensor.rotor_stuck", angle_of_half_a_turn, is_zero),
    Case("sensor.rotor_noisy", angle_spread, more),
    Case("sensor.rotor_magnet_lost", magnet_bit, is_zero),
    Case("sensor.pressure_stuck", pressure_pulse_mv, is_zero),
    Case("sensor.pressure_offset", pressure_mv, about(217.55 + 20 * 13.5)),
    Case("sensor.pressure_noisy", pressure_spread, more),
    Case("sensor.i2c_hang", sda, is_zero, is_seen_at_once=True),
    Case("clock.stop", clock_error_in_a_minute, about(-60)),
    Case("clock.drift", clock_error_in_a_minute, about(6), {"fraction": 0.1}),
    Case("supply.sag", supply_mv, about(3_200), is_seen_at_once=True),
    Case("supply.dip", supply_mv, about(2_500), is_seen_at_once=True),
    Case("button.stuck", patient_net, is_zero, is_seen_at_once=True),
    Case("button.bounce", edges_of_a_press, more),
    Case("buzzer.dead", tones_heard, is_zero),
    Case("link.noise", bytes_through, lambda healthy, measured: measured != healthy),
    Case("link.drop", bytes_through, is_zero),
    Case("link.flood", bytes_through, more, {"rate": 1_000.0}),
    Case("link.stall", bytes_through, is_zero),
    Case("link.replay", bytes_through, more),
]


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_a_fault_acts_leaves_evidence_and_ends(case):
    healthy = case.measure(HandDrivenWorld())
    world = HandDrivenWorld()
    fault = world.faults.inject(case.id, **case.parameters)
    assert fault.took_effect == case.is_seen_at_once
    measured = case.measure(world)
    assert case.broken(healthy, measured), f"healthy {healthy}, with {case.id} {measured}"
    assert fault.took_effect
    fault.clear()
    world.wait(1.0)
    world.stroke(4)  # a rotor that lost its pole follows again after an electrical cycle
    assert not fault.is_active
    assert fault.took_effect
    assert case.measure(world) == pytest.approx(healthy, rel=1e-3, abs=1e-3)
    assert not world.faults.active


SHOWN_ELSEWHERE = {
    "motor.slip", "motor.reverse",
    "reservoir.empty_early", "refill.pocket_fill", "refill.wrong_port", "refill.wrong_concentration",
    "refill.overdue", "clock.jump", "clock.osf", "supply.cut", "flash.bit_flip", "flash.write_error",
    "flash.full", "head.over_infusion", "ram.bit_flip", "cpu.hang", "link.wrong_key",
}  # fmt: skip


def test_every_fault_of_the_catalogue_has_a_test():
    assert {case.id for case in CASES} | SHOWN_ELSEWHERE == set(FAULTS)


@pytest.mark.parametrize("spec", FAULTS.values(), ids=list(FAULTS))
def test_a_catalogue_entry_is_complete(spec):
    assert spec.description and spec.verdict
    for name, parameter in spec.parameters.items():
        assert parameter.kind in UNITS
        if isinstance(parameter.default, int | float):
            assert parameter.low <= parameter.default <= parameter.high, name
        if parameter.choices:
            assert parameter.default in parameter.choices, name


def test_a_fault_without_its_occasion_leaves_no_evidence():
    world = HandDrivenWorld()
    world.wait(1.0)  # the board has printed its prompt
    faults = [world.faults.inject(name) for name in ("motor.stall", "catheter.microleak", "link.drop")]
    world.wait(3600.0)
    for fault in faults:
        fault.clear()
    assert [fault.took_effect for fault in faults] == [False, False, False]


def test_an_unknown_fault_is_refused_with_the_nearest_name():
    with pytest.raises(FaultError, match="motor.stall"):
        HandDrivenWorld().faults.inject("motor.stal")


@pytest.mark.parametrize(
    ("fault_id", "parameters", "message"),
    [
        ("motor.coupling", {"fraction": 1.5}, "fraction is 1.5; 0 to 1"),
        ("motor.coupling", {"fractoin": 0.5}, "duration, fraction"),
        ("motor.coupling", {"fraction": None}, "needs a value"),
        ("motor.coupling", {"fraction": "half"}, "fraction is 'half'"),
        ("motor.coupling", {"fraction": float("nan")}, "fraction is nan"),
        ("button.stuck", {"button": "reset"}, "one of patient, silence"),
    ],
    ids=["out of range", "misspelt", "no value", "not a number", "nan", "unknown word"],
)
def test_a_bad_parameter_is_refused_with_what_is_allowed(fault_id, parameters, message):
    world = HandDrivenWorld()
    with pytest.raises(FaultError, match=message):
        world.faults.inject(fault_id, **parameters)
    assert world.faults.injected == []


def test_what_cannot_be_there_twice_is_refused():
    world = HandDrivenWorld()
    first = world.faults.inject("sensor.rotor_dead")
    with pytest.raises(FaultError, match="active already"):
        world.faults.inject("sensor.rotor_dead")
    first.clear()
    world.faults.inject("sensor.rotor_dead")


def test_a_wrong_key_is_not_the_lines_business():
    with pytest.raises(NotModelled):
        HandDrivenWorld().faults.inject("link.wrong_key")


def test_the_injection_is_in_the_trace():
    world = HandDrivenWorld()
    world.faults.inject("motor.stall", duration=2.0)
    world.wait(5.0)
    assert [line for line in world.trace.lines if " fault " in line] == [
        "0 fault motor.stall on",
        "2000000000 fault motor.stall off",
    ]


CATALOGUE_DOCUMENT = Path(__file__).resolve().parents[2] / "emulator" / "FIDELITY.md"


def test_every_limit_in_the_document_is_of_a_real_fault():
    text = CATALOGUE_DOCUMENT.read_text().split("## Faults")[1]
    named = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")][1:]
    assert named
    subjects = {fault_id.split(".")[0] for fault_id in FAULTS}
    for name in named:
        assert name in FAULTS or name.removesuffix(".*") in subjects, name
