"""`machine.I2CTarget` (extmod/ and ports/rp2/machine_i2c_target.c) with a memory of 8 bit addresses."""

from typing import Any

from emulator.mcu import costs, i2c_target
from emulator.mcu.chip import Chip
from emulator.mcu.gpio import PERIPHERAL, PULL_UP
from emulator.mcu.i2c_target import TargetPort
from emulator.mcu.shims.arguments import integer, writable
from emulator.mcu.shims.irq_object import Irq
from emulator.mcu.shims.machine_pins import pin_number

_NEEDS_HARD = i2c_target.ADDR_MATCH_READ | i2c_target.ADDR_MATCH_WRITE | i2c_target.READ_REQ | i2c_target.WRITE_REQ
_BY_DEFAULT = i2c_target.END_READ | i2c_target.END_WRITE


def make_i2c_target(chip: Chip) -> type:
    known: dict[int, Any] = {}

    class I2CTarget:
        """One object per controller; made again, it starts anew. Soft interrupts and single bytes are not modelled."""

        IRQ_ADDR_MATCH_READ = i2c_target.ADDR_MATCH_READ
        IRQ_ADDR_MATCH_WRITE = i2c_target.ADDR_MATCH_WRITE
        IRQ_READ_REQ = i2c_target.READ_REQ
        IRQ_WRITE_REQ = i2c_target.WRITE_REQ
        IRQ_END_READ = i2c_target.END_READ
        IRQ_END_WRITE = i2c_target.END_WRITE

        _port: TargetPort | None

        def __new__(cls, id: int, addr: int, **named: Any) -> "I2CTarget":
            number = integer(id)
            if number not in (0, 1):
                raise ValueError(f"I2CTarget({number}) doesn't exist")
            if number not in known:
                known[number] = super().__new__(cls)
                known[number]._port = None
            return known[number]

        def __init__(
            self,
            id: int,
            addr: int,
            *,
            addrsize: int = 7,
            mem: Any = None,
            mem_addrsize: int = 8,
            scl: Any = None,
            sda: Any = None,
        ) -> None:
            if mem is None or addrsize != 7 or mem_addrsize != 8 or scl is None or sda is None:
                chip.unmodelled("machine.I2CTarget without mem, scl and sda, or with other sizes of addresses")()
            self.deinit()
            chip.cpu.charge(costs.CALL_NS)
            number = integer(id)
            for pin, place in ((scl, 1), (sda, 0)):
                gpio = chip.gpio.pin(pin_number(pin))
                if gpio.number % 4 != 2 * number + place:
                    raise ValueError("bad SCL pin" if place else "bad SDA pin")
                gpio.give_to(PERIPHERAL)
                gpio.set_pull(PULL_UP)
            self._port = TargetPort(
                chip.i2c_buses[number], integer(addr), writable(mem), chip.interject, chip.cpu.takes_interrupts
            )
            self._port.source.argument = self
            self._irq = Irq(self._port.source, self._listen)
            chip.i2c_targets.append(self._port)

        def deinit(self) -> None:
            if self._port is not None:
                self._port.close()
                self._port = None

        @property
        def memaddr(self) -> int:
            return 0 if self._port is None else self._port.memaddr

        def irq(self, *settings: Any, **named: Any) -> Irq:
            chip.cpu.charge(costs.CALL_NS)
            if settings or named:
                self._set_irq(*settings, **named)
            return self._irq

        def _set_irq(self, handler: Any = None, trigger: int = _BY_DEFAULT, hard: Any = False) -> None:
            assert self._port is not None
            trigger = integer(trigger)
            if trigger & _NEEDS_HARD and not hard:
                raise ValueError("hard IRQ required")
            if not hard or trigger & (i2c_target.READ_REQ | i2c_target.WRITE_REQ):
                chip.unmodelled("machine.I2CTarget.irq that is soft, or of single bytes")()
            self._port.source.handler = handler
            self._port.source.is_hard = True
            self._irq.trigger_bits = trigger
            self._listen(trigger if handler is not None else 0)

        def _listen(self, trigger: int) -> None:
            assert self._port is not None
            self._port.triggers = trigger

        def readinto(self, _buffer: Any) -> None:
            chip.unmodelled("machine.I2CTarget.readinto")()

        def write(self, _buffer: Any) -> None:
            chip.unmodelled("machine.I2CTarget.write")()

    return I2CTarget
