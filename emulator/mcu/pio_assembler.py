"""Assembles `@rp2.asm_pio` functions to RP2040 opcodes, as the board's own `rp2` module does.

The decorated function is run twice with the PIO words as its globals, once to find the labels and once to
encode. The module's own globals are hidden from it, as they are on the board; built-in names are the device's.
Operands are numbers, so what the board accepts without a look is accepted here, too (RP2040 datasheet, 3.4).
"""

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Any

JOIN_NONE = 0
_SIDE_ENABLE = 1 << 30
_RELATIVE, _INVERT, _REVERSE = 0x10, 0x08, 0x10
_EXEC = 8
_IRQ_WAIT = 2

# Numbers of the operands; `exec` has one of its own, because it means another code to mov and to out.
_OPERANDS = {
    "gpio": 0, "pins": 0, "x": 1, "y": 2, "null": 3, "pindirs": 4, "pc": 5, "status": 5, "isr": 6, "osr": 7,
    "exec": _EXEC, "not_x": 1, "x_dec": 2, "not_y": 3, "y_dec": 4, "x_not_y": 5, "pin": 6, "not_osre": 7,
    "noblock": 0x01, "block": 0x21, "iffull": 0x40, "ifempty": 0x40, "clear": 0x40,
}  # fmt: skip


class PIOASMError(Exception):
    """rp2.PIOASMError."""


@dataclass(frozen=True, slots=True)
class Program:
    """Opcodes at offset 0 with their settings. Equal programs are equal values."""

    opcodes: tuple[int, ...]
    execctrl: int
    shiftctrl: int
    out_init: tuple[int, ...]
    set_init: tuple[int, ...]
    sideset_init: tuple[int, ...]

    @classmethod
    def of_list(cls, listed: Any) -> "Program":
        """Of the list that asm_pio makes on the board. Raises ValueError for a list of another length."""
        if len(listed) != 9:
            raise ValueError(f"requested length 9 but object has length {len(listed)}")
        opcodes, _pio0, _pio1, _pio2, execctrl, shiftctrl, *pins = listed
        return cls(tuple(opcodes), execctrl, shiftctrl, *(_levels(setting) for setting in pins))

    @property
    def wrap_target(self) -> int:
        return self.execctrl >> 7 & 0x1F

    @property
    def wrap_top(self) -> int:
        return self.execctrl >> 12 & 0x1F

    @property
    def has_auto(self) -> bool:
        """Autopush or autopull."""
        return bool(self.shiftctrl >> 16 & 3)

    @property
    def joins_for_sending(self) -> bool:
        return self.shiftctrl >> 30 == 1

    @property
    def sideset(self) -> tuple[int, bool]:
        """How many bits of the delay side-set takes, and whether one of them says that there is one."""
        is_optional = bool(self.execctrl & _SIDE_ENABLE)
        return len(self.sideset_init) + is_optional, is_optional


def _levels(setting: Any) -> tuple[int, ...]:
    """set_init and its like: None, one setting or several."""
    if setting is None:
        return ()
    return (setting,) if isinstance(setting, int) else tuple(setting)


class Assembler:
    """The words of a program, and what they have emitted. It is also what every instruction returns."""

    def __init__(
        self, *, out_init: Any = None, set_init: Any = None, sideset_init: Any = None, side_pindir: bool = False,
        in_shiftdir: int = 0, out_shiftdir: int = 0, autopush: bool = False, autopull: bool = False,
        push_thresh: int = 32, pull_thresh: int = 32, fifo_join: int = JOIN_NONE,
    ) -> None:  # fmt: skip
        self._execctrl = side_pindir << 29
        self._shiftctrl = (
            fifo_join << 30 | (pull_thresh & 31) << 25 | (push_thresh & 31) << 20 | out_shiftdir << 19
            | in_shiftdir << 18 | autopull << 17 | autopush << 16
        )  # fmt: skip
        self._pins = (out_init, set_init, sideset_init)
        self._side_bits = len(_levels(sideset_init))
        self._is_side_optional = False
        self._opcodes: list[int] = []
        self._labels: dict[str, int] = {}
        self._has_wrap = False
        self._is_encoding = False
        self._count = 0
        self._sided = 0

    def assemble(self, function: Callable[[], None]) -> list[Any]:
        """The list that asm_pio returns on the board. Raises PIOASMError."""
        self._run(function)
        if not self._has_wrap and self._count:
            self.wrap()
        if self._side_bits:
            self._is_side_optional = self._sided != self._count
            self._side_bits += self._is_side_optional
            self._execctrl |= _SIDE_ENABLE if self._is_side_optional else 0
        self._count = self._sided = 0
        self._is_encoding = True
        self._run(function)
        return [array("H", self._opcodes), -1, -1, -1, self._execctrl, self._shiftctrl, *self._pins]

    def encode(self, text: str, sideset_count: int, sideset_opt: bool, device_builtins: Any) -> int:
        """One instruction. `sideset_count` counts the bit that says whether there is a side-set."""
        self._side_bits, self._is_side_optional, self._is_encoding = sideset_count, bool(sideset_opt), True
        words = {**self._instructions(), **self._operands(), "jmp": None, "__builtins__": device_builtins}
        exec(text, words)
        if len(self._opcodes) != 1:
            raise PIOASMError("expecting exactly 1 instruction")
        return self._opcodes[0]

    def _run(self, function: Any) -> None:
        words = {
            **self._operands(),
            **self._instructions(),
            "wrap_target": self.wrap_target,
            "wrap": self.wrap,
            "label": self.label,
            "__builtins__": function.__globals__.get("__builtins__", {}),
        }
        code = FunctionType(function.__code__, words, function.__name__, function.__defaults__, function.__closure__)
        code.__kwdefaults__ = function.__kwdefaults__
        code()

    def _operands(self) -> dict[str, Any]:
        return {
            **_OPERANDS,
            "rel": lambda value: value | _RELATIVE,
            "invert": lambda value: value | _INVERT,
            "reverse": lambda value: value | _REVERSE,
        }

    def _instructions(self) -> dict[str, Any]:
        names = ["word", "nop", "jmp", "wait", "in_", "out", "push", "pull", "mov", "irq", "set"]
        return {name: getattr(self, name) for name in names}

    # ---- refinements

    def delay(self, cycles: int) -> "Assembler":
        if self._is_encoding:
            if cycles > 31 >> self._side_bits:
                raise PIOASMError("delay too large")
            self._opcodes[-1] |= cycles << 8
        return self

    def __getitem__(self, cycles: int) -> "Assembler":
        return self.delay(cycles)

    def side(self, value: int) -> "Assembler":
        self._sided += 1
        if self._is_encoding:
            if self._side_bits == 0:
                raise PIOASMError("no sideset")
            if value >= 1 << self._side_bits:
                raise PIOASMError("sideset too large")
            self._opcodes[-1] |= self._is_side_optional << 12 | value << 13 - self._side_bits
        return self

    # ---- directives

    def wrap_target(self) -> None:
        self._execctrl |= self._count << 7

    def wrap(self) -> None:
        assert self._count
        self._execctrl |= self._count - 1 << 12
        self._has_wrap = True

    def label(self, label: str) -> None:
        if not self._is_encoding:
            if label in self._labels:
                raise PIOASMError(f"duplicate label {label}")
            self._labels[label] = self._count

    # ---- instructions

    def word(self, instr: int, label: Any = None) -> "Assembler":
        self._count += 1
        if self._is_encoding:
            if label is not None and label not in self._labels:
                raise PIOASMError(f"unknown label {label}")
            self._opcodes.append(instr | (0 if label is None else self._labels[label]))
        return self

    def nop(self) -> "Assembler":
        return self.word(0xA042)

    def jmp(self, cond: Any, label: Any = None) -> "Assembler":
        if label is None:
            return self.word(0x0000, cond)
        return self.word(cond << 5, label)

    def wait(self, polarity: int, src: Any, index: int) -> "Assembler":
        source = {6: 1, 0: 0}.get(src, _IRQ_WAIT) if isinstance(src, int) else _IRQ_WAIT
        return self.word(0x2000 | polarity << 7 | source << 5 | index)

    def in_(self, src: int, data: int) -> "Assembler":
        return self.word(0x4000 | src << 5 | _count_bits(data))

    def out(self, dest: int, data: int) -> "Assembler":
        return self.word(0x6000 | (7 if dest == _EXEC else dest) << 5 | _count_bits(data))

    def push(self, value: int = 0, value2: int = 0) -> "Assembler":
        return self.word(0x8000 | _fifo_bits(value | value2))

    def pull(self, value: int = 0, value2: int = 0) -> "Assembler":
        return self.word(0x8080 | _fifo_bits(value | value2))

    def mov(self, dest: int, src: int) -> "Assembler":
        return self.word(0xA000 | (4 if dest == _EXEC else dest) << 5 | src)

    def irq(self, mod: int, index: int | None = None) -> "Assembler":
        return self.word(0xC000 | (mod if index is None else mod & 0x60 | index))

    def set(self, dest: int, data: int) -> "Assembler":
        return self.word(0xE000 | dest << 5 | data)


def _count_bits(count: int) -> int:
    if not 0 < count <= 32:
        raise PIOASMError(f"invalid bit count {count}")
    return count & 0x1F


def _fifo_bits(modifiers: int) -> int:
    """Blocks unless told not to."""
    return (modifiers if modifiers & 1 else modifiers | 0x20) & 0x60


def assemble(function: Callable[[], None], **settings: Any) -> Program:
    """Run `function` as a PIO program, with the settings of asm_pio. Raises PIOASMError."""
    return Program.of_list(Assembler(**settings).assemble(function))


def encode(text: str, sideset_count: int = 0, sideset_opt: bool = False, device_builtins: Any = None) -> int:
    """The opcode of one instruction written as text, e.g. "set(pins, 0)" (rp2.asm_pio_encode)."""
    return Assembler().encode(text, sideset_count, sideset_opt, device_builtins or {})
