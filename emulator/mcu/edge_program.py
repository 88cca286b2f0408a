"""A model of the program that counts edges: two counters in X and Y, chosen by the level of the jump pin.

The program (hil/rig/edge_counter.py) is recognised by its instructions. Counts come from what the nets know of their
trains and tones, so that an edge costs nothing until somebody asks.
"""

from collections import deque

from emulator.env import WorldEnvironment
from emulator.errors import NotModelled
from emulator.mcu.pio_assembler import Program
from emulator.nets import DigitalNet, PulseTrain

# mov x ~null, mov y ~null, wait 0 pin 0, wait 1 pin 0, jmp pin 7, jmp y-- 2, jmp 2, jmp x-- 2
_SHAPE = (0xA02B, 0xA04B, 0x2020, 0x20A0, 0x00C7, 0x0082, 0x0002, 0x0042)
_WRAP = (2, 7)
_READ_X, _READ_Y, _PUSH = 0xA0C9, 0xA0CA, 0x8000  # mov isr ~x, mov isr ~y, push noblock
_FIFO_WORDS = 4
_SECOND_NS = 1_000_000_000


def is_edge_program(program: Program) -> bool:
    return program.opcodes == _SHAPE and (program.wrap_target, program.wrap_top) == _WRAP and not program.has_auto


class EdgeCounter:
    """Counts rising edges of `line` from now on, apart by the level that `level_line` has. Of a line that takes trains
    only, it takes the trains; of others edges and tones.
    """

    def __init__(self, env: WorldEnvironment, line: DigitalNet, level_line: DigitalNet) -> None:
        self._env = env
        self._line = line
        self._level_line = level_line
        self._level = level_line.level_at(env.now_ns)
        self._counts = [0, 0]
        self._train: PulseTrain | None = None
        self._taken = 0
        self._tone_since_ns = 0
        self._tone_hz = 0
        self._tone_edges = 0
        self._is_listening = True
        self._isr = 0
        self._fifo: deque[int] = deque()
        if line.by_trains_only:
            line.on_train(self._train_began)
        else:
            line.on_edge(self._edge)
            line.on_tone(self._tone_changed)
            self._begin_tone(line.tone_hz if line.tone_duty_u16 else 0, env.now_ns)
        if level_line is not line:
            level_line.on_edge(self._level_changed)

    def stop(self) -> None:
        """The state machine is switched off for good."""
        self._is_listening = False
        if not self._line.by_trains_only:
            self._line.off_edge(self._edge)
        self._level_line.off_edge(self._level_changed)

    def execute(self, opcode: int) -> None:
        """The instructions that read it. Raises NotModelled for others."""
        if opcode in (_READ_X, _READ_Y):
            self._count_until(self._env.now_ns)
            self._isr = self._counts[1 if opcode == _READ_X else 0]
        elif opcode == _PUSH:
            if len(self._fifo) < _FIFO_WORDS:
                self._fifo.append(self._isr)
            self._isr = 0
        else:
            raise NotModelled("rp2.StateMachine.exec", f"opcode {opcode:#06x} in a program that counts edges")

    def get(self) -> int:
        """Raises NotModelled for a wait without end: nothing pushes by itself."""
        if not self._fifo:
            raise NotModelled("rp2.StateMachine.get of an empty FIFO", "the program that counts edges pushes nothing")
        return self._fifo.popleft()

    @property
    def waiting(self) -> int:
        return len(self._fifo)

    def _count_until(self, t_ns: int) -> None:
        train = self._train
        if train is not None:
            rises = train.rises_until(t_ns)
            self._counts[self._level] += rises - self._taken
            self._taken = rises
        elif self._tone_hz:
            edges = (t_ns - self._tone_since_ns) * self._tone_hz // _SECOND_NS + 1
            self._counts[self._level] += edges - self._tone_edges
            self._tone_edges = edges
        elif not self._line.by_trains_only:
            self._line.settle(t_ns)

    def _train_began(self, _net: DigitalNet, train: PulseTrain) -> None:
        if self._is_listening:
            self._count_until(self._env.now_ns)
            self._train, self._taken = train, 0

    def _edge(self, _net: DigitalNet, level: int, _t_ns: int) -> None:
        if level:
            self._counts[self._level] += 1

    def _tone_changed(self, _net: DigitalNet, freq_hz: int, duty_u16: int, t_ns: int) -> None:
        if self._is_listening:
            self._count_until(t_ns)
            self._begin_tone(freq_hz if duty_u16 else 0, t_ns)

    def _begin_tone(self, tone_hz: int, t_ns: int) -> None:
        self._tone_hz, self._tone_since_ns, self._tone_edges = tone_hz, t_ns, 0

    def _level_changed(self, _net: DigitalNet, level: int, t_ns: int) -> None:
        self._count_until(t_ns)
        self._level = level
