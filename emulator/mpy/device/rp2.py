"""`rp2`: programs are written down here and assembled by the host; state machines are the host's."""
# pyright: reportMissingImports=false, reportSelfClsParameterName=false

import json

import wire
from bridge import bridge
from flash_device import Flash  # noqa: F401
from pio_words import written_down

_PROGRAM = wire.number_of("program")
_INIT = wire.number_of("machine_init")
_ACTIVE = wire.number_of("machine_active")
_RESTART = wire.number_of("machine_restart")
_PUT = wire.number_of("machine_put")
_WAITING = wire.number_of("machine_waiting")
_IRQ = wire.number_of("machine_irq")
_EXEC = wire.number_of("machine_exec")
_UNMODELLED = wire.number_of("unmodelled")
_SYSTEM_HZ = 125_000_000


class PIO:
    IN_LOW = 0
    IN_HIGH = 1
    OUT_LOW = 2
    OUT_HIGH = 3
    SHIFT_LEFT = 0
    SHIFT_RIGHT = 1
    JOIN_NONE = 0
    JOIN_TX = 1
    JOIN_RX = 2
    IRQ_SM0 = 256
    IRQ_SM1 = 512
    IRQ_SM2 = 1024
    IRQ_SM3 = 2048

    def __init__(self, id):
        bridge.call(_UNMODELLED, payload=b"rp2.PIO")


class Program:
    """What asm_pio makes: the number under which the host keeps the opcodes."""

    def __init__(self, handle):
        self.handle = handle


def asm_pio(**settings):
    """The settings are those of the host's own asm_pio, which also knows their defaults."""

    def decorate(function):
        text = json.dumps([written_down(function), settings])
        return Program(bridge.call(_PROGRAM, payload=text.encode()))

    return decorate


class StateMachine:
    """`put` and `active` do not allocate."""

    def __init__(self, id, program=None, freq=_SYSTEM_HZ, *, set_base=None):
        self._id = id
        self._slot = bridge.slot(self)
        if program is not None:
            self.init(program, freq, set_base=set_base)

    def init(self, program, freq=_SYSTEM_HZ, *, set_base=None):
        pin = -1 if set_base is None else set_base.number
        bridge.call(_INIT, self._id, program.handle, freq, pin)

    def active(self, value=None):
        return bool(bridge.call(_ACTIVE, self._id, -1 if value is None else 1 if value else 0))

    def restart(self):
        bridge.call(_RESTART, self._id)

    def put(self, value, shift=0):
        if isinstance(value, int):
            bridge.call(_PUT, self._id, value, shift)
        else:
            for word in value:
                bridge.call(_PUT, self._id, word, shift)

    def tx_fifo(self):
        return bridge.call(_WAITING, self._id)

    def rx_fifo(self):
        return 0

    def exec(self, instr):
        bridge.call(_EXEC, self._id, payload=instr.encode())

    def irq(self, handler=None, trigger=1, hard=False):
        bridge.set_handler(self._slot, handler, hard)
        bridge.call(_IRQ, self._id, -1 if handler is None else self._slot, 1 if hard else 0)
