"""Makes the rig: every part on its pins (pins.py), each handed what it needs."""

from machine import Pin

from hil.rig import pins
from hil.rig.angle_sensor import AngleSensor
from hil.rig.clock_chip import ClockChip
from hil.rig.drive import Drive
from hil.rig.edge_counter import EdgeCounter
from hil.rig.fluid import Fluid
from hil.rig.link import Link
from hil.rig.motor import Motor
from hil.rig.outputs import Button, Supply, Voltage
from hil.rig.plant import Plant
from hil.rig.requests import Requests
from hil.rig.rig import Rig
from hil.rig.signals import Signals

_INPUTS = (pins.STEP, pins.DIR, pins.EN, pins.BUZZER, pins.ALARM_LAMP, pins.READY)
_SEED = 1


class Outputs:
    """The rig's own outputs, for a look at the wiring: each can be held at a level."""

    def __init__(self, pressure, divider, buttons, diag):
        self.pressure = pressure
        self._voltages = {pins.PRESSURE_PWM: pressure, pins.SUPPLY_PWM: divider}
        self._buttons = {pins.PATIENT_BUTTON: buttons[0], pins.SILENCE_BUTTON: buttons[1]}
        self._diag = diag
        self._inputs = [(number, Pin(number)) for number in _INPUTS + (pins.PATIENT_BUTTON, pins.SILENCE_BUTTON)]

    def levels(self):
        """Bit n: the level of GPIO n."""
        levels = 0
        for number, pin in self._inputs:
            levels |= pin.value() << number
        return levels

    def hold(self, number, level):
        """False for a pin that is no output, or a level that it has not. -1 lets go."""
        if number in self._voltages:
            self._voltages[number].hold(level)
            return True
        if level > 1:
            return False
        if number in self._buttons:
            self._buttons[number].press(level == 0)
            return True
        if number == pins.DIAG:
            self._diag.value(1 if level == 1 else 0)
            return True
        return False


def build():
    """The rig, ready to run. The pump is off."""
    switch = Pin(pins.POWER, Pin.OUT, value=0)
    rig = Rig(Pin(pins.ALIVE_LED, Pin.OUT, value=0))
    # A pump without power floats: its driver stays off, its lamps dark.
    step, direction, buzzer, lamp, ready = (
        Pin(number, Pin.IN, Pin.PULL_DOWN) for number in (pins.STEP, pins.DIR, pins.BUZZER, pins.ALARM_LAMP, pins.READY)
    )
    enable = Pin(pins.EN, Pin.IN, Pin.PULL_UP)
    diag = Pin(pins.DIAG, Pin.OUT, value=0)
    buttons = tuple(
        Button(Pin(number, Pin.OPEN_DRAIN, value=1)) for number in (pins.PATIENT_BUTTON, pins.SILENCE_BUTTON)
    )
    pressure = Voltage(Pin(pins.PRESSURE_PWM))
    divider = Voltage(Pin(pins.SUPPLY_PWM))
    outputs = Outputs(pressure, divider, buttons, diag)
    requests = Requests(rig, outputs)
    link = Link(requests.serve)
    motor = Motor()
    drive = Drive(motor, EdgeCounter(0, step, direction), EdgeCounter(1, step, enable), enable, link.flag.wake)
    sensor = AngleSensor(drive, pins.ANGLE_SDA, pins.ANGLE_SCL, _SEED)
    clock = ClockChip(pins.CLOCK_SDA, pins.CLOCK_SCL)
    signals = Signals(lamp, ready, buzzer, EdgeCounter(2, buzzer, buzzer), link.flag.wake)
    supply = Supply(switch, divider, lambda is_powered: _power(rig, divider, is_powered))
    fluid = Fluid(motor)
    plant = Plant(drive, fluid, sensor, clock, signals, pressure, supply, buttons, diag, rig.rows, rig.keep)
    rig.take(plant, link)
    supply.settle()
    plant.show_pressure()
    return rig


def _power(rig, divider, is_powered):
    divider.switch(is_powered)
    rig.plant.power_changed(is_powered)
