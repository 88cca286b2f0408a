"""The layers of the project hold, and the checks that say so can fail."""

from __future__ import annotations

import pytest

from tests.architecture.imports import (
    PROJECT,
    hardware_violations,
    layer_violations,
    pin_violations,
    room_violations,
)
from tests.architecture.tree import modules


@pytest.mark.parametrize("check", [layer_violations, room_violations, hardware_violations])
def test_imports_keep_to_the_layers(check):
    assert [line for module in modules(*PROJECT) for line in check(*module)] == []


def test_pin_numbers_stand_in_the_board_file_only():
    assert [line for module in modules("firmware") for line in pin_violations(*module)] == []


@pytest.mark.parametrize(
    ("module", "source", "complaint"),
    [
        pytest.param(
            "hil.run.runner",
            "from emulator.world import World",
            "emulator.world",
            id="hil reaches past its targets",
        ),
        pytest.param("hil.run.oracle", "import firmware.core.units", "firmware.core", id="oracle asks the firmware"),
        pytest.param("emulator.mcu.loader", "import_module('firmware.main')", "firmware.main", id="import by a string"),
        pytest.param("emulator.world", "def f():\n    import hil.errors", "hil.errors", id="upward, in a function"),
        pytest.param("emulator.plant.motor", "from emulator.nets import Nets", "emulator.nets", id="plant knows a pin"),
        pytest.param("emulator.plant.motor", "from ..mcu import pio", "emulator.mcu.pio", id="relative import"),
        pytest.param("emulator.mcu.adc", "from emulator.plant import Plant", "emulator.plant", id="mcu does physics"),
        pytest.param("protocols.frame", "from hil import errors", "hil.errors", id="protocols imports the project"),
        pytest.param("protocols.frame", "from emulator import nets", "emulator.nets", id="protocols imports emulator"),
        pytest.param(
            "firmware.core.dosing",
            "from firmware.drivers import rtc",
            "drivers.rtc",
            id="core reads a driver",
        ),
        pytest.param(
            "firmware.core.dosing",
            "from protocols import frame",
            "protocols.frame",
            id="core knows the frames",
        ),
        pytest.param(
            "firmware.drivers.rtc",
            "from protocols.ids import OK",
            "protocols.ids",
            id="driver knows a protocol",
        ),
        pytest.param(
            "firmware.services.health.monitors",
            "from firmware.drivers.rtc import Rtc",
            "rtc",
            id="service makes a driver",
        ),
        pytest.param("setup_helpers", "import hil", "belongs to no layer", id="a new top-level package"),
    ],
)
def test_an_import_across_the_layers_is_found(module, source, complaint):
    found = layer_violations(module, source)
    assert len(found) == 1 and complaint in found[0]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("hil.targets.sim", "from emulator.world import World"),
        ("firmware.core.alarms", "from protocols import ids"),
        ("emulator.mcu.mcu", "from emulator.bench import wiring"),
        ("tests.firmware.test_x", "import emulator, hil, protocols"),
        ("hil.pump.client", "import firmware_notes"),
    ],
)
def test_an_import_along_the_layers_is_allowed(module, source):
    assert layer_violations(module, source) == []


@pytest.mark.parametrize(
    ("module", "source", "complaint"),
    [
        pytest.param("firmware.services.link", "import machine", "machine", id="machine in a service"),
        pytest.param("hil.run.runner", "from rp2 import PIO", "rp2", id="rp2 on the host"),
        pytest.param("firmware.app", "from time import ticks_ms", "time.ticks_ms", id="ticks in the executive"),
        pytest.param("firmware.core.dosing", "import time", "time", id="a clock in the core"),
        pytest.param("firmware.drivers.rtc", "from time import ticks_ms", "ticks_ms", id="ticks in a driver"),
    ],
)
def test_hardware_and_ticks_out_of_place_are_found(module, source, complaint):
    found = hardware_violations(module, source)
    assert len(found) == 1 and complaint in found[0]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        pytest.param("hil.words.quantity", "from hil.scenario.model import Scenario", id="words read a scenario"),
        pytest.param("hil.run.runner", "def f():\n    from hil.report import page", id="a run writes its report"),
        pytest.param(
            "hil.targets.sim",
            "if TYPE_CHECKING:\n    from hil.run.record import Record",
            id="for type checkers alone",
        ),
        pytest.param("hil.report.page", "import hil.quality.bench_speed", id="sideways"),
        pytest.param("hil.run.runner", "from hil import commands", id="a whole room"),
        pytest.param("hil.attic.box", "import hil.errors", id="a room that is not in the table"),
        pytest.param("hil.run.runner", "import hil.attic.box", id="of a room that is not in the table"),
    ],
)
def test_a_room_of_hil_that_reaches_up_or_sideways_is_found(module, source):
    assert len(room_violations(module, source)) == 1


def test_a_room_of_hil_may_look_down():
    assert room_violations("hil.run.runner", "from hil.words import quantity\nfrom hil.run import record") == []
    assert room_violations("hil.cli", "import_module('hil.commands.ctl.app')\nfrom hil import console, errors") == []


def test_hardware_in_place_is_allowed():
    assert hardware_violations("firmware.board", "from machine import Pin") == []
    assert hardware_violations("firmware.drivers.i2c_bus", "from time import sleep_us\nimport rp2") == []
    assert hardware_violations("firmware.clock", "from time import ticks_ms") == []


@pytest.mark.parametrize(
    "source",
    ["Pin(14, Pin.IN)", "machine.ADC(0)", "I2C(0, scl=Pin(scl))", "PIN_STEP = const(2)", "_PIN_EN = 4"],
)
def test_a_pin_number_outside_the_board_file_is_found(source):
    assert len(pin_violations("firmware.drivers.buttons", source)) == 1
    assert pin_violations("firmware.board", source) == []


def test_a_pin_that_is_handed_in_is_allowed():
    assert pin_violations("firmware.drivers.i2c_bus", "bus = I2C(bus_id, scl=Pin(scl), sda=Pin(sda))") == []


def test_a_check_of_no_files_does_not_pass():
    with pytest.raises(LookupError):
        modules("docs")
