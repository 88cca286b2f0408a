"""What the rig gives the pump: two voltages, two buttons, DIAG, and its supply.

A pump without supply gets nothing at all: current into its pins would feed it.
"""

from time import sleep_us

from machine import PWM
from micropython import const

# 4096 steps of 0.8 mV at 125 MHz. The filter takes 0.47 ms twice, and leaves 0.3 mV of the square wave.
_PWM_HZ = const(30_500)
_RAIL_MV = const(3_300)
_FULL = const(65_535)
_BOUNCE_US = const(700)  # contacts open and close up to 2 ms each time

LET_GO = const(-1)


class Voltage:
    """A filtered PWM, 0 to 3300 mV. `hold(mv)` overrides until `hold(LET_GO)`."""

    def __init__(self, pin):
        self._pwm = PWM(pin, freq=_PWM_HZ, duty_u16=0)
        self._mv = 0
        self._held_mv = LET_GO
        self._given_mv = 0
        self.is_on = False

    def set(self, mv):
        self._mv = 0 if mv < 0 else _RAIL_MV if mv > _RAIL_MV else mv
        self._give()

    def hold(self, mv):
        self._held_mv = mv
        self._give()

    def switch(self, is_on):
        self.is_on = is_on
        self._give()

    @property
    def mv(self):
        return self._given_mv

    def _give(self):
        mv = 0 if not self.is_on else self._mv if self._held_mv == LET_GO else self._held_mv
        if mv != self._given_mv:
            self._given_mv = mv
            self._pwm.duty_u16(mv * _FULL // _RAIL_MV)


class Button:
    """Contacts to ground. is_stuck: they stay closed. bounces: of each change; bounce_edges counts the extra ones."""

    def __init__(self, pin):
        self._pin = pin
        self.is_pressed = False
        self.is_stuck = False
        self.bounces = 0
        self.bounce_edges = 0
        self._level = 1

    def press(self, is_pressed):
        self.is_pressed = is_pressed
        self._move()

    def stick(self, is_stuck):
        self.is_stuck = is_stuck
        self._move()

    def _move(self):
        level = 0 if self.is_pressed or self.is_stuck else 1
        if level == self._level:
            return
        self._level = level
        for _ in range(self.bounces):
            self._pin.value(level)
            sleep_us(_BOUNCE_US)
            self._pin.value(1 - level)
            sleep_us(_BOUNCE_US)
            self.bounce_edges += 2
        self._pin.value(level)


class Supply:
    """The pump's supply through the load switch. A battery above 2000 mV carries the pump, one below 1800 mV does not.

    mv: of the battery. `on_switch(is_powered)` is called at each change; losses counts what the pump has lost.
    """

    _OFF_BELOW_MV = 1_800
    _ON_ABOVE_MV = 2_000

    def __init__(self, switch, divider, on_switch):
        self.nominal_mv = 3_700
        self.losses = 0
        self.is_powered = False
        self._is_switched_on = False
        self._pulls = {}
        self._switch = switch
        self._divider = divider
        self._on_switch = on_switch

    @property
    def mv(self):
        mv = self.nominal_mv
        for pulled_mv in self._pulls.values():
            if pulled_mv < mv:
                mv = pulled_mv
        return mv

    def switch(self, is_on):
        """The bench's power switch; harmless when it stands so."""
        self._is_switched_on = is_on
        self.settle()

    def pull_down(self, owner, mv):
        """Hold the battery at or below `mv` until `release`."""
        self._pulls[owner] = mv
        self.settle()

    def release(self, owner):
        self._pulls.pop(owner, None)
        self.settle()

    def settle(self):
        """After a change of the battery or of the switch."""
        mv = self.mv
        enough_mv = self._OFF_BELOW_MV if self.is_powered else self._ON_ABOVE_MV
        is_powered = self._is_switched_on and mv >= enough_mv
        self._divider.set(mv // 2)
        if is_powered == self.is_powered:
            return
        self.is_powered = is_powered
        if not is_powered:
            self.losses += 1
        self._switch.value(1 if is_powered else 0)
        self._on_switch(is_powered)
