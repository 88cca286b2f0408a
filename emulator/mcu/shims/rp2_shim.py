"""`rp2`: PIO programs and state machines, and the flash as a block device."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from emulator.errors import DeviceOSError, EmulatorError
from emulator.mcu import costs
from emulator.mcu.chip import Chip
from emulator.mcu.flash_access import DeviceAccess
from emulator.mcu.pio import SYSTEM_HZ
from emulator.mcu.pio_assembler import AssemblyError, Program, assemble, encode
from emulator.mcu.shims.plain import module_of

_EIO = 5
_BLOCK_COUNT, _BLOCK_SIZE, _BLOCK_ERASE = 4, 5, 6  # ioctl operations of a block device


def make_rp2(chip: Chip) -> ModuleType:
    class PIO:
        """Settings of a program; the block itself is not modelled."""

        IN_LOW, IN_HIGH, OUT_LOW, OUT_HIGH = 0, 1, 2, 3
        SHIFT_LEFT, SHIFT_RIGHT = 0, 1
        JOIN_NONE, JOIN_TX, JOIN_RX = 0, 1, 2
        IRQ_SM0, IRQ_SM1, IRQ_SM2, IRQ_SM3 = 256, 512, 1024, 2048

        def __init__(self, id: int) -> None:
            chip.unmodelled(f"rp2.PIO({id})")()

    def asm_pio(
        *,
        out_init: Any = None,
        set_init: Any = None,
        sideset_init: Any = None,
        side_pindir: bool = False,
        in_shiftdir: int = PIO.SHIFT_LEFT,
        out_shiftdir: int = PIO.SHIFT_LEFT,
        autopush: bool = False,
        autopull: bool = False,
        push_thresh: int = 32,
        pull_thresh: int = 32,
        fifo_join: int = PIO.JOIN_NONE,
    ) -> Callable[[Callable[[], None]], Program]:
        def decorate(function: Callable[[], None]) -> Program:
            return assemble(
                function,
                out_init=out_init,
                set_init=set_init,
                sideset_init=sideset_init,
                is_side_pindir=side_pindir,
                in_shift_right=bool(in_shiftdir),
                out_shift_right=bool(out_shiftdir),
                autopush=autopush,
                autopull=autopull,
                push_threshold=push_thresh,
                pull_threshold=pull_thresh,
                fifo_join=fifo_join,
            )

        return decorate

    members = {
        "PIO": PIO,
        "PIOASMError": AssemblyError,
        "StateMachine": make_state_machine(chip),
        "Flash": make_flash(chip),
        "asm_pio": asm_pio,
        "asm_pio_encode": lambda instr, sideset_count, sideset_opt=False: encode(instr),
        "const": lambda value: value,
    }
    return module_of("rp2", members)


def make_state_machine(chip: Chip) -> type:
    charge, pio_ns = chip.cpu.charge, costs.PIO_NS
    known: dict[int, Any] = {}

    class StateMachine:
        """One of eight; the object is the same for the same number."""

        _id: int

        def __new__(cls, id: int, *settings: Any, **named: Any) -> "StateMachine":
            if not 0 <= id < len(chip.state_machines):
                raise ValueError("invalid StateMachine")
            if id not in known:
                known[id] = super().__new__(cls)
                known[id]._id = id
            return known[id]

        def __init__(self, id: int, program: Program | None = None, **settings: Any) -> None:
            self._model = chip.state_machines[id]
            self._model.irq_source.argument = self
            if program is not None:
                self.init(program, **settings)

        def init(self, program: Program, freq: int = SYSTEM_HZ, *, set_base: Any = None, **settings: Any) -> None:
            charge(pio_ns)
            if settings:
                chip.unmodelled(f"rp2.StateMachine with {', '.join(settings)}")()
            try:
                self._model.init(program, freq, None if set_base is None else set_base.model.net)
            except EmulatorError as error:
                chip.fail(error)

        def active(self, value: Any = None) -> bool:
            charge(pio_ns)
            if value is not None:
                try:
                    self._model.set_active(bool(value))
                except EmulatorError as error:
                    chip.fail(error)
            return self._model.is_active

        def restart(self) -> None:
            charge(pio_ns)
            self._model.restart()

        def exec(self, instr: Any) -> None:
            charge(pio_ns)
            try:
                self._model.execute(encode(instr) if isinstance(instr, str) else instr)
            except EmulatorError as error:
                chip.fail(error)

        def put(self, value: Any, shift: int = 0) -> None:
            """Blocks while the FIFO is full, for ever if the machine does not run, as on the board."""
            model = self._model
            for word in (value,) if isinstance(value, int) else value:
                charge(pio_ns)
                while not model.has_room:
                    chip.cpu.wait(model.room_at_ns)
                model.put(word << shift)

        def get(self, *_arguments: Any) -> None:
            chip.unmodelled("rp2.StateMachine.get (the step program pushes nothing)")()

        def tx_fifo(self) -> int:
            charge(pio_ns)
            return self._model.waiting

        def rx_fifo(self) -> int:
            charge(pio_ns)
            return 0

        def irq(self, handler: Callable[[Any], object] | None = None, trigger: int = 1, hard: bool = False) -> None:
            charge(pio_ns)
            self._model.irq_source.handler = handler
            self._model.irq_source.is_hard = hard

    return StateMachine


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

        def ioctl(self, op: int, arg: int = 0) -> int | None:
            if op == _BLOCK_COUNT:
                return self._blocks
            if op == _BLOCK_SIZE:
                return chip.flash.block_size
            if op == _BLOCK_ERASE:
                self._done(self._access.erase(None, self._first + arg))
            return 0

        def readblocks(self, block_num: int, buf: Any, offset: int = 0) -> None:
            chip.cpu.charge(costs.CALL_NS)
            view = memoryview(buf)
            view[:] = chip.flash.read(self._first + block_num, offset, len(view))

        def writeblocks(self, block_num: int, buf: Any, offset: int | None = None) -> None:
            """Without an offset the block is erased first."""
            block = self._first + block_num
            if offset is None:
                self._done(self._access.erase(None, block))
            self._done(self._access.prog(None, block, offset or 0, bytes(buf)))

        def _done(self, result: int) -> None:
            chip.cpu.check()
            if result:
                raise DeviceOSError(_EIO)

    return Flash
