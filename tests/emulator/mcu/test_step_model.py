"""The behavioural model of the step program against the program itself, run by rp2040-pio-emulator."""

from collections import deque
from dataclasses import replace
from random import Random

import pioemu
import pytest

from emulator.env import WorldEnvironment
from emulator.errors import NotModelled
from emulator.mcu.interrupts import IrqSource
from emulator.mcu.pio import StateMachine
from emulator.mcu.step_model import StepProgram
from emulator.nets import Nets, Recorder
from tests.emulator.mcu.step_source import INSTRUCTIONS, step_program

US_NS = 1_000
PAIRS = 240
IRQ = 0xC010


def edges_by_pioemu(program, words):
    """[(cycle, level)] of the pin and the cycle after which `irq` would run, from FIFO words at cycle 0."""
    generator = pioemu.emulate(
        list(program.opcodes),
        stop_when=lambda opcode, state: opcode & 0xE0FF == IRQ,
        initial_state=pioemu.State(transmit_fifo=deque(words)),
        set_base=0,
        set_count=1,
    )
    edges = []
    cycle = 0
    for before, after in generator:
        # The pin changes at the end of the instruction's own cycle, before its delay.
        if after.pin_values != before.pin_values:
            edges.append((before.clock + 1, after.pin_values & 1))
        cycle = after.clock
    return edges, cycle + 1


def edges_by_model(program, words):
    """The same from a state machine at 1 MHz, in microseconds, and the time of its interrupt."""
    env = WorldEnvironment()
    nets = Nets()
    recorder = Recorder(nets, ["STEP"])
    interrupts: list[int] = []

    def interrupt(_source: IrqSource) -> None:
        interrupts.append(env.now)

    machine = StateMachine(env, interrupt)
    machine.init(program, 1_000_000, nets.digital("STEP"))
    machine.set_active(True)
    for word in words:
        machine.put(word)
    env.run()
    return recorder.edges("STEP", env.now), interrupts


def random_pairs():
    random = Random(2040)
    for number in range(PAIRS):
        # Many short delays and some long ones; few steps where steps are long: pioemu counts down each delay.
        [delay] = random.choices((random.randrange(8), random.randrange(80), random.randrange(400)), (6, 3, 1))
        yield number, random.randrange(1, 3 if delay > 80 else 6 if delay > 8 else 24), delay


def test_the_model_equals_the_program_edge_for_edge_over_random_counts_and_delays():
    program = step_program()
    compared = 0
    for _number, steps, delay in random_pairs():
        expected, irq_cycle = edges_by_pioemu(program, (steps - 1, delay))
        edges, interrupts = edges_by_model(program, (steps - 1, delay))
        assert edges == [(cycle * US_NS, level) for cycle, level in expected], (steps, delay)
        assert interrupts == [irq_cycle * US_NS], (steps, delay)
        assert len(edges) == 2 * steps
        compared += 1
    assert compared >= 200


def test_the_model_equals_the_program_over_a_stroke_of_the_pump():
    words = (15, 309)
    expected, irq_cycle = edges_by_pioemu(step_program(), words)
    edges, interrupts = edges_by_model(step_program(), words)
    assert edges == [(cycle * US_NS, level) for cycle, level in expected]
    assert interrupts == [irq_cycle * US_NS]


def test_the_model_equals_the_program_with_delays_on_the_instructions():
    random = Random(7)
    for _ in range(40):
        # pioemu does not add a delay to a pull that found its word at once, so those stay without.
        delays = [random.randrange(6) for _ in INSTRUCTIONS]
        delays[0] = delays[2] = delays[10] = 0
        program = step_program(delays)
        words = (random.randrange(6), random.randrange(20))
        expected, _irq = edges_by_pioemu(program, words)
        edges, _interrupts = edges_by_model(program, words)
        assert edges == [(cycle * US_NS, level) for cycle, level in expected], (delays, words)


def test_queued_bursts_follow_one_another_as_in_the_program():
    program = step_program()
    edges, interrupts = edges_by_model(program, (2, 5, 1, 9))
    first, first_irq = edges_by_pioemu(program, (2, 5))
    second, second_irq = edges_by_pioemu(program, (1, 9))
    shifted = [(cycle + first_irq, level) for cycle, level in second]
    assert edges == [(cycle * US_NS, level) for cycle, level in first + shifted]
    assert interrupts == [first_irq * US_NS, (first_irq + second_irq) * US_NS]


@pytest.mark.parametrize("place", range(len(INSTRUCTIONS)))
def test_any_other_program_is_not_modelled(place):
    opcodes = list(step_program().opcodes)
    opcodes[place] = 0xA042
    other = replace(step_program(), opcodes=tuple(opcodes))
    with pytest.raises(NotModelled, match="StateMachine with this program"):
        StepProgram.recognise(other)


def test_the_period_is_what_the_step_generator_counts_on():
    burst = StepProgram.recognise(step_program()).burst(last_step=15, delay=309)
    assert burst.period == 625
