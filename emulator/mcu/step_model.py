"""A model of the step program: cycle counts of one burst, computed from the delays of its opcodes.

The program (firmware/drivers/step_generator.py) takes a count and a delay from the FIFO and puts out
count + 1 pulses. Any program with these instructions, with any delay on each of them, is recognised. The
result is compared edge for edge with `rp2040-pio-emulator` in tests/emulator/mcu/test_step_model.py.
"""

from dataclasses import dataclass
from typing import NamedTuple

from emulator.errors import NotModelled
from emulator.mcu.pio_assembler import Program

# pull, mov x osr, pull, set pins 1, mov y osr, jmp y-- self, set pins 0, mov y osr, jmp y-- self,
# jmp x-- to the set, irq 0 rel.
_SHAPE = (0x80A0, 0xA027, 0x80A0, 0xE001, 0xA047, 0x0085, 0xE000, 0xA047, 0x0088, 0x0043, 0xC010)
_DELAY_FIELD = 0x1F00


class Burst(NamedTuple):
    """One burst in cycles after the one in which its delay is pulled."""

    first_rise: int
    pulses: int
    high: int
    period: int
    irq: int
    next_pull: int


@dataclass(frozen=True, slots=True)
class StepProgram:
    """The delays of the eleven instructions."""

    delays: tuple[int, ...]

    @classmethod
    def recognise(cls, program: Program) -> "StepProgram":
        """Raises NotModelled for any other program."""
        opcodes = program.opcodes
        is_known = (
            tuple(opcode & ~_DELAY_FIELD for opcode in opcodes) == _SHAPE
            and (program.wrap_target, program.wrap_top) == (0, len(_SHAPE) - 1)
            and not (program.sideset_init or program.has_auto)
        )
        if not is_known:
            raise NotModelled("rp2.StateMachine with this program", "only the step program of step_generator.py is")
        return cls(tuple(opcode >> 8 & 0x1F for opcode in opcodes))

    @property
    def second_pull(self) -> int:
        """Cycles from the first pull to the earliest second one."""
        return 2 + self.delays[0] + self.delays[1]

    def burst(self, last_step: int, delay: int) -> Burst:
        """The burst of these two words; `last_step` is the count minus one.

        What an instruction does is seen at the end of its cycle, so all figures are one more than the
        cycle of the instruction.
        """
        d = self.delays
        loops = delay + 1
        high = (1 + d[3]) + (1 + d[4]) + loops * (1 + d[5])
        low = (1 + d[6]) + (1 + d[7]) + loops * (1 + d[8]) + (1 + d[9])
        set_cycle = 1 + d[2]
        irq_cycle = set_cycle + (last_step + 1) * (high + low)
        return Burst(
            first_rise=set_cycle + 1,
            pulses=last_step + 1,
            high=high,
            period=high + low,
            irq=irq_cycle + 1,
            next_pull=irq_cycle + 1 + d[10],
        )
