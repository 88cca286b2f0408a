"""What the rig plays: motor, fluid, sensors and hands around the pump, advanced by the main loop.

Everything here is made once, by board.py, and handed in.
"""

from machine import disable_irq, enable_irq
from micropython import const

from hil.rig.noise import Noise
from hil.rig.patient import Patient
from protocols.rig import SIGNAL_POWER

_ZERO_MV = const(200)  # 0 to 200 kPa over 0.2 to 2.9 V: 13.5 mV/kPa
_MV_PER_2_KPA = const(27)
_NOISE_PA = const(100)  # of the sensor, as in emulator/bench/config.py: a pump takes one without for stuck
_UNSTUCK = const(1 << 29)
NOW = const(-1)  # for `keep`: at this moment
_STROKE_US = const(2_000)
_SOUNDING_US = const(20_000)
_LONGEST_US = const(500_000)
_CLOCK_US = const(500_000)  # the clock wants to be advanced each second
_SHORTEST_US = const(10_000)
_HOUR_US = const(3_600_000_000)


class Plant:
    """rows: kept of each stroke (Journal). `keep(t_us, signal, value)` of the signals' journal.

    stuck_pa, offset_pa: of a pressure sensor that is stuck, or off. More noise than a sensor has is
    beyond a filtered voltage: the pump takes two readings in a row.
    """

    def __init__(self, drive, fluid, sensor, clock, signals, pressure, supply, buttons, diag, rows, keep):
        self.drive = drive
        self.motor = drive.motor
        self.fluid = fluid
        self.patient = Patient(fluid.line)
        self.sensor = sensor
        self.clock = clock
        self.signals = signals
        self.pressure = pressure
        self.supply = supply
        self.buttons = buttons
        self.rows = rows
        self.stuck_pa = _UNSTUCK
        self.offset_pa = 0
        self.disturbed = 0
        self.runaway_nl_per_h = 0
        self._runaway_rest = 0
        self._diag = diag
        self._noise = Noise(77)
        self._keep = keep
        self._bursts = 0
        self._clock_us = 0

    def advance(self, now_us, ticks, span_us):
        """The main loop, once: all that has happened in the last `span_us`."""
        motor = self.motor
        free_edges = self._free_edges(span_us) if self.runaway_nl_per_h else 0
        moved = missed = commanded = uncommanded = 0
        # Interrupts are off only when there is something to take: each time a read on the bus may be disturbed.
        if free_edges or self.drive.is_enabled or motor.commanded or motor.moved or motor.missed:
            state = disable_irq()
            self.drive.update()
            if free_edges and motor.has_current:
                motor.step(free_edges, False)
            moved = motor.moved
            missed = motor.missed
            commanded = motor.commanded
            uncommanded = motor.uncommanded
            motor.moved = motor.missed = motor.commanded = motor.uncommanded = 0
            enable_irq(state)
        bursts = self.drive.bursts
        ended_us = self.drive.ended_us
        self._clock_us += span_us
        if self._clock_us >= _CLOCK_US:
            self._clock_us = 0
            state = disable_irq()
            self.clock.advance()
            enable_irq(state)
        fluid = self.fluid
        self.patient.move(now_us)
        fluid.advance(span_us, moved, missed, commanded, uncommanded)
        if missed or moved:
            self._diag.value(1 if missed and self.supply.is_powered else 0)
        self.show_pressure()
        if bursts != self._bursts:
            self._bursts = bursts
            self.mark(now_us - ((ticks - ended_us) & 0x3FFFFFFF))
        self.signals.drain(now_us, ticks, self._keep)

    def next_us(self):
        """How long the main loop may sleep."""
        if self.drive.is_enabled or self.runaway_nl_per_h:
            return _STROKE_US
        if self.signals.is_sounding:
            return _SOUNDING_US
        settles_us = self.fluid.line.settles_us
        if settles_us:
            return min(max(settles_us, _SHORTEST_US), _LONGEST_US)
        return _LONGEST_US

    def mark(self, t_us):
        """A row of the truth for this moment."""
        fluid = self.fluid
        self.rows.add((t_us, fluid.displaced_pl, fluid.in_csf_pl, fluid.reservoir_pl, fluid.position, fluid.peak_pa))
        fluid.peak_pa = fluid.line.pressure_pa

    def show_pressure(self):
        """The pressure, or what a sensor with a fault makes of it, as a voltage."""
        if self.stuck_pa != _UNSTUCK:
            shown_pa = self.stuck_pa
            self.disturbed += 1
        else:
            shown_pa = self.fluid.line.pressure_pa + self.offset_pa + self._noise.deviate(_NOISE_PA)
            if self.offset_pa:
                self.disturbed += 1
        self.pressure.set(_ZERO_MV + shown_pa * _MV_PER_2_KPA // 2_000)

    def stick_pressure(self, pressure_pa):
        """None: the sensor works."""
        self.stuck_pa = _UNSTUCK if pressure_pa is None else pressure_pa
        self.show_pressure()

    def power_changed(self, is_powered):
        """The supply has switched the pump on or off. Its driver and its sensor lose theirs with it."""
        state = disable_irq()
        self.drive.set_powered(is_powered)
        enable_irq(state)
        self.pressure.switch(is_powered)
        if not is_powered:
            self._diag.value(0)
        self._keep(NOW, SIGNAL_POWER, 1 if is_powered else 0)

    def quiet(self, act):
        """Call `act()` with interrupts off: what handlers use, too."""
        state = disable_irq()
        act()
        enable_irq(state)

    def _free_edges(self, span_us):
        """Edges that nobody commanded, worth `runaway_nl_per_h`."""
        whole = self.runaway_nl_per_h * span_us * 3_200 + self._runaway_rest
        per_edge = _HOUR_US * self.fluid.volume_per_rev_nl
        self._runaway_rest = whole % per_edge
        return whole // per_edge
