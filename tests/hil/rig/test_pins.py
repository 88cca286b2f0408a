"""The rig's pin table against the pump's: a line has one net, and the two ends do not both drive it."""

from __future__ import annotations

from collections import Counter

from emulator.bench import rig_wiring, wiring
from hil.rig import pins

FILTERED = {"PRESSURE_PWM": "PRESSURE", "SUPPLY_PWM": "SUPPLY"}


def test_every_line_of_the_rig_ends_at_the_pin_of_the_pump_with_that_net():
    pump = wiring.PINS | {26 + channel: net for channel, net in wiring.ADC.items()}
    lines = [(FILTERED.get(net, net), there) for _, net, _, there, _ in pins.TABLE if there is not None]
    assert [(net, pump.get(there)) for net, there in lines] == [(net, net) for net, _ in lines]


def test_every_line_of_the_pump_but_its_own_lamp_reaches_the_rig():
    reached = {there for _, _, _, there, _ in pins.TABLE}
    assert set(wiring.PINS) - reached == {25}
    assert {26 + channel for channel in wiring.ADC} <= reached


def test_a_pin_of_the_rig_is_in_the_table_once_and_under_its_name():
    counts = Counter(row[0] for row in pins.TABLE)
    named = {value for name, value in vars(pins).items() if name.isupper() and isinstance(value, int)}
    assert set(counts.values()) == {1}
    assert set(counts) == named


def test_the_rig_drives_no_output_of_the_pump():
    outputs = {"STEP", "DIR", "EN", "BUZZER", "ALARM_LAMP", "READY"}
    assert {net for _, net, direction, _, _ in pins.TABLE if direction == pins.IN} == outputs


def test_both_targets_are_on_pins_of_their_own_controller():
    """RP2040: SDA on even, SCL on odd pins, the controller in bit 1."""
    for controller, sda, scl in ((0, pins.ANGLE_SDA, pins.ANGLE_SCL), (1, pins.CLOCK_SDA, pins.CLOCK_SCL)):
        assert (sda % 4, scl % 4) == (2 * controller, 2 * controller + 1)


def test_the_emulated_rig_has_the_same_pins():
    assert {number: net for number, net, *_ in pins.TABLE} == rig_wiring.PINS
