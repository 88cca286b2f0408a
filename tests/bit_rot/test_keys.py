"""The key file of a pump that has keys: damaged or gone, no role opens and the pump says so; therapy goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hil.board.key_files import ROLES, erase_keys, write_keys
from hil.board.raw_repl import RawRepl
from hil.errors import Refused
from hil.pump.client import Client
from hil.targets.hands import switch_on_for_maintenance
from protocols import ids
from tests.bit_rot.rotten import change, flipped, removed
from tests.power_cuts.copies import Outcome, in_a_copy
from tests.power_cuts.stories import restart
from tests.pump.pump_rig import PumpRig

PATH = "/keys.bin"
KEYS = {role: bytes([number]) * 32 for number, role in enumerate(ROLES, 1)}
_HOUR_S = 3_600.0


def at_the_prompt(rig: PumpRig, work) -> None:
    """With the silence button held."""
    rig.target.power.off()
    rig.run_for(1.0)
    switch_on_for_maintenance(rig.bench, rig.target.power, rig.clock)
    rig.run_for(9.0)
    with RawRepl(rig.target.serial, rig.clock) as repl:
        work(repl)


def said_of_keys(rig: PumpRig) -> set[str]:
    """Flags of the status, and KEYS where the log has an entry of them."""
    items = {ids.ITEM_NAMES[event.a] for event in rig.client.log() if event.code == "SELF_TEST"}
    return ({"KEYLESS", "KEYS_DAMAGED"} & set(rig.status.flags)) | ({"KEYS"} & items)


def is_open_without_key(rig: PumpRig) -> bool:
    try:
        rig.client.stop()
    except Refused as refusal:
        assert refusal.reason == "NOT_ALLOWED"
        return False
    return True


@pytest.fixture(scope="module")
def keyed() -> Iterator[PumpRig]:
    """A pump with a therapy and keys, switched off."""
    with PumpRig(60_000) as rig:
        rig.run_for(2.0)
        at_the_prompt(rig, lambda repl: write_keys(repl, KEYS))
        restart(rig)
        rig.client.hello()
        assert said_of_keys(rig) == set()
        rig.run_for(700.0)
        rig.target.power.off()
        rig.run_for(1.0)
        yield rig


def came_back(rig: PumpRig, damage) -> tuple[str, ...]:
    """What was wrong with the pump that comes back after `damage(flash)`."""

    def live() -> Outcome:
        damage(rig.world.flash)
        restart(rig)
        rig.client.hello()
        found = []
        if said_of_keys(rig) != {"KEYS_DAMAGED", "KEYS"}:
            found.append(f"says {said_of_keys(rig)}")
        if is_open_without_key(rig):
            found.append("takes a stop without a key")
        client = Client(rig.target.serial, rig.clock)
        client.hello()
        for role in ROLES:
            try:
                client.open_session(role.upper(), KEYS[role])
            except Refused as refusal:
                assert refusal.reason == "BAD_KEY"
            else:
                found.append(f"opens {role}")
        since_s = rig.now_s
        rig.run_for(_HOUR_S)
        if abs(rig.delivered_nl(since_s) - 60_000) > 900:
            found.append(f"{rig.delivered_nl(since_s):.0f} nL in the next hour")
        return Outcome(tuple(found), True, 0)

    return in_a_copy(live).complaints


DAMAGES = [
    pytest.param(lambda data: removed(PATH), id="gone"),
    pytest.param(lambda data: change(PATH, b""), id="empty"),
    pytest.param(lambda data: change(PATH, data[:50]), id="cut in the middle"),
    pytest.param(lambda data: change(PATH, data[:-1]), id="a byte short"),
    pytest.param(lambda data: change(PATH, data + b"\x00"), id="a byte long"),
    pytest.param(lambda data: change(PATH, flipped(data, 0, 3)), id="a bit of a key"),
    pytest.param(lambda data: change(PATH, flipped(data, 97, 0)), id="a bit of the check"),
    pytest.param(lambda data: change(PATH, bytes(len(data))), id="all zero"),
]


@pytest.mark.requirement("LNK-05", "INT-08")
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_pump_whose_keys_are_damaged_opens_to_nobody_and_says_so(keyed, damage):
    assert came_back(keyed, damage(keyed.world.flash.read_file(PATH))) == ()


@pytest.mark.slow
@pytest.mark.requirement("LNK-05", "INT-08")
def test_no_byte_of_the_keys_opens_the_pump(keyed):
    data = keyed.world.flash.read_file(PATH)
    found = {place: came_back(keyed, change(PATH, flipped(data, place, place % 8))) for place in range(len(data))}
    assert {place: complaints for place, complaints in found.items() if complaints} == {}


@pytest.mark.requirement("LNK-05")
def test_a_pump_that_never_had_keys_and_one_whose_keys_were_erased_say_keyless_alone(pump):
    """Twin."""
    rig = pump()
    rig.run_for(2.0)
    assert said_of_keys(rig) == {"KEYLESS"}
    at_the_prompt(rig, lambda repl: write_keys(repl, KEYS))
    restart(rig)
    rig.client.hello()
    assert said_of_keys(rig) == set()
    at_the_prompt(rig, erase_keys)
    restart(rig)
    rig.client.hello()
    assert said_of_keys(rig) == {"KEYLESS"}
    assert is_open_without_key(rig)


@pytest.mark.requirement("LNK-05", "INT-08")
def test_new_keys_end_it(keyed):
    def live() -> Outcome:
        removed(PATH)(keyed.world.flash)
        restart(keyed)
        at_the_prompt(keyed, lambda repl: write_keys(repl, KEYS))
        restart(keyed)
        keyed.client.hello()
        flags = {"KEYLESS", "KEYS_DAMAGED"} & set(keyed.status.flags)
        client = Client(keyed.target.serial, keyed.clock)
        client.hello()
        client.open_session("SERVICE", KEYS["service"])
        return Outcome(tuple(flags), True, 0)

    assert in_a_copy(live).complaints == ()
