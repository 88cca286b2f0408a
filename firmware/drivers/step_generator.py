"""Microsteps for the motor driver, made by a PIO state machine.

The program takes a count and a delay and stops by itself when the count is done, so the motor needs no
processor while it turns and cannot run on when the processor hangs. A second cut-off is the enable
line: a timer withdraws it unless the stroke is finished in time.
"""

import rp2
from machine import Timer
from micropython import const

PIO_HZ = const(1_000_000)
# One microstep takes 2 * delay + 7 cycles of the program: see the instructions below.
CYCLES_PER_STEP = const(7)
# 3200 microsteps/rev at 1600 microsteps/s is half a turn per second (bench.md: TMC2209, 1/16).
STEP_PERIOD_US = const(625)
_DELAY = const(309)
_MARGIN_MS = const(250)

DRIVER_ON = const(0)
DRIVER_OFF = const(1)


@rp2.asm_pio(set_init=rp2.PIO.OUT_LOW)
def step_program():
    pull(block)  # noqa: F821
    mov(x, osr)  # noqa: F821
    pull(block)  # noqa: F821
    label("step")  # noqa: F821
    set(pins, 1)  # noqa: F821
    mov(y, osr)  # noqa: F821
    label("high")  # noqa: F821
    jmp(y_dec, "high")  # noqa: F821
    set(pins, 0)  # noqa: F821
    mov(y, osr)  # noqa: F821
    label("low")  # noqa: F821
    jmp(y_dec, "low")  # noqa: F821
    jmp(x_dec, "step")  # noqa: F821
    irq(rel(0))  # noqa: F821


class StepGenerator:
    """STEP, DIR and EN of the motor driver.

    Pins are objects made by board.py. `wake` is called from the interrupt at the end of a burst.
    `is_done` is True when the commanded count has been put out. Nothing here allocates after `__init__`.
    """

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
        """Put out `microsteps` (1 to 65 535) at STEP_PERIOD_US. Returns at once.

        The FIFO is empty between bursts, so the two puts do not block.
        """
        self.is_done = False
        self.cut_off = False
        self._direction.value(1 if is_forward else 0)
        self._enable.value(DRIVER_ON)
        self._dead_man.init(
            mode=Timer.ONE_SHOT,
            period=microsteps * STEP_PERIOD_US // 1000 + _MARGIN_MS,
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
