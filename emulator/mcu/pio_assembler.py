"""Assembles `@rp2.asm_pio` functions to RP2040 opcodes (RP2040 datasheet, section 3.4).

The decorated function is run twice with the PIO words as its globals, once to find the labels and once to
encode. The module's own globals are hidden from it, as they are on the board.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Any

MAX_INSTRUCTIONS = 32

_JMP_CONDITIONS = {
    "not_x": 1, "x_dec": 2, "not_y": 3, "y_dec": 4, "x_not_y": 5, "pin": 6, "not_osre": 7,
}  # fmt: skip
_WAIT_SOURCES = {"gpio": 0, "pin": 1, "irq": 2}
_IN_SOURCES = {"pins": 0, "x": 1, "y": 2, "null": 3, "isr": 6, "osr": 7}
_OUT_TARGETS = {"pins": 0, "x": 1, "y": 2, "null": 3, "pindirs": 4, "pc": 5, "isr": 6, "exec": 7}
_MOV_TARGETS = {"pins": 0, "x": 1, "y": 2, "exec": 4, "pc": 5, "isr": 6, "osr": 7}
_MOV_SOURCES = {"pins": 0, "x": 1, "y": 2, "null": 3, "status": 5, "isr": 6, "osr": 7}
_SET_TARGETS = {"pins": 0, "x": 1, "y": 2, "pindirs": 4}
_RELATIVE = 0x10


class AssemblyError(Exception):
    """What rp2.PIOASMError says."""


@dataclass(frozen=True, slots=True)
class Program:
    """Opcodes at offset 0 with the settings of the decorator. Equal programs are equal values."""

    opcodes: tuple[int, ...]
    wrap_target: int
    wrap_top: int
    set_init: tuple[int, ...] = ()
    out_init: tuple[int, ...] = ()
    sideset_init: tuple[int, ...] = ()
    is_side_optional: bool = False
    is_side_pindir: bool = False
    in_shift_right: bool = False
    out_shift_right: bool = True
    autopush: bool = False
    autopull: bool = False
    push_threshold: int = 32
    pull_threshold: int = 32
    fifo_join: int = 0


@dataclass(frozen=True, slots=True)
class _Word:
    """An operand: a register, a condition or a modifier."""

    name: str


class _Irq:
    """`irq` is an instruction, irq(rel(0)), and a source of wait."""

    name = "irq"

    def __init__(self, emit: "_Emitter") -> None:
        self._emit = emit

    def __call__(self, first: Any, second: Any = None) -> "_Instruction":
        mode, index = (None, first) if second is None else (first, second)
        bits = {None: 0, "noblock": 0, "block": 0x20, "clear": 0x40}
        name = None if mode is None else mode.name
        if name not in bits:
            raise AssemblyError(f"irq: unknown modifier {name}")
        return self._emit.add(0xC000 | bits[name] | index)


class _Instruction:
    """The instruction just emitted; [n], .delay(n) and .side(n) refine it."""

    def __init__(self, emit: "_Emitter", address: int) -> None:
        self._emit = emit
        self._address = address

    def delay(self, cycles: int) -> "_Instruction":
        self._emit.refine(self._address, cycles, 0)
        return self

    __getitem__ = delay

    def side(self, value: int) -> "_Instruction":
        self._emit.refine(self._address, 0, value, is_side=True)
        return self


class _Emitter:
    """One pass over the function."""

    def __init__(self, side_bits: int, is_side_optional: bool, labels: dict[str, int] | None) -> None:
        self.opcodes: list[int] = []
        self.labels: dict[str, int] = {}
        self.wrap_target = 0
        self.wrap_top: int | None = None
        self.sided = 0
        self._known_labels = labels
        self._side_bits = side_bits
        self._is_side_optional = is_side_optional

    def add(self, opcode: int) -> _Instruction:
        if len(self.opcodes) >= MAX_INSTRUCTIONS:
            raise AssemblyError("program is longer than 32 instructions")
        self.opcodes.append(opcode)
        return _Instruction(self, len(self.opcodes) - 1)

    def refine(self, address: int, delay: int, side: int, is_side: bool = False) -> None:
        used_bits = self._side_bits + (1 if self._is_side_optional else 0)
        if delay >= 1 << (5 - used_bits):
            raise AssemblyError(f"delay {delay} does not fit")
        field = delay
        self.sided += is_side
        if is_side:
            field |= side << (5 - used_bits)
            if self._is_side_optional:
                field |= 0x10
        self.opcodes[address] |= field << 8

    def label(self, name: str) -> None:
        if name in self.labels:
            raise AssemblyError(f"duplicate label {name}")
        self.labels[name] = len(self.opcodes)

    def set_wrap_target(self) -> None:
        self.wrap_target = len(self.opcodes)

    def set_wrap(self) -> None:
        self.wrap_top = len(self.opcodes) - 1

    def jmp(self, condition: Any, label: Any = None) -> _Instruction:
        code = 0
        if label is None:
            label = condition
        else:
            code = _look_up("jmp", condition, _JMP_CONDITIONS)
        return self.add(code << 5 | self._address_of(label))

    def wait(self, polarity: int, source: Any, index: int) -> _Instruction:
        return self.add(0x2000 | polarity << 7 | _look_up("wait", source, _WAIT_SOURCES) << 5 | index)

    def in_(self, source: Any, count: int) -> _Instruction:
        return self.add(0x4000 | _look_up("in_", source, _IN_SOURCES) << 5 | _count_bits(count))

    def out(self, target: Any, count: int) -> _Instruction:
        return self.add(0x6000 | _look_up("out", target, _OUT_TARGETS) << 5 | _count_bits(count))

    def push(self, *modifiers: _Word) -> _Instruction:
        return self.add(0x8000 | _fifo_bits(modifiers, "iffull"))

    def pull(self, *modifiers: _Word) -> _Instruction:
        return self.add(0x8080 | _fifo_bits(modifiers, "ifempty"))

    def mov(self, target: Any, source: Any) -> _Instruction:
        operation = 0
        if isinstance(source, tuple):
            operation, source = source
        code = _look_up("mov", target, _MOV_TARGETS) << 5 | operation << 3
        return self.add(0xA000 | code | _look_up("mov", source, _MOV_SOURCES))

    def nop(self) -> _Instruction:
        return self.add(0xA042)

    def set(self, target: Any, data: int) -> _Instruction:
        if not 0 <= data <= 31:
            raise AssemblyError(f"set: {data} does not fit in 5 bits")
        return self.add(0xE000 | _look_up("set", target, _SET_TARGETS) << 5 | data)

    def word(self, opcode: int, label: Any = None) -> _Instruction:
        return self.add(opcode | (0 if label is None else self._address_of(label)))

    def _address_of(self, label: Any) -> int:
        if isinstance(label, int):
            return label
        if self._known_labels is None:
            return 0  # first pass: the label may stand further down
        if label not in self._known_labels:
            raise AssemblyError(f"unknown label {label}")
        return self._known_labels[label]

    def words(self) -> dict[str, Any]:
        """The names a program may use."""
        names = {*_JMP_CONDITIONS, *_WAIT_SOURCES, *_IN_SOURCES, *_OUT_TARGETS, *_MOV_TARGETS, *_MOV_SOURCES}
        words: dict[str, Any] = {name: _Word(name) for name in names | _MODIFIERS}
        words.update(
            wrap_target=self.set_wrap_target, wrap=self.set_wrap, label=self.label, word=self.word,
            nop=self.nop, jmp=self.jmp, wait=self.wait, in_=self.in_, out=self.out, push=self.push,
            pull=self.pull, mov=self.mov, set=self.set, irq=_Irq(self), rel=lambda index: index | _RELATIVE,
            invert=lambda source: (1, source), reverse=lambda source: (2, source),
        )  # fmt: skip
        return words


_MODIFIERS = {"block", "noblock", "iffull", "ifempty", "clear"}


def _look_up(instruction: str, operand: Any, table: dict[str, int]) -> int:
    name = getattr(operand, "name", None)
    if name not in table:
        raise AssemblyError(f"{instruction}: cannot take {operand!r}")
    return table[name]


def _count_bits(count: int) -> int:
    if not 1 <= count <= 32:
        raise AssemblyError(f"bit count {count} is not 1 to 32")
    return count & 0x1F


def _fifo_bits(modifiers: tuple[_Word, ...], conditional: str) -> int:
    names = [modifier.name for modifier in modifiers]
    if any(name not in ("block", "noblock", conditional) for name in names):
        raise AssemblyError(f"push/pull: unknown modifier in {names}")
    return (0 if "noblock" in names else 0x20) | (0x40 if conditional in names else 0)


def _levels(setting: Any) -> tuple[int, ...]:
    """set_init and its like: None, one setting or several."""
    if setting is None:
        return ()
    return (setting,) if isinstance(setting, int) else tuple(setting)


def assemble(function: Callable[[], None], sideset_init: Any = None, **settings: Any) -> Program:
    """Run `function` as a PIO program. Raises AssemblyError, in the words of the instruction at fault.

    `settings` are the other keywords of Program, with set_init and out_init in the decorator's form.
    """
    side = _levels(sideset_init)

    def run(is_optional: bool, labels: dict[str, int] | None) -> _Emitter:
        emit = _Emitter(len(side), is_optional, labels)
        FunctionType(function.__code__, emit.words(), function.__name__)()
        return emit

    first = run(False, None)
    if not first.opcodes:
        raise AssemblyError("program is empty")
    # One bit more says whether an instruction has a side-set, unless all of them do.
    optional = bool(side) and first.sided < len(first.opcodes)
    emit = run(optional, first.labels)
    top = len(emit.opcodes) - 1 if emit.wrap_top is None else emit.wrap_top
    return Program(
        opcodes=tuple(emit.opcodes),
        wrap_target=emit.wrap_target,
        wrap_top=top,
        sideset_init=side,
        is_side_optional=optional,
        set_init=_levels(settings.pop("set_init", None)),
        out_init=_levels(settings.pop("out_init", None)),
        **settings,
    )


def encode(instruction: str) -> int:
    """The opcode of one instruction written as text, e.g. "set(pins, 0)" (rp2.asm_pio_encode)."""
    emit = _Emitter(0, False, {})
    eval(instruction, emit.words())  # noqa: S307 - firmware's own text, with nothing but PIO words in reach
    return emit.opcodes[0]
