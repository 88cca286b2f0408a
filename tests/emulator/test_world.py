"""Processor, nets, bench and plant together, with small firmwares of their own."""

import gc
from datetime import datetime
from time import perf_counter

import pytest

from emulator.bench import BenchConfig
from emulator.env import WorldEnvironment
from emulator.faults import FaultError, FaultInjector
from emulator.world import World
from tests.emulator.mcu.step_source import DECORATED
from tests.emulator.wired_world import IDLE_FIRMWARE, SECOND, HandDrivenWorld

STROKES = f"""
import rp2
from machine import I2C, Pin
from time import sleep_ms

{DECORATED}
Pin(4, Pin.OUT, value=0)
Pin(3, Pin.OUT, value=1)
machine = rp2.StateMachine(0, step_program, freq=1_000_000, set_base=Pin(2, Pin.OUT, value=0))
machine.active(1)
bus = I2C(0, scl=Pin(9), sda=Pin(8), freq=400_000)
while True:
    machine.put(15)
    machine.put(309)
    sleep_ms(1000)
    status, high, low = bus.readfrom_mem(0x36, 0x0B, 3)
    print(status, high << 8 | low)
""".encode()

READ_ALL = b"""
from machine import ADC, I2C, Pin
bus = I2C(0, scl=Pin(9), sda=Pin(8), freq=400_000)
print("clock", " ".join("%02x" % byte for byte in bus.readfrom_mem(0x68, 0, 7)))
print("pressure", ADC(0).read_u16() * 3300 >> 16)
print("supply", ADC(1).read_u16() * 3300 >> 16)
print("button", Pin(14, Pin.IN, Pin.PULL_UP).value(), Pin(17, Pin.IN, Pin.PULL_UP).value())
"""

QUIET = BenchConfig.ideal(start_clock=datetime(2026, 3, 1, 23, 59, 58), magnet_offset_counts=0.0)


def run(firmware, seconds, config=QUIET, **more):
    world = World(config, {"/main.py": firmware}, **more)
    world.power_on()
    world.env.run(until=round(seconds * SECOND))
    return world


def test_firmware_turns_the_rotor_and_reads_its_angle():
    world = run(STROKES, 10.9)
    assert world.mcu.crash is None
    angles = [int(line.split()[1]) for line in world.mcu.console.splitlines() if line.startswith("32 ")]
    assert angles[:4] == [20, 41, 61, 82]
    truth = world.truth()
    strokes = len(world.series) - 1
    assert strokes - len(angles) in (0, 1)
    assert truth.commanded_microsteps == strokes * 16
    assert truth.rotor_rev == strokes * 16 / 3_200
    assert truth.missed_nl == 0.0
    assert truth.in_csf_nl + truth.leaked_nl + truth.trapped_nl == pytest.approx(truth.delivered_nl)


def test_firmware_reads_every_part():
    console = run(READ_ALL, 5.0).mcu.console.splitlines()
    assert console[0] in ("clock 58 59 23 07 01 03 26", "clock 59 59 23 07 01 03 26")
    assert console[1] == "pressure 219"  # 218 mV; the converter is two steps high there
    assert console[2] == "supply 1851"
    assert console[3] == "button 1 1"


def test_a_button_held_at_power_on_is_seen():
    world = World(QUIET, {"/main.py": READ_ALL})
    world.bench.silence_button.press()
    world.power_on()
    world.env.run(until=5 * SECOND)
    assert "button 1 0" in world.mcu.console


def test_delivered_between_adds_up():
    world = run(STROKES, 60.0)
    whole = world.delivered_between(0, world.env.now)
    halves = world.delivered_between(0, 30 * SECOND) + world.delivered_between(30 * SECOND, world.env.now)
    assert whole == pytest.approx(halves) == pytest.approx(world.truth().delivered_nl)
    assert 17_000 < whole < 19_000
    with pytest.raises(ValueError, match="future"):
        world.delivered_between(0, world.env.now + 1)


def test_the_same_seed_gives_the_same_world():
    def outcome(seed):
        world = run(STROKES, 30.0, BenchConfig(), seed=seed)
        return world.mcu.console, world.truth(), world.trace.sha256()

    assert outcome(3) == outcome(3)
    assert outcome(3)[0] != outcome(4)[0]


def test_asking_for_the_truth_changes_nothing():
    asked, left_alone = (
        World(BenchConfig(), {"/main.py": STROKES}),
        World(BenchConfig(), {"/main.py": STROKES}),
    )
    for world in (asked, left_alone):
        world.power_on()
    for tenth in range(1, 200):
        asked.env.run(until=tenth * SECOND // 10)
        asked.truth()
    left_alone.env.run(until=199 * SECOND // 10)
    assert asked.mcu.console == left_alone.mcu.console
    assert asked.truth().delivered_nl == pytest.approx(left_alone.truth().delivered_nl)
    assert asked.trace.sha256() == left_alone.trace.sha256()


def test_two_pumps_share_time_and_nothing_else():
    env = WorldEnvironment()
    one, two = (World(QUIET, {"/main.py": STROKES}, env=env, name=name) for name in ("one", "two"))
    one.power_on()
    env.run(until=5 * SECOND)
    two.power_on()
    env.run(until=10 * SECOND)
    assert one.truth().delivered_nl > two.truth().delivered_nl > 0
    FaultInjector(one).inject("motor.stall")
    before = one.truth().delivered_nl, two.truth().delivered_nl
    env.run(until=20 * SECOND)
    assert one.truth().delivered_nl == before[0]
    assert two.truth().delivered_nl > before[1]


def test_power_off_stops_the_rotor_in_the_middle_of_a_burst():
    world = run(STROKES.replace(b"machine.put(15)", b"machine.put(3199)"), 1.5)
    before = world.truth().rotor_rev
    assert 0.1 < before < 0.9
    world.power_off()
    world.env.run(until=10 * SECOND)
    assert world.truth().rotor_rev == pytest.approx(before, abs=0.001)
    assert world.trace.lines[-1] == "1500000000 power off"


def test_a_deep_dip_restarts_the_board_and_a_shallow_one_does_not():
    world = HandDrivenWorld()
    world.wait(1.0)
    FaultInjector(world).inject("supply.dip", voltage=2_500.0, duration=0.1)
    world.wait(1.0)
    assert world.power_losses == 0
    deep = FaultInjector(world).inject("supply.dip", voltage=1_500.0, duration=0.1)
    world.wait(1.0)
    assert world.power_losses == 1
    assert deep.took_effect
    assert [line.split(" ", 1)[1] for line in world.trace.lines if "power" in line] == [
        "power on", "power off", "power on",
    ]  # fmt: skip


def test_brown_out_has_hysteresis():
    world = HandDrivenWorld()
    world.plant.supply.pull_down("test", 1_799.0)
    assert not world.mcu.is_powered
    world.plant.supply.pull_down("test", 1_900.0)
    assert not world.mcu.is_powered
    world.plant.supply.release("test")
    assert world.mcu.is_powered
    world.plant.supply.pull_down("test", 1_900.0)
    assert world.mcu.is_powered


def test_the_switch_stays_open_whatever_the_supply_does():
    world = World(QUIET, IDLE_FIRMWARE)
    world.plant.supply.pull_down("test", 0.0)
    world.plant.supply.release("test")
    assert not world.mcu.is_powered
    world.power_on()
    world.power_on()
    assert world.mcu.is_powered
    assert world.trace.lines == ["0 power on"]


def test_the_clock_runs_on_while_the_board_is_off():
    world = World(QUIET, IDLE_FIRMWARE)
    world.env.run(until=3_600 * SECOND)
    assert world.bench.clock.now(world.env.now) == datetime(2026, 3, 2, 0, 59, 58)


WRITER = b"""
from time import sleep_ms
count = 0
while True:
    with open("/count.txt", "w") as file:
        file.write(str(count))
    count += 1
    sleep_ms(100)
"""


@pytest.mark.parametrize("place", ["before", "inside", "after"])
def test_supply_cut_at_a_flash_operation(place):
    world = run(WRITER, 5.0)
    fault = FaultInjector(world).inject("supply.cut", operation=7, place=place, duration=2.0)
    assert not fault.took_effect
    operations = world.flash.operations
    world.env.run(until=7 * SECOND)
    assert world.flash.operations == operations + 7
    assert not world.mcu.is_powered
    assert fault.took_effect
    world.env.run(until=20 * SECOND)
    assert world.mcu.is_powered and world.mcu.crash is None
    assert not fault.is_active
    assert world.power_losses == 1
    assert int(world.flash.read_file("/count.txt")) > 20


def test_supply_cut_now():
    world = HandDrivenWorld()
    fault = FaultInjector(world).inject("supply.cut", duration=5.0)
    assert fault.took_effect and not world.mcu.is_powered
    world.wait(6.0)
    assert world.mcu.is_powered and not fault.is_active


def test_worn_flash_cells_are_felt_by_the_firmware():
    world = run(WRITER, 5.0)
    fault = FaultInjector(world).inject("flash.write_error")
    world.env.run(until=10 * SECOND)
    assert fault.took_effect
    assert "OSError" in (world.mcu.crash or "")
    fault.clear()
    world.mcu.reset()
    world.env.run(until=20 * SECOND)
    assert world.mcu.crash is None


def test_a_bit_flips_in_the_flash():
    world = World(QUIET, {"/main.py": STROKES})
    before = world.flash.image
    fault = FaultInjector(world).inject("flash.bit_flip", block=0, offset=5, bit=3)
    after = world.flash.image
    assert fault.took_effect
    assert after[5] == before[5] ^ 8
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1
    random = FaultInjector(world).inject("flash.bit_flip")
    assert random.took_effect
    assert sum(a != b for a, b in zip(after, world.flash.image, strict=True)) == 1


def test_a_full_file_system_takes_nothing_more():
    world = World(QUIET, {"/main.py": WRITER.replace(b"str(count)", b'"x" * 9000')})
    fault = FaultInjector(world).inject("flash.full")
    assert fault.took_effect
    world.power_on()
    world.env.run(until=10 * SECOND)
    assert "28" in (world.mcu.crash or "")
    world.power_off()
    fault.clear()
    world.power_on()
    world.env.run(until=20 * SECOND)
    assert world.mcu.crash is None


COUNTER = b"""
from firmware.core.counter import Counter
from time import sleep_ms

def main():
    counter = Counter()
    while True:
        print(counter.total)
        sleep_ms(1000)

main()
"""


def test_a_bit_flips_in_a_critical_variable():
    files = {
        "/main.py": COUNTER,
        "/firmware/core/counter.py": b"class Counter:\n    def __init__(self):\n        self.total = 4\n",
    }
    world = World(QUIET, files)
    world.power_on()
    world.env.run(until=3 * SECOND)
    fault = FaultInjector(world).inject("ram.bit_flip", attribute="Counter.total", bit=5)
    world.env.run(until=6 * SECOND)
    assert fault.took_effect
    assert world.mcu.console.split()[-1] == "36"
    assert FaultInjector(world).inject("ram.bit_flip").took_effect
    with pytest.raises(FaultError, match="Counter.sum"):
        FaultInjector(world).inject("ram.bit_flip", attribute="Counter.sum")


@pytest.mark.parametrize(("attribute", "expected"), [("steps", "36 4"), ("marks", "4 36")])
def test_a_bit_flips_in_a_list_of_a_critical_object(attribute, expected):
    """A dose window, a programme or a row of marks is as critical as a number."""
    files = {
        "/main.py": b"from time import sleep\nfrom firmware.core.table import Table\ntable = Table()\nwhile True:\n"
        b"    sleep(1)\n    print(table.steps[0], table.marks[0])\n",
        "/firmware/core/table.py": b"class Table:\n    def __init__(self):\n        self.steps = [4]\n"
        b"        self.marks = bytearray([4])\n",
    }
    world = World(QUIET, files)
    world.power_on()
    world.env.run(until=3 * SECOND)
    assert FaultInjector(world).inject("ram.bit_flip", attribute=f"Table.{attribute}", bit=5).took_effect
    world.env.run(until=6 * SECOND)
    assert world.mcu.console.splitlines()[-1] == expected
    with pytest.raises(FaultError, match="bit 0 to 7"):
        FaultInjector(world).inject("ram.bit_flip", attribute="Table.marks", bit=8)


def test_a_hung_processor_is_restarted_by_its_watchdog():
    firmware = b"""
from machine import WDT, reset_cause
from time import sleep_ms
print("cause", reset_cause())
dog = WDT(timeout=8000)
while True:
    dog.feed()
    sleep_ms(1000)
"""
    world = run(firmware, 20.0)
    assert world.mcu.resets == []
    fault = FaultInjector(world).inject("cpu.hang")
    world.env.run(until=40 * SECOND)
    assert fault.took_effect
    assert len(world.mcu.resets) == 1
    assert 26 * SECOND < world.mcu.resets[0][0] < 29 * SECOND
    assert "cause 3" in world.mcu.console
    fault.clear()
    world.env.run(until=60 * SECOND)
    assert len(world.mcu.resets) == 1


def test_a_hang_that_ends_in_time_is_no_restart():
    world = run(b"from time import sleep_ms\nwhile True:\n    print('.')\n    sleep_ms(1000)\n", 5.0)
    FaultInjector(world).inject("cpu.hang", duration=3.0)
    dots = world.mcu.console.count(".")
    world.env.run(until=round(7.9 * SECOND))
    assert world.mcu.console.count(".") == dots
    world.env.run(until=15 * SECOND)
    assert world.mcu.console.count(".") > dots
    assert world.mcu.resets == []


def test_worlds_are_cheap():
    World(QUIET, IDLE_FIRMWARE)  # the image is built once
    gc.collect()
    begin = perf_counter()
    for _ in range(10):
        World(QUIET, IDLE_FIRMWARE)
    assert (perf_counter() - begin) / 10 < 0.05
