"""A state machine as firmware uses it: bursts, interrupts, full FIFOs, and bursts that are torn."""

from textwrap import indent

import pytest

from emulator.errors import NotModelled
from tests.emulator.mcu.step_source import DECORATED

MS_NS = 1_000_000

STEPPER = f"""
    import rp2, time
    from machine import Pin

{indent(DECORATED, "    ")}

    done = []
    machine = rp2.StateMachine(0, step_program, freq=1_000_000, set_base=Pin(2))
    machine.irq(lambda source: done.append((source is machine, time.ticks_ms())), hard=True)
    machine.active(1)

    def burst(steps):
        machine.put(steps - 1)
        machine.put(309)
"""


@pytest.fixture
def stepping(make_device):
    """`stepping(lines)`: a device with the step program, its trains in `trains`."""

    def make(lines):
        device = make_device(STEPPER + lines)
        device.trains = []
        device.nets.digital("STEP").on_train(lambda _net, train: device.trains.append(train))
        return device

    return make


def test_a_stroke_is_one_train_and_one_interrupt_at_its_end(stepping):
    device = stepping("\n    burst(16)\n    start = time.ticks_ms()\n    time.sleep_ms(500)\n    print(start, done)")
    device.run_ms(1000)
    (train,) = device.trains
    assert (train.count, train.period_ns, train.high_ns) == (16, 625_000, 312_000)
    start_ms, done = device.lines[0].split(" ", 1)
    assert done == f"[(True, {int(start_ms) + 10})]"


def test_a_burst_cut_by_stopping_the_machine_makes_no_more_edges(stepping):
    device = stepping(
        """
    burst(100)
    time.sleep_ms(10)
    machine.active(0)
    machine.init(step_program, freq=1_000_000, set_base=Pin(2))
    machine.active(1)
    burst(2)
    time.sleep_ms(100)
    print(len(done))
    """
    )
    edges = []
    device.nets.digital("STEP").on_edge(lambda _net, level, t_ns: edges.append(level))
    device.run_ms(1000)
    torn, whole = device.trains
    assert 14 <= torn.rises_until(torn.end_ns) <= 18 and torn.cut_ns is not None
    assert whole.rises_until(whole.end_ns) == 2 and whole.cut_ns is None
    assert sum(edges) == torn.rises_until(torn.end_ns) + 2
    assert device.lines == ["1"], "a torn burst raises no interrupt"


def test_a_restart_begins_with_the_next_words(stepping):
    device = stepping("\n    burst(100)\n    time.sleep_ms(10)\n    machine.restart()\n    burst(3)\n    time.sleep(1)")
    device.run_ms(2000)
    assert [train.rises_until(train.end_ns) for train in device.trains][1:] == [3]


def test_going_on_in_the_middle_of_a_burst_is_not_modelled(stepping):
    device = stepping("\n    burst(100)\n    time.sleep_ms(10)\n    machine.active(0)\n    machine.active(1)")
    with pytest.raises(NotModelled, match="middle of a burst"):
        device.run_ms(1000)


def test_a_put_into_a_full_fifo_waits_for_room(stepping):
    device = stepping(
        """
    start = time.ticks_ms()
    for _ in range(4):
        burst(16)
    print(machine.tx_fifo(), time.ticks_diff(time.ticks_ms(), start))
    """
    )
    device.run_ms(1000)
    # Three bursts fit (one runs, two wait); the fourth waits for the end of the first, 10 ms.
    assert device.lines == ["4 10"]
    assert [train.count for train in device.trains] == [16, 16, 16, 16]


def test_words_put_before_the_start_wait_for_it(stepping):
    device = stepping(
        """
    machine.active(0)
    burst(2)
    time.sleep_ms(50)
    machine.active(1)
    time.sleep(1)
    """
    )
    device.run_ms(2000)
    (train,) = device.trains
    assert train.start_ns > 76 * MS_NS  # 26.5 ms of boot and the 50 ms


def test_the_pin_can_be_set_by_an_instruction(stepping):
    device = stepping('\n    machine.active(0)\n    machine.exec("set(pins, 1)")\n    time.sleep(1)')
    device.run_ms(1000)
    assert device.nets.digital("STEP").level == 1


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("machine.init(step_program, freq=3_000_000, set_base=Pin(2))", "fractional clock divider"),
        ("machine.init(step_program, freq=1_000_000)", "without set_base"),
        ("machine.get()", "StateMachine.get"),
        ('machine.exec("set(x, 1)")', "opcode 0xe021"),
        ("rp2.PIO(0).irq()", "rp2.PIO.irq"),
    ],
)
def test_what_the_model_cannot_do_says_so(stepping, line, complaint):
    with pytest.raises(NotModelled, match=complaint):
        stepping(f"\n    {line}").run_ms(1000)


def test_a_reset_cuts_the_burst_and_lets_the_pin_float(stepping):
    device = stepping("\n    burst(1000)\n    time.sleep(10)")
    device.run_ms(500)
    device.power_off()
    (train,) = device.trains
    assert train.cut_ns == 500 * MS_NS
    assert device.nets.digital("STEP").level == 0
