"""Keys in maintenance mode on real littlefs: cut at every flash operation, the old set or the new one is whole."""

from __future__ import annotations

import pytest

from emulator.mcu import Flash, FlashImage
from emulator.world import REPOSITORY, World
from hil.board.key_files import ROLES, keyed_roles, write_keys
from hil.board.raw_repl import DeviceError, RawRepl
from hil.errors import BenchBroken, Refused
from hil.pump.client import Client
from hil.targets.base import BOOT_NS
from hil.targets.hands import switch_on_for_maintenance
from hil.targets.sim import SimTarget

OLD = {role: bytes([number]) * 32 for number, role in enumerate(ROLES, 1)}
NEW = {role: bytes([number]) * 32 for number, role in enumerate(ROLES, 11)}


def boot(target, is_held):
    """Power off and on, into maintenance or not."""
    target.power.off()
    if is_held:
        switch_on_for_maintenance(target.bench, target.power, target.clock)
    else:
        target.bench.release("silence")
        target.power.on()
    target.clock.run_until(target.clock.now_ns + BOOT_NS)


@pytest.fixture
def target():
    world = World(flash=Flash(image=FlashImage.from_tree(REPOSITORY)))
    with SimTarget(world) as target:
        boot(target, is_held=True)
        yield target


def write(target, keys):
    with RawRepl(target.serial, target.clock) as repl:
        write_keys(repl, keys)


def opens(target, keys):
    """Does every role open with its key?"""
    client = Client(target.serial, target.clock)
    client.hello()
    try:
        for role in ROLES:
            client.open_session(role.upper(), keys[role])
    except Refused as refusal:
        assert refusal.reason == "BAD_KEY"
        return False
    return True


@pytest.mark.requirement("LNK-05")
def test_keys_are_written_in_maintenance_mode_and_hold_after_it(target):
    write(target, OLD)
    with RawRepl(target.serial, target.clock) as repl:
        assert keyed_roles(repl) == ROLES
    boot(target, is_held=False)
    assert opens(target, OLD)
    assert not opens(target, NEW)


@pytest.mark.requirement("LNK-05")
def test_without_the_button_the_application_runs_and_there_is_no_prompt(target):
    boot(target, is_held=False)
    with pytest.raises(BenchBroken, match="silence button"):
        write(target, NEW)
    assert "KEYLESS" in Client(target.serial, target.clock).status().flags


@pytest.mark.requirement("LNK-05")
def test_at_a_prompt_whose_button_is_not_held_no_key_is_written(target):
    write(target, OLD)
    target.bench.release("silence")
    with pytest.raises(DeviceError, match="hold the silence button"):
        write(target, NEW)
    boot(target, is_held=False)
    assert opens(target, OLD)


@pytest.mark.requirement("LNK-05")
@pytest.mark.requirement("INT-04")
@pytest.mark.parametrize("where", ["before", "inside", "after"])
def test_a_provisioning_that_is_cut_leaves_one_whole_set(target, where):
    write(target, OLD)
    before = target.world.flash.operations
    write(target, NEW)
    operations = target.world.flash.operations - before
    assert operations >= 3
    sets = []
    for cut in range(operations):
        boot(target, is_held=True)
        write(target, OLD)
        target.world.flash.cut_at(target.world.flash.operations + cut, where)
        with pytest.raises(BenchBroken):
            write(target, NEW)
        assert not target.world.mcu.is_powered
        boot(target, is_held=False)
        has_old, has_new = opens(target, OLD), opens(target, NEW)
        assert has_old != has_new
        sets.append(has_new)
    # Once the new set counts, it goes on to count.
    assert sets == sorted(sets) and not sets[0]


@pytest.mark.requirement("LNK-05")
def test_a_damaged_key_file_is_told_at_the_prompt_and_opens_no_role(target):
    write(target, OLD)
    target.power.off()
    data = bytearray(target.world.flash.read_file("/keys.bin"))
    data[40] ^= 1
    target.world.flash.write_file("/keys.bin", bytes(data))
    boot(target, is_held=True)
    with RawRepl(target.serial, target.clock) as repl, pytest.raises(DeviceError, match="damaged"):
        keyed_roles(repl)
    boot(target, is_held=False)
    assert not opens(target, OLD)
    assert "KEYLESS" not in Client(target.serial, target.clock).status().flags
