"""`rp2`: PIO programs and state machines, and the flash as a block device (ports/rp2/rp2_pio.c, rp2_flash.c)."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from emulator.errors import DeviceOSError, EmulatorError
from emulator.mcu import costs
from emulator.mcu.chip import Chip
from emulator.mcu.flash_access import DeviceAccess
from emulator.mcu.gpio import PERIPHERAL
from emulator.mcu.pio import SYSTEM_HZ
from emulator.mcu.pio_assembler import Assembler, PIOASMError, Program, encode
from emulator.mcu.shims.arguments import integer, truncated, writable
from emulator.mcu.shims.irq_object import Irq
from emulator.mcu.shims.machine_pins import pin_number
from emulator.mcu.shims.plain import module_of

_EIO, _ENOMEM = 5, 12
_BLOCK_COUNT, _BLOCK_SIZE, _BLOCK_ERASE = 4, 5, 6  # ioctl operations of a block device
_BLOCK_WORDS = 32  # of program memory
_MACHINES_OF_A_BLOCK = 4
_WORD_CODES = frozenset("BHI")


class PioMemory:
    """The 32 instructions of one block: which of them hold a program."""

    def __init__(self) -> None:
        self._used = 0

    def add(self, count: int) -> int:
        """The offset of a program: as high as it finds room. Raises OSError(ENOMEM)."""
        mask = (1 << count) - 1
        for offset in range(_BLOCK_WORDS - count, -1, -1):
            if not self._used & mask << offset:
                self._used |= mask << offset
                return offset
        raise DeviceOSError(_ENOMEM)

    def remove(self, offset: int, count: int) -> None:
        self._used &= ~((1 << count) - 1 << offset)


def make_rp2(chip: Chip) -> ModuleType:
    memories = (PioMemory(), PioMemory())
    device_builtins = chip.loader.builtins
    state_machine = make_state_machine(chip, memories)

    def asm_pio(**settings: Any) -> Callable[[Callable[[], None]], list[Any]]:
        return Assembler(**settings).assemble

    def asm_pio_encode(instr: str, sideset_count: int, sideset_opt: Any = False) -> int:
        return encode(instr, sideset_count, bool(sideset_opt), device_builtins)

    members = {
        "PIO": make_pio(chip, memories, state_machine),
        "PIOASMError": PIOASMError,
        "StateMachine": state_machine,
        "Flash": make_flash(chip),
        "asm_pio": asm_pio,
        "asm_pio_encode": asm_pio_encode,
        "const": lambda value: value,
    }
    return module_of("rp2", members)


def _load(memories: tuple[PioMemory, PioMemory], block: int, listed: Any) -> None:
    """Put a program into the memory of a block, unless it is there."""
    Program.of_list(listed)
    if listed[1 + block] < 0:
        listed[1 + block] = memories[block].add(len(listed[0]))


def make_pio(chip: Chip, memories: tuple[PioMemory, PioMemory], state_machine: Any) -> type:
    known: dict[int, Any] = {}

    class PIO:
        """One of the two blocks: settings of a program, and its memory."""

        IN_LOW, IN_HIGH, OUT_LOW, OUT_HIGH = 0, 1, 2, 3
        SHIFT_LEFT, SHIFT_RIGHT = 0, 1
        JOIN_NONE, JOIN_TX, JOIN_RX = 0, 1, 2
        IRQ_SM0, IRQ_SM1, IRQ_SM2, IRQ_SM3 = 256, 512, 1024, 2048

        _id: int

        def __new__(cls, id: int, /) -> "PIO":
            number = integer(id)
            if number not in (0, 1):
                raise ValueError("invalid PIO")
            if number not in known:
                known[number] = super().__new__(cls)
                known[number]._id = number
            return known[number]

        def add_program(self, program: Any, /) -> None:
            Program.of_list(program)
            program[1 + self._id] = memories[self._id].add(len(program[0]))

        def remove_program(self, *program: Any) -> None:
            offset, count = 0, _BLOCK_WORDS
            if program:
                Program.of_list(program[0])
                offset, count = program[0][1 + self._id], len(program[0][0])
                if offset < 0:
                    raise ValueError("prog not in instruction memory")
                program[0][1 + self._id] = -1
            memories[self._id].remove(offset, count)

        def state_machine(self, id: int, *settings: Any, **named: Any) -> Any:
            number = integer(id)
            if not 0 <= number < _MACHINES_OF_A_BLOCK:
                raise ValueError("invalid StateMachine")
            return state_machine(self._id * _MACHINES_OF_A_BLOCK + number, *settings, **named)

        def irq(self, *_settings: Any, **_named: Any) -> None:
            chip.unmodelled("rp2.PIO.irq")()

        def __repr__(self) -> str:
            return f"PIO({self._id})"

    return PIO


def make_state_machine(chip: Chip, memories: tuple[PioMemory, PioMemory]) -> type:
    charge, pio_ns = chip.cpu.charge, costs.PIO_NS
    known: dict[int, Any] = {}

    class StateMachine:
        """One of eight; the object is the same for the same number."""

        _id: int
        _model: Any
        _irq: Irq

        def __new__(cls, id: int, *settings: Any, **named: Any) -> "StateMachine":
            number = integer(id)
            if not 0 <= number < len(chip.state_machines):
                raise ValueError("invalid StateMachine")
            if number not in known:
                made = known[number] = super().__new__(cls)
                made._id = number
                made._model = chip.state_machines[number]
                made._model.irq_source.argument = made
                made._irq = Irq(made._model.irq_source, lambda trigger: None)
            return known[number]

        def __init__(self, id: int, *settings: Any, **named: Any) -> None:
            if settings or named:
                self.init(*settings, **named)

        def init(
            self, prog: Any, freq: int = -1, *, in_base: Any = None, out_base: Any = None, set_base: Any = None,
            jmp_pin: Any = None, sideset_base: Any = None, in_shiftdir: Any = None, out_shiftdir: Any = None,
            push_thresh: Any = None, pull_thresh: Any = None,
        ) -> None:  # fmt: skip
            freq = integer(freq)
            charge(pio_ns)
            _load(memories, self._id // _MACHINES_OF_A_BLOCK, prog)
            if freq > 0 and not 256 <= SYSTEM_HZ * 256 // freq <= 65_536 * 256:
                raise ValueError("freq out of range")
            others = (out_base, sideset_base, in_shiftdir, out_shiftdir, push_thresh, pull_thresh)
            if freq == 0 or any(setting is not None for setting in others):
                chip.unmodelled("rp2.StateMachine with freq 0 or settings beyond set_base, in_base and jmp_pin")()
            pin, line, level_line = (
                None if setting is None else chip.gpio.pin(pin_number(setting))
                for setting in (set_base, in_base, jmp_pin)
            )
            try:
                if line is not None or level_line is not None:
                    self._model.init_counter(Program.of_list(prog), line and line.net, level_line and level_line.net)
                    return
                if pin is not None:
                    pin.give_to(PERIPHERAL)
                self._model.init(Program.of_list(prog), freq if freq > 0 else SYSTEM_HZ, pin and pin.net)
            except EmulatorError as error:
                chip.fail(error)

        def active(self, *value: Any) -> bool:
            charge(pio_ns)
            if value:
                try:
                    self._model.set_active(bool(value[0]))
                except EmulatorError as error:
                    chip.fail(error)
            return self._model.is_active

        def restart(self) -> None:
            charge(pio_ns)
            self._model.restart()

        def exec(self, instr: Any, /) -> None:
            charge(pio_ns)
            count, is_optional = self._model.sideset
            builtins = chip.loader.builtins
            opcode = encode(instr, count, is_optional, builtins) if isinstance(instr, str) else integer(instr)
            try:
                self._model.execute(opcode)
            except EmulatorError as error:
                chip.fail(error)

        def put(self, value: Any, shift: int = 0, /) -> None:
            """Blocks while the FIFO is full, for ever if the machine does not run, as on the board."""
            model = self._model
            if type(shift) is not int:
                shift = integer(shift)
            for word in (value,) if type(value) is int else _words(value):
                charge(pio_ns)
                while not model.has_room:
                    chip.cpu.wait(model.room_at_ns)
                model.put(word << shift)

        def get(self, buf: Any = None, shift: int = 0, /) -> int | None:
            try:
                if buf is None:
                    charge(pio_ns)
                    return self._model.get() >> integer(shift)
                for place in range(len(buf)):
                    charge(pio_ns)
                    buf[place] = self._model.get() >> integer(shift)
            except EmulatorError as error:
                chip.fail(error)
            return None

        def tx_fifo(self) -> int:
            charge(pio_ns)
            return self._model.waiting

        def rx_fifo(self) -> int:
            charge(pio_ns)
            return self._model.received

        def irq(self, *settings: Any, **named: Any) -> Irq:
            charge(pio_ns)
            if settings or named:
                self._set_irq(*settings, **named)
            return self._irq

        def _set_irq(self, handler: Any = None, trigger: int = 1, hard: Any = False) -> None:
            source = self._model.irq_source
            self._irq.trigger_bits = integer(trigger)
            source.handler = handler if self._irq.trigger_bits & 1 else None
            source.is_hard = bool(hard)

        def __repr__(self) -> str:
            return f"StateMachine({self._id})"

    return StateMachine


def _words(value: Any) -> Any:
    """The words of a buffer by its type code, or one number."""
    try:
        view = memoryview(value)
    except TypeError:
        return (truncated(value),)
    if view.format not in _WORD_CODES:
        raise ValueError("unsupported buffer type")
    return view


def make_flash(chip: Chip) -> type:
    class Flash:
        """The file system's part of the flash, or a part of that, as blocks of 4096 bytes."""

        def __init__(self, *, start: int = -1, len: int = -1) -> None:
            size = chip.flash.blocks * chip.flash.block_size
            start = max(0, start)
            length = size - start if len < 0 else len
            if start % chip.flash.block_size or length % chip.flash.block_size or start + length > size:
                raise ValueError
            self._first = start // chip.flash.block_size
            self._blocks = length // chip.flash.block_size
            self._access = DeviceAccess(chip.flash, chip.cpu, chip.power_off)

        def ioctl(self, op: int, arg: int = 0, /) -> int | None:
            op, arg = integer(op), integer(arg)
            if op == _BLOCK_COUNT:
                return self._blocks
            if op == _BLOCK_SIZE:
                return chip.flash.block_size
            if op == _BLOCK_ERASE:
                chip.flash.forget()  # what is under the file system changes without it
                self._done(self._access.erase(None, self._first + arg))
            return 0

        def readblocks(self, block_num: int, buf: Any, offset: int = 0, /) -> None:
            block_num, offset = integer(block_num), integer(offset)
            chip.cpu.charge(costs.CALL_NS)
            view = writable(buf)
            view[:] = chip.flash.read(self._first + block_num, offset, len(view))

        def writeblocks(self, block_num: int, buf: Any, offset: int | None = None, /) -> None:
            """Without an offset the block is erased first."""
            block = self._first + block_num
            chip.flash.forget()
            if offset is None:
                self._done(self._access.erase(None, block))
            self._done(self._access.prog(None, block, offset or 0, bytes(buf)))

        def _done(self, result: int) -> None:
            chip.cpu.check()
            if result:
                raise DeviceOSError(_EIO)

    return Flash
