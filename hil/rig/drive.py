"""STEP, DIR and EN of the pump's driver, as counted edges that turn the rig's motor."""

from time import ticks_us

from machine import Pin

_READINGS = 3


class Drive:
    """`directions` counts STEP apart by DIR, `currents` apart by EN, which is low for current.

    `update` belongs to interrupt handlers, and to others with interrupts off. `wake` is called at each change of EN.
    bursts: strokes that had edges with current; ended_us: ticks_us of the end of the last one.
    """

    def __init__(self, motor, directions, currents, enable, wake):
        self.motor = motor
        self.bursts = 0
        self.ended_us = 0
        self._directions = directions
        self._currents = currents
        self._enable = enable
        self._wake = wake
        self._forward = 0
        self._backward = 0
        self._with_current = 0
        self._without = 0
        self._has_stepped = False
        self._is_powered = False
        enable.irq(self._enable_edge, Pin.IRQ_FALLING | Pin.IRQ_RISING, hard=True)

    @property
    def is_enabled(self):
        return self._is_powered and self._enable.value() == 0

    def set_powered(self, is_powered):
        """The pump's driver gets its supply, or has lost it."""
        self.update()
        self._is_powered = is_powered
        self.motor.set_enabled(self.is_enabled)
        self.motor.set_powered(is_powered)

    def update(self):
        """Turn the motor by the edges that have come."""
        directions = self._directions
        currents = self._currents
        for _ in range(_READINGS):
            directions.read()
            forward = directions.high - self._forward
            backward = directions.low - self._backward
            if not forward and not backward:
                return
            currents.read()
            without = currents.high - self._without
            driven = currents.low - self._with_current
            if forward + backward == without + driven:
                break
        else:
            return  # edges come faster than both counters can be read: the next time has them
        self._forward = directions.high
        self._backward = directions.low
        self._without = currents.high
        self._with_current = currents.low
        if not self._is_powered:
            return  # a driver without supply counts nothing
        # DIR changes while the pump's driver is off: what came without current came before the rest.
        if without:
            ahead = forward if forward < without else without
            self.motor.count(2 * ahead - without)
            forward -= ahead
            backward -= without - ahead
        if driven:
            self._step(forward)
            self._step(-backward)

    def _take_driven(self):
        """Current ends. The pump parks its driver at once, 7 us an edge, so both counters cannot be read together any
        more; but the edges with current are whole, of one direction, and came before those."""
        self._currents.read()
        driven = self._currents.low - self._with_current
        self._directions.read()
        self._with_current += driven
        if self._directions.low - self._backward >= driven:
            self._backward += driven
            self._step(-driven)
        else:
            self._forward += driven
            self._step(driven)

    def _step(self, edges):
        if edges:
            self._has_stepped = True
            self.motor.step(edges)

    def _enable_edge(self, enable):
        if self.motor.has_current and enable.value():
            self._take_driven()
        self.update()
        is_on = self._is_powered and enable.value() == 0
        self.motor.set_enabled(is_on)
        if not is_on and self._has_stepped:
            self._has_stepped = False
            self.ended_us = ticks_us()
            self.bursts += 1
        self._wake()
