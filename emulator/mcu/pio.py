"""PIO state machines: a FIFO, a clock, and the step program by its behavioural model.

A burst is one PulseTrain on the net and one event at its end. The FIFO is emptied as the program would
do it, so several bursts may be queued.
"""

from collections import deque
from collections.abc import Callable

from emulator.env import FOREVER_NS, Call, WorldEnvironment
from emulator.errors import NotModelled
from emulator.mcu.edge_program import EdgeCounter, is_edge_program
from emulator.mcu.interrupts import IrqSource
from emulator.mcu.pio_assembler import Program
from emulator.mcu.step_model import Burst, StepProgram
from emulator.nets import DigitalNet, PulseTrain

SYSTEM_HZ = 125_000_000
FIFO_WORDS = 4
OUT_LOW, OUT_HIGH = 2, 3

_WORD = 0xFFFF_FFFF
_SET_PINS = 0xE000
_SET_PINS_MASK = 0xE0E0


class StateMachine:
    """One state machine of one power-on. Times are nanoseconds of the environment."""

    def __init__(self, env: WorldEnvironment, interrupt: Callable[[IrqSource], None]) -> None:
        self.irq_source = IrqSource()
        self.is_active = False
        self._env = env
        self._interrupt = interrupt
        self._program: StepProgram | None = None
        self._sideset = (0, False)
        self._second_pull = 0
        self._net: DigitalNet | None = None
        self._period_ns = 0
        self._fifo_words = FIFO_WORDS
        self._fifo: deque[tuple[int, int]] = deque()  # (word, time of the write)
        self._is_torn = False
        self._origin_ns = 0
        self._next_pull_cycle = 0
        self._count: tuple[int, int] | None = None  # (pulled count, earliest cycle of the second pull)
        self._end: Call | None = None
        self._end_ns = 0
        self._bursts: dict[tuple[int, int], Burst] = {}
        self._counted: tuple[DigitalNet, DigitalNet] | None = None  # (line, line of its level)
        self._counter: EdgeCounter | None = None

    def init(self, program: Program, freq_hz: int, net: DigitalNet | None) -> None:
        """Stop, load `program`, empty the FIFO, put the pin to its initial level. `freq_hz` is in the port's range.

        Raises NotModelled for another program than the step program, a clock that needs a fractional
        divider, no pin or several.
        """
        step_program = StepProgram.recognise(program)
        if net is None:
            raise NotModelled("rp2.StateMachine without set_base")
        if len(program.set_init) > 1:
            raise NotModelled("rp2.StateMachine with several set pins")
        divider, remainder = divmod(SYSTEM_HZ, freq_hz)
        if remainder:
            raise NotModelled(f"rp2.StateMachine at {freq_hz} Hz", "needs a fractional clock divider")
        self.stop()
        self._program = step_program
        self._sideset = program.sideset
        self._second_pull = step_program.second_pull
        self._net = net
        self._period_ns = divider * 1_000_000_000 // SYSTEM_HZ
        self._fifo_words = 2 * FIFO_WORDS if program.joins_for_sending else FIFO_WORDS
        self._fifo.clear()
        self._is_torn = False
        self._count = None
        self._bursts.clear()
        if program.set_init:
            net.drive(1 if program.set_init[0] == OUT_HIGH else 0, self._env.now_ns)

    def init_counter(self, program: Program, line: DigitalNet | None, level_line: DigitalNet | None) -> None:
        """As `init`, for the program that counts edges. Raises NotModelled for another one, or without both lines."""
        if not is_edge_program(program) or line is None or level_line is None:
            raise NotModelled("rp2.StateMachine with this program", "of inputs, only that of edge_counter.py is")
        self.stop()
        self._program = None
        self._counted = (line, level_line)

    def set_active(self, is_active: bool) -> None:
        """Start or stop the clock. A burst that was torn needs init or restart before the next start."""
        if is_active == self.is_active:
            return
        if self._counted is not None and is_active:
            self._counter = EdgeCounter(self._env, *self._counted)
            self.is_active = True
            return
        if not is_active:
            self.stop()
            return
        if self._is_torn:
            raise NotModelled("rp2.StateMachine.active", "resuming in the middle of a burst")
        self.is_active = True
        self._origin_ns = self._env.now_ns
        self._next_pull_cycle = 0
        if self._count is not None:
            self._count = (self._count[0], 0)
        self._run()

    def restart(self) -> None:
        """Jump to the first instruction; the FIFO keeps what has not been pulled."""
        was_active = self.is_active
        self.stop()
        self._is_torn = False
        self._count = None
        if was_active:
            self.set_active(True)

    def stop(self) -> None:
        """The clock stands still: a running train is cut and the pin keeps its level."""
        self.is_active = False
        if self._counter is not None:
            self._counter.stop()
            self._counter = self._counted = None
        if self._end is not None:
            self._end.cancel()
            self._end = None
            self._is_torn = True
            if self._net is not None:
                self._net.cut_train(self._env.now_ns)

    def put(self, word: int) -> None:
        """Write the FIFO, which must have room."""
        self._fifo.append((word & _WORD, self._env.now_ns))
        if self.is_active and self._end is None:
            self._run()

    @property
    def has_room(self) -> bool:
        return len(self._fifo) < self._fifo_words

    @property
    def waiting(self) -> int:
        """Words written and not yet pulled."""
        return len(self._fifo)

    @property
    def room_at_ns(self) -> int:
        """When a full FIFO will have room; never, if the machine does not run."""
        return self._end_ns if self._end is not None else FOREVER_NS

    @property
    def sideset(self) -> tuple[int, bool]:
        """Of the program: see pio_assembler.Program.sideset."""
        return self._sideset

    def execute(self, opcode: int) -> None:
        """Run one instruction now: `set pins`, or what reads a program that counts."""
        if self._counter is not None:
            self._counter.execute(opcode)
            return
        if opcode & _SET_PINS_MASK != _SET_PINS or self._net is None:
            raise NotModelled("rp2.StateMachine.exec", f"opcode {opcode:#06x}")
        self._net.drive(opcode & 1, self._env.now_ns)

    def get(self) -> int:
        """A word that the program has pushed. Raises NotModelled when it never will."""
        if self._counter is None:
            raise NotModelled("rp2.StateMachine.get", "the step program pushes nothing")
        return self._counter.get()

    @property
    def received(self) -> int:
        """Words pushed and not yet read."""
        return 0 if self._counter is None else self._counter.waiting

    def _run(self) -> None:
        """Pull what is there; begin a burst when both words are."""
        if self._program is None or self._net is None:
            return  # without a program nothing pulls
        fifo = self._fifo
        if self._count is None and fifo:
            last_step, written_ns = fifo.popleft()
            pull = self._cycle_at(written_ns, self._next_pull_cycle)
            self._count = (last_step, pull + self._second_pull)
        if self._count is None or not fifo:
            return
        delay, written_ns = fifo.popleft()
        last_step, earliest = self._count
        self._count = None
        pull = self._cycle_at(written_ns, earliest)
        burst = self._burst_of(last_step, delay)
        self._next_pull_cycle = pull + burst.next_pull
        period_ns = self._period_ns
        pull_ns = self._origin_ns + pull * period_ns
        self._end_ns = pull_ns + burst.irq * period_ns
        self._end = self._env.call_at(self._end_ns, self._finish, True)
        self._net.emit(
            PulseTrain(
                pull_ns + burst.first_rise * period_ns,
                burst.pulses,
                burst.high * period_ns,
                burst.period * period_ns,
            )
        )

    def _burst_of(self, last_step: int, delay: int) -> Burst:
        """The same few bursts come again and again: their figures are kept."""
        words = (last_step, delay)
        burst = self._bursts.get(words)
        if burst is None:
            assert self._program is not None
            burst = self._bursts[words] = self._program.burst(last_step, delay)
        return burst

    def _finish(self) -> None:
        self._end = None
        assert self._net is not None
        self._net.settle(self._env.now_ns)
        if self._fifo:
            self._run()
        self._interrupt(self.irq_source)

    def _cycle_at(self, t_ns: int, earliest: int) -> int:
        """The first cycle, `earliest` or later, that sees what was written at `t_ns`."""
        cycle = -(-(t_ns - self._origin_ns) // self._period_ns)
        return cycle if cycle > earliest else earliest
