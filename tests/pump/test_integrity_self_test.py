"""The power-on self-test fails item by item, each by a fault on the bench or in the flash (INT-01)."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from emulator.bench.config import BenchConfig
from emulator.bench.wiring import DS3231_ADDRESS
from emulator.mcu import Flash
from emulator.mcu.filesystem import Filesystem
from emulator.mcu.flash import HostAccess
from protocols import ids
from tests.pump.prescribing import prescribe, reason
from tests.pump.pump_rig import PumpRig

MOST_S = 5.0
DAMAGED = "/firmware/core/limits.py"
RECORDS = ["/journal/state", "/journal/therapy", "/journal/window"]


def files_of(flash: Flash) -> Filesystem:
    """The file system of a device that is off."""
    filesystem = Filesystem(HostAccess(flash), flash.blocks, flash.block_size)
    filesystem.mount()
    return filesystem


def spoil(rig: PumpRig, path: str, place: int = -1) -> None:
    """Flip a bit of a stored file, by default in its middle; its length stays."""
    files = files_of(rig.world.flash)
    content = bytearray(files.read_file(path))
    content[place if place >= 0 else len(content) // 2] ^= 0x10
    files.write_file(path, bytes(content))


def spoil_comment(rig: PumpRig) -> None:
    """The first word of a docstring: it stays Python, and means the same to everybody but the check."""
    spoil(rig, DAMAGED, place=4)


def lose(record: str) -> Callable[[PumpRig], None]:
    def both_copies(rig: PumpRig) -> None:
        files = files_of(rig.world.flash)
        for copy in (".a", ".b"):
            if files.is_file(record + copy):
                spoil(rig, record + copy)

    return both_copies


def cut_divider(rig: PumpRig) -> None:
    rig.world.nets.analog("SUPPLY").source = lambda t_ns: 0


FAILURES = [
    pytest.param("IMAGE", spoil_comment, id="a bit of a firmware file has flipped"),
    pytest.param("IMAGE", lambda rig: spoil(rig, "/manifest.json", 0), id="the list of the files is no list"),
    pytest.param("SETTINGS", lambda rig: spoil(rig, "/config.json", 17), id="a figure of the configuration changed"),
    *[pytest.param("JOURNAL", lose(record), id=f"no copy of {record} is whole") for record in RECORDS],
    pytest.param("ROTOR", lambda rig: rig.inject("sensor.rotor_dead"), id="the rotor sensor does not answer"),
    pytest.param("ROTOR", lambda rig: rig.inject("sensor.i2c_hang", clocks=0), id="the bus is held for good"),
    pytest.param("RTC", lambda rig: rig.world.mcu.i2c[0].detach(DS3231_ADDRESS), id="the clock chip does not answer"),
    pytest.param("SUPPLY", lambda rig: cut_divider(rig), id="the supply reads nothing though the pump runs"),
    pytest.param("BUTTON", lambda rig: rig.inject("button.stuck"), id="the patient button is held"),
]


def switched_off(pump, settings: dict[str, int] | None = None) -> PumpRig:
    """A pump that has run for a while, with every record written, and is off now."""
    rig = pump(settings=settings or {"nl_per_rev": 60_000})
    rig.run_for(3_700.0)
    rig.target.power.off()
    rig.run_for(1.0)
    return rig


def self_test_entries(rig: PumpRig) -> list[tuple[str, int]]:
    """(item, detail) of every SELF_TEST entry of the log."""
    return [(ids.ITEM_NAMES[event.a], event.b) for event in rig.client.log() if event.code == "SELF_TEST"]


def tones_since(rig: PumpRig, t_ns: int) -> list[int]:
    """Pitch of every tone on the BUZZER net."""
    heard = rig.world.bench.buzzer.heard.between(t_ns, rig.world.env.now)
    return [pitch_hz for _, pitch_hz in heard if pitch_hz]


@pytest.mark.requirement("INT-01")
@pytest.mark.parametrize(("item", "damage"), FAILURES)
def test_a_failure_names_its_item_and_nothing_moves(pump, item, damage):
    rig = switched_off(pump)
    damage(rig)
    before_s = rig.now_s
    rig.target.power.on()
    rig.reconnect()
    status = rig.status
    assert status.mode == "FAULT" and "SYSTEM_FAULT" in rig.active()
    assert [name for name, detail in self_test_entries(rig) if detail >= 0] == [item]
    assert reason(rig.client.start) == "WRONG_MODE"
    assert reason(rig.client.minimum_rate) == "WRONG_MODE"
    assert reason(rig.client.patient_bolus) == "WRONG_MODE"
    assert reason(rig.client.priming_bolus, 1_000) == "WRONG_MODE"
    rig.run_for(600.0)
    assert rig.bursts_after(before_s) == []
    assert rig.level("EN") == 1
    assert rig.is_lamp_used()


@pytest.mark.requirement("INT-01")
def test_the_first_failure_ends_the_test(pump):
    """Two faults, one entry, and the buzzer, the last item, is not tried: the alarm sounds instead."""
    rig = switched_off(pump)
    rig.inject("button.stuck")
    spoil_comment(rig)
    rig.target.power.on()
    rig.reconnect()
    place = [path for path, _ in json.loads(files_of(rig.world.flash).read_file("/manifest.json"))].index(DAMAGED)
    assert self_test_entries(rig) == [("IMAGE", place + 1)]


@pytest.mark.requirement("INT-01", "INT-05")
def test_without_a_fault_the_test_takes_less_than_5_s_sounds_the_buzzer_and_therapy_goes_on(pump):
    """Twin. From the moment at which the application drives its first pins to the lamp that says ready."""
    rig = switched_off(pump)
    lamp = rig.world.nets.digital("READY_LAMP")
    off_ns, off_s = rig.world.env.now, rig.now_s
    rig.target.power.on()
    while not lamp.is_driven:
        rig.run_for(0.01)
    begun_s = rig.now_s
    while not lamp.level:
        rig.run_for(0.01)
    ready_s = rig.now_s
    assert ready_s - begun_s <= MOST_S
    assert len(tones_since(rig, off_ns)) == 1
    rig.reconnect()
    assert self_test_entries(rig) == []
    assert rig.status.mode == "RUNNING"
    rig.run_for(300.0)
    assert rig.bursts_after(off_s) and rig.bursts_after(off_s) == rig.bursts_after(ready_s)


@pytest.mark.requirement("INT-01", "DET-08")
def test_a_rotor_that_stands_at_the_zero_of_its_sensor_is_there(pump):
    rig = pump(bench=BenchConfig.ideal(magnet_offset_counts=0.0))
    assert rig.status.rotor_counts == 0
    assert self_test_entries(rig) == []
    assert rig.active() == set()


@pytest.mark.requirement("INT-01")
def test_nothing_asked_for_during_the_test_is_delivered_before_its_end(pump):
    """Requests that come while the pump boots wait until it knows that it may deliver; here it may not."""
    rig = switched_off(pump)
    rig.inject("sensor.rotor_dead")
    off_s = rig.now_s
    rig.target.power.on()
    rig.run_for(0.5)
    for _ in range(6):
        rig.bench.press("patient", 200_000_000)
        rig.run_for(1.0)
    rig.reconnect()
    assert rig.status.mode == "FAULT"
    assert rig.bursts_after(off_s) == []


@pytest.mark.requirement("INT-01")
def test_a_board_without_a_list_of_its_files_says_that_they_were_not_checked(pump):
    rig = switched_off(pump)
    files_of(rig.world.flash).remove("/manifest.json")
    rig.target.power.on()
    rig.reconnect()
    assert self_test_entries(rig) == [
        ("IMAGE", ids.DETAIL_NOT_CHECKED),
        ("SETTINGS", ids.DETAIL_NOT_CHECKED),
    ]
    assert rig.status.mode == "RUNNING"


@pytest.mark.requirement("INT-01", "INT-08")
@pytest.mark.parametrize("record", RECORDS)
def test_one_damaged_copy_is_survived_and_said(pump, record):
    rig = switched_off(pump)
    files = files_of(rig.world.flash)
    copies = [record + copy for copy in (".a", ".b") if files.is_file(record + copy)]
    if len(copies) < 2:
        rig.target.power.on()
        rig.reconnect()
        prescribe(rig, 20_000)
        rig.run_for(7_300.0)
        rig.target.power.off()
    spoil(rig, record + ".b")
    rig.target.power.on()
    rig.reconnect()
    assert self_test_entries(rig) == [("JOURNAL", ids.DETAIL_OLDER_COPY)]
    assert rig.status.mode == "RUNNING"
    assert rig.status.basal_nl_per_h == 20_000


@pytest.mark.requirement("INT-01", "ALM-05")
def test_the_way_out_of_a_failed_test_is_a_test_that_passes(pump):
    rig = switched_off(pump)
    dead = rig.inject("sensor.rotor_dead")
    rig.target.power.on()
    rig.reconnect()
    rig.client.self_test()
    assert rig.status.mode == "FAULT"
    assert reason(rig.client.acknowledge, "SYSTEM_FAULT") == "ALARM_ACTIVE"
    dead.clear()
    rig.client.self_test()
    assert rig.status.mode == "STANDBY"
    assert reason(rig.client.start) == "ALARM_ACTIVE"
    rig.client.acknowledge("SYSTEM_FAULT")
    rig.run_for(300.0)
    rig.client.acknowledge("SENSOR_FAULT_ROTOR")
    rig.client.start()
    assert rig.status.mode == "RUNNING"
