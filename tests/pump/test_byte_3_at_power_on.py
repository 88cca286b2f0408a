"""A byte 3, Ctrl-C to the board until the program has said otherwise, ends no pump while it starts (LNK-03)."""

from __future__ import annotations

import pytest

from emulator.mcu import Flash, FlashImage
from emulator.mcu.costs import BOOT_NS
from emulator.world import REPOSITORY, World
from hil.board.files import compiled_files
from hil.targets.mpy import MpyTarget
from hil.targets.sim import SimTarget
from protocols import frame, ids
from tests.conformance.rig import Rig, scenario

CTRL_C = b"\x03"
HELLO = frame.encode(ids.MSG_HELLO, 0, bytes([ids.PROTOCOL_MAJOR, 0]))  # has bytes 3 in it
RATE_NL_PER_H = 200_000
US, MS = 1_000, 1_000_000


def restart(target, moments_ns, data):
    """Power off and on; `data` is written at each moment after power-on. Then the boot has its time."""
    target.power.off()
    target.clock.run_until(target.clock.now_ns + 1_000 * MS)
    target.power.on()
    begin_ns = target.clock.now_ns
    for moment_ns in moments_ns:
        target.clock.run_until(begin_ns + moment_ns)
        target.serial.write(data)
    target.clock.run_until(begin_ns + 20_000 * MS)


PATTERNS = {
    "one, as the program begins": ([BOOT_NS], CTRL_C),
    "one, 1 us later": ([BOOT_NS + US], CTRL_C),
    "one, 100 us later": ([BOOT_NS + 100 * US], CTRL_C),
    "one, 5 ms later": ([BOOT_NS + 5 * MS], CTRL_C),
    "one, 27 ms later": ([BOOT_NS + 27 * MS], CTRL_C),
    "HELLO every 5 ms from power-on": (range(0, 2_000 * MS, 5 * MS), HELLO),
    "one every ms around the beginning": (range(BOOT_NS - 20 * MS, BOOT_NS + 60 * MS, MS), CTRL_C),
    "one every 10 us as the program begins": (range(BOOT_NS - 50 * US, BOOT_NS + 1_000 * US, 10 * US), CTRL_C),
}


@pytest.fixture(scope="module", params=["sim", "mpy"])
def running(request):
    if request.param == "mpy":
        made = MpyTarget.of_scenario(scenario(), files=compiled_files())  # as `pumpbench flash` copies them
    else:
        made = SimTarget.of_scenario(scenario())
    with made as target:
        rig = Rig(target)
        rig.deliver(RATE_NL_PER_H)
        rig.run_for(60.0)
        yield rig


@pytest.mark.requirement("LNK-03", "INT-05")
@pytest.mark.parametrize("pattern", PATTERNS)
def test_therapy_goes_on_after_a_restart_with_bytes_3(running, pattern):
    running.run_for(10.0)
    boots = running.client.status().boots
    restart(running.target, *PATTERNS[pattern])
    running.client.hello()
    status = running.client.status()
    assert (status.mode, status.boots) == ("RUNNING", boots + 1)


@pytest.mark.requirement("LNK-03", "INT-05")
def test_a_program_that_an_interrupt_from_the_keyboard_ends_leaves_an_alarm():
    """However it came in: it is no Exception, and still no therapy is given in silence."""
    world = World(flash=Flash(image=FlashImage.from_tree(REPOSITORY)))
    world.flash.write_file("/firmware/app.py", b"raise KeyboardInterrupt\n")
    with SimTarget(world) as target:
        target.power.on()
        target.clock.run_until(target.clock.now_ns + 10_000 * MS)
        assert world.bench.alarm_lamp.is_lit and world.bench.buzzer.is_sounding
        assert world.nets.digital("EN").level == 1
