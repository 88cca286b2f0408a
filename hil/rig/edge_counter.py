"""Counts rising edges of a line by PIO, apart by the level that a second line has at the edge.

The state machine needs no processor, so 7 us from edge to edge are counted like 625 us. Its registers count down from
all ones; read inverted they count up, and stay small integers for 2^30 edges (335 000 revolutions).
"""
# pyright: reportUndefinedVariable=false, reportCallIssue=false

from array import array

import rp2
from micropython import const

_INVERTED_X = const(0xA0C9)  # mov(isr, invert(x))
_INVERTED_Y = const(0xA0CA)  # mov(isr, invert(y))
_PUSH = const(0x8000)  # push(noblock)


@rp2.asm_pio()
def edge_program():
    mov(x, invert(null))
    mov(y, invert(null))
    wrap_target()
    label("edge")
    wait(0, pin, 0)
    wait(1, pin, 0)
    jmp(pin, "high")
    jmp(y_dec, "edge")
    jmp("edge")
    label("high")
    jmp(x_dec, "edge")
    wrap()


class EdgeCounter:
    """`line` and `level_line` are input Pins. `read` may be called from an interrupt handler; it does not allocate.

    high, low: rising edges so far at which `level_line` was high or low.
    """

    def __init__(self, state_machine_id, line, level_line):
        self.high = 0
        self.low = 0
        self._word = array("I", (0,))
        self._machine = rp2.StateMachine(state_machine_id, edge_program, in_base=line, jmp_pin=level_line)
        self._machine.active(1)

    def read(self):
        """Bring `high` and `low` up to now."""
        machine = self._machine
        word = self._word
        machine.exec(_INVERTED_X)
        machine.exec(_PUSH)
        machine.get(word)
        self.high = word[0]
        machine.exec(_INVERTED_Y)
        machine.exec(_PUSH)
        machine.get(word)
        self.low = word[0]
