"""Microsteps for the motor driver, made by a PIO state machine.

The program takes a count and a delay and stops by itself when the count is done, so the motor needs no
processor while it turns and cannot run on when the processor hangs. A second cut-off is the enable
line: a timer withdraws it unless the stroke is finished in time (INT-09).
"""
# pyright: reportUndefinedVariable=false, reportCallIssue=false

import rp2
from machine import Timer
from micropython import const

PIO_HZ = const(1_000_000)
# One microstep takes 2 * delay + 7 cycles of the program below: 625 us, so that 3200 microsteps/rev make
# half a turn per second (docs/wiring.md: TMC2209, 1/16).
_DELAY = const(309)
_STEP_PERIOD_US = const(625)
_MARGIN_MS = const(250)

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
        self._step = step_pin
        self._machine = rp2.StateMachine(state_machine_id, step_program, freq=PIO_HZ, set_base=step_pin)
        self._finished_handler = self._finished
        self._machine.irq(self._finished_handler, hard=True)
        self._machine.active(1)
        self._dead_man = Timer()
        self._dead_man_handler = self._withdraw

    def start(self, microsteps, is_forward):
        """Put out `microsteps` (1 to 65 535) at 1600 per second. Returns at once.

        The FIFO is empty between bursts, so the two puts do not block.
        """
        self.is_done = False
        self.cut_off = False
        self._direction.value(1 if is_forward else 0)
        self._enable.value(DRIVER_ON)
        self._dead_man.init(
            mode=Timer.ONE_SHOT,
            period=microsteps * _STEP_PERIOD_US // 1000 + _MARGIN_MS,
            callback=self._dead_man_handler,
            hard=True,
        )
        self._machine.put(microsteps - 1)
        self._machine.put(_DELAY)

    def release(self):
        """End of a stroke: the driver is off until the next one; the rollers hold the head."""
        self._dead_man.deinit()
        self._enable.value(DRIVER_OFF)

    def stop_now(self):
        """Withdraw the driver and forget the rest of the burst (THR-15: stop by a fault)."""
        self._enable.value(DRIVER_OFF)
        self._dead_man.deinit()
        self._machine.active(0)
        # A new init, not a restart: it also empties the FIFO and puts STEP low if it was caught high.
        self._machine.init(step_program, freq=PIO_HZ, set_base=self._step)
        self._machine.active(1)
        self.is_done = True

    def _finished(self, _machine):
        self.is_done = True
        self._wake()

    def _withdraw(self, _timer):
        self._enable.value(DRIVER_OFF)
        self.cut_off = True
        self._wake()
