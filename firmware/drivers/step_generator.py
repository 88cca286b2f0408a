"""Microsteps for the motor driver, made by a PIO state machine.

The program takes a count and a delay and stops by itself when the count is done, so the motor needs no
processor while it turns and cannot run on when the processor hangs. A second cut-off is the enable
line: a timer withdraws it unless the stroke is finished in time (INT-09).

The driver (TMC2209, A4988) counts STEP while it is disabled, so that `skip` moves its indexer and nothing else.
"""
# pyright: reportUndefinedVariable=false, reportCallIssue=false

from array import array
from time import sleep_us

import rp2
from machine import Timer
from micropython import const

PIO_HZ = const(1_000_000)
# One microstep takes 2 * delay + 7 cycles of the program below: 625 us, so that 3200 microsteps/rev make
# half a turn per second (docs/wiring.md: TMC2209, 1/16).
_DELAY = const(309)
_STEP_PERIOD_US = const(625)
_MARGIN_MS = const(250)
# Without current nothing turns, so a skip is as fast as the program: 3 us high, 4 us low (A4988: 1 us each).
_SKIP_DELAY = const(0)
_SKIP_PERIOD_US = const(7)
_SKIP_MARGIN_US = const(10)
_SKIP_LOOKS = const(1_000)  # for an interrupt that does not come

DRIVER_ON = const(0)
DRIVER_OFF = const(1)


@rp2.asm_pio(set_init=rp2.PIO.OUT_LOW)
def step_program():
    pull(block)
    mov(x, osr)
    pull(block)
    label("step")
    set(pins, 1)
    mov(y, osr)
    label("high")
    jmp(y_dec, "high")
    set(pins, 0)
    mov(y, osr)
    label("low")
    jmp(y_dec, "low")
    jmp(x_dec, "step")
    irq(rel(0))


class StepGenerator:
    """STEP, DIR and EN of the motor driver.

    Pins are objects made by board.py. `wake` is called from the interrupt at the end of a burst.
    `is_done` is True when the commanded count has been put out. Nothing here allocates after `__init__`.
    """

    STEP_PERIOD_US = _STEP_PERIOD_US

    def __init__(self, state_machine_id, step_pin, direction_pin, enable_pin, wake):
        self._direction = direction_pin
        self._enable = enable_pin
        self._enable.value(DRIVER_OFF)
        self._wake = wake
        self.is_done = True
        self.cut_off = False
        self.gate = None  # asked before each burst, once there is one: see services/delivery/motion_gate.py
        self._is_skipping = False
        # What the program pulls: steps less one, and delay.
        self._burst_words = array("I", (0, _DELAY))
        self._skip_words = array("I", (0, _SKIP_DELAY))
        self._step = step_pin
        self._machine = rp2.StateMachine(state_machine_id, step_program, freq=PIO_HZ, set_base=step_pin)
        self._finished_handler = self._finished
        self._machine.irq(self._finished_handler, hard=True)
        self._machine.active(1)
        self._dead_man = Timer()
        self._dead_man_handler = self._withdraw

    def start(self, microsteps, is_forward):
        """Put out `microsteps` (1 to 65 535) at 1600 per second. Returns at once.

        When the gate does not admit them, nothing is put out and it counts as cut off.

        The FIFO is empty between bursts, so putting two words does not block.
        """
        if self._is_skipping:
            self._end_skip()
        self.is_done = False
        self.cut_off = False
        if self.gate is not None and not self.gate.admits(microsteps):
            self.cut_off = True
            return
        self._direction.value(1 if is_forward else 0)
        self._enable.value(DRIVER_ON)
        self._dead_man.init(
            mode=Timer.ONE_SHOT,
            period=microsteps * _STEP_PERIOD_US // 1000 + _MARGIN_MS,
            callback=self._dead_man_handler,
            hard=True,
        )
        self._burst_words[0] = microsteps - 1
        self._machine.put(self._burst_words)

    def skip(self, microsteps):
        """Put out so many steps, 1 to 1023, while the driver is off, 7 us each. Returns at once; others wait."""
        if self._is_skipping:
            self._end_skip()
        self._is_skipping = True
        self._skip_words[0] = microsteps - 1
        self._machine.put(self._skip_words)

    def _end_skip(self):
        sleep_us((self._skip_words[0] + 1) * _SKIP_PERIOD_US + _SKIP_MARGIN_US)
        looks = _SKIP_LOOKS
        while self._is_skipping and looks:
            looks -= 1
        self._is_skipping = False

    def enable(self, for_ms):
        """Current without steps, for at most so long and the margin of a burst."""
        if self._is_skipping:
            self._end_skip()
        self.cut_off = False
        self._enable.value(DRIVER_ON)
        self._dead_man.init(mode=Timer.ONE_SHOT, period=for_ms + _MARGIN_MS, callback=self._dead_man_handler, hard=True)

    def release(self):
        """End of a stroke: the driver is off until the next one; the rollers hold the head."""
        self._dead_man.deinit()
        self._enable.value(DRIVER_OFF)

    def stop_now(self):
        """Withdraw the driver and forget the rest of the burst (THR-15: stop by a fault)."""
        self._enable.value(DRIVER_OFF)
        if self._is_skipping:
            self._end_skip()
        self._dead_man.deinit()
        self._machine.active(0)
        # A new init, not a restart: it also empties the FIFO and puts STEP low if it was caught high.
        self._machine.init(step_program, freq=PIO_HZ, set_base=self._step)
        self._machine.active(1)
        self.is_done = True

    def _finished(self, _machine):
        if self._is_skipping:
            self._is_skipping = False
            return
        self.is_done = True
        self._wake()

    def _withdraw(self, _timer):
        self._enable.value(DRIVER_OFF)
        self.cut_off = True
        self._wake()
