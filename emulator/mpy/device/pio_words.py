"""Writes an `@asm_pio` function down as text: every word of the assembler notes how it was called.

The host assembles the text with the same assembler as on target sim; nothing is encoded here.
"""

_OPERANDS = (
    "pins", "x", "y", "osr", "isr", "null", "status", "pindirs", "pc", "exec", "gpio", "pin", "block",
    "noblock", "clear", "iffull", "ifempty", "not_x", "x_dec", "not_y", "y_dec", "x_not_y", "not_osre",
)  # fmt: skip
_INSTRUCTIONS = ("label", "wrap_target", "wrap", "jmp", "wait", "in_", "out", "push", "pull", "mov", "set", "nop")
_FUNCTIONS = ("rel", "invert", "reverse")


class _Text:
    """An operand or an instruction, as it was written."""

    def __init__(self, text):
        self.text = text


class _Instruction:
    """The line just noted; [n], .delay(n) and .side(n) go on with it."""

    def __init__(self, lines):
        self._lines = lines

    def delay(self, cycles):
        self._lines[-1] += f".delay({cycles})"
        return self

    def __getitem__(self, cycles):
        return self.delay(cycles)

    def side(self, value):
        self._lines[-1] += f".side({value})"
        return self


def _call_text(name, arguments):
    words = [word.text if isinstance(word, _Text) else repr(word) for word in arguments]
    return name + "(" + ", ".join(words) + ")"


class _Irq(_Text):
    """`irq` is an instruction and an operand of wait."""

    def __init__(self, lines):
        super().__init__("irq")
        self._lines = lines

    def __call__(self, *arguments):
        self._lines.append(_call_text("irq", arguments))
        return _Instruction(self._lines)


def _instruction(name, lines):
    def note(*arguments):
        lines.append(_call_text(name, arguments))
        return _Instruction(lines)

    return note


def _function(name):
    return lambda *arguments: _Text(_call_text(name, arguments))


def written_down(function):
    """The body of the function, one instruction a line. Its own globals are hidden from it meanwhile."""
    lines = []
    words: dict = {"irq": _Irq(lines)}
    for name in _OPERANDS:
        words[name] = _Text(name)
    for name in _INSTRUCTIONS:
        words[name] = _instruction(name, lines)
    for name in _FUNCTIONS:
        words[name] = _function(name)
    its_globals = function.__globals__
    kept = its_globals.copy()
    its_globals.clear()
    its_globals.update(words)
    try:
        function()
    finally:
        its_globals.clear()
        its_globals.update(kept)
    return lines
