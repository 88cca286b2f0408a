"""The step program as firmware/drivers/step_generator.py has it, with a delay to choose per instruction."""

from collections.abc import Sequence

from emulator.mcu.pio_assembler import Program, assemble

INSTRUCTIONS = (
    "pull(block)", "mov(x, osr)", "pull(block)", "set(pins, 1)", "mov(y, osr)", 'jmp(y_dec, "high")',
    "set(pins, 0)", "mov(y, osr)", 'jmp(y_dec, "low")', 'jmp(x_dec, "step")', "irq(rel(0))",
)  # fmt: skip
_LABELS = {3: "step", 5: "high", 8: "low"}
_NO_DELAYS = (0,) * len(INSTRUCTIONS)
OUT_LOW = 2


def source(delays: Sequence[int] = _NO_DELAYS) -> str:
    """Its lines, as a function `step_program` without a decorator."""
    lines = ["def step_program():"]
    for place, (instruction, delay) in enumerate(zip(INSTRUCTIONS, delays, strict=True)):
        if place in _LABELS:
            lines.append(f'    label("{_LABELS[place]}")')
        lines.append(f"    {instruction}" + (f"[{delay}]" if delay else ""))
    return "\n".join(lines) + "\n"


# As a firmware writes it.
DECORATED = "@rp2.asm_pio(set_init=rp2.PIO.OUT_LOW)\n" + source()


def step_program(delays: Sequence[int] = _NO_DELAYS) -> Program:
    names: dict = {}
    exec(source(delays), names)
    return assemble(names["step_program"], set_init=OUT_LOW)
