"""One bit of a file of the firmware is another one: the self-test finds it, or the program cannot even start.

Either way there is an alarm that a person sees and hears, and nothing moves (INT-08, INT-01).
"""

from __future__ import annotations

import ast
import random
from collections import Counter

import pytest

from emulator.world import REPOSITORY
from hil.board.raw_repl import RawRepl
from hil.errors import PumpbenchError
from protocols import ids
from tests.bit_rot.rotten import RottenPump, flipped
from tests.power_cuts.copies import Outcome, in_a_copy
from tests.pump.pump_rig import PumpRig

_WATCHED_S = 300.0  # a stroke would be due every 18 s


def firmware_files(rotten: RottenPump) -> dict[str, bytes]:
    files = rotten.rig.world.flash.files()
    return {path: data for path, data in files.items() if path.startswith(("/firmware/", "/protocols/"))}


def came_back(rotten: RottenPump, path: str, data: bytes) -> Outcome:
    """`operations`: 1 when the program ended with an error, 0 when it runs."""

    def live() -> Outcome:
        rig = rotten.rig
        rig.world.flash.write_file(path, data)
        restart_blindly(rig)
        if rig.world.mcu.crash is None:
            return Outcome(tuple(of_the_self_test(rig)), True, 0)
        return Outcome(tuple(of_the_raw_alarm(rig)), True, 1)

    return in_a_copy(live)


def restart_blindly(rig: PumpRig) -> None:
    """As `restart`, for a firmware that may end with a traceback."""
    rig.target.power.off()
    run_blindly(rig, 3.0)
    rig.target.power.on()
    run_blindly(rig, 12.0)


def run_blindly(rig: PumpRig, seconds: float) -> None:
    rig.clock.run_until(rig.clock.now_ns + round(seconds * 1e9))


def of_the_self_test(rig: PumpRig) -> list[str]:
    """What the pump says of itself, where it can still speak, and what a person sees and hears."""
    try:
        rig.client.hello()
        mode, active = rig.status.mode, rig.active()
        items = {ids.ITEM_NAMES[event.a] for event in rig.client.log() if event.code == "SELF_TEST" and event.b >= 0}
    except PumpbenchError:
        mode, active, items = "FAULT", {"SYSTEM_FAULT"}, {"IMAGE"}  # it cannot: the bit is in what it speaks with
    found = []
    if mode != "FAULT" or "SYSTEM_FAULT" not in active or "IMAGE" not in items:
        found.append(f"{mode}, {active}, the log says {items}")
    found += of_motion(rig)
    if not rig.is_lamp_used() or not is_heard(rig):
        found.append("no sound, no lamp")
    return found


def of_the_raw_alarm(rig: PumpRig) -> list[str]:
    """At the prompt, where a service person can see to it."""
    found = []
    if not rig.world.bench.buzzer.is_sounding or not rig.world.bench.alarm_lamp.is_lit:
        found.append("no sound, no lamp")
    found += of_motion(rig)
    if not rig.world.mcu.resets:  # the watchdog may run: then the prompt lasts for some seconds
        with RawRepl(rig.target.serial, rig.clock) as repl:
            if repl.run("print(1 + 1)").strip() != "2":
                found.append("no prompt")
    return found


def is_heard(rig: PumpRig) -> bool:
    """In the last half minute. A damaged driver may leave the tone on for good: that is heard as well."""
    buzzer, end_ns = rig.world.bench.buzzer, rig.world.env.now
    return buzzer.is_sounding or bool(buzzer.heard.between(end_ns - 30_000_000_000, end_ns))


def of_motion(rig: PumpRig) -> list[str]:
    turned_nl = rig.turned_nl()
    found = [] if rig.level("EN") == 1 else ["the driver has current"]
    run_blindly(rig, _WATCHED_S)
    if rig.turned_nl() != turned_nl:
        found.append(f"{rig.turned_nl() - turned_nl:.0f} nL")
    return found


def campaign(rotten: RottenPump, count: int, seed: str) -> tuple[dict[str, tuple[str, ...]], Counter[str]]:
    """Complaints by place, and how many ended in which way."""
    rng = random.Random(seed)
    files = firmware_files(rotten)
    paths = sorted(files)
    complaints: dict[str, tuple[str, ...]] = {}
    ends: Counter[str] = Counter()
    for _ in range(count):
        path = rng.choice(paths)
        place, bit = rng.randrange(len(files[path])), rng.randrange(8)
        outcome = came_back(rotten, path, flipped(files[path], place, bit))
        ends["program ended" if outcome.operations else "self-test"] += 1
        if outcome.complaints:
            complaints[f"{path}, byte {place}, bit {bit}"] = outcome.complaints
    return complaints, ends


@pytest.mark.requirement("INT-08", "INT-01")
def test_no_bit_of_a_sample_of_the_firmware_ends_in_silence(rotten):
    complaints, ends = campaign(rotten, 16, "a sample of the firmware")
    assert complaints == {}
    assert set(ends) == {"program ended", "self-test"}


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.requirement("INT-08", "INT-01")
def test_no_bit_of_a_thousand_of_the_firmware_ends_in_silence(rotten):
    complaints, ends = campaign(rotten, 1_000, "a thousand of the firmware")
    print(dict(ends))
    assert complaints == {}


@pytest.mark.requirement("INT-08", "LNK-05")
@pytest.mark.parametrize("path", ["/firmware/board.py", "/firmware/drivers/leaving.py", "/firmware/app.py"])
def test_a_file_that_is_gone_ends_in_an_alarm_and_a_free_prompt(rotten, path):
    outcome = came_back(rotten, path, b"")
    assert outcome == Outcome((), True, 1)


@pytest.mark.requirement("INT-08")
def test_without_damage_the_trial_complains(rotten):
    """Twin: the pump runs, and that is neither a failed self-test nor an alarm."""
    path = "/firmware/board.py"
    assert came_back(rotten, path, firmware_files(rotten)[path]).complaints != ()


def constants_of(path: str) -> dict[str, object]:
    """Module constants that are given a number, by name."""
    found = {}
    for node in ast.parse((REPOSITORY / path).read_text()).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.targets[0], ast.Name):
            argument = node.value.args[0]
            found[node.targets[0].id] = argument.value if isinstance(argument, ast.Constant) else None
    return found


@pytest.mark.parametrize(
    ("here", "there"), [("_ENABLE", "PIN_EN"), ("_BUZZER", "PIN_BUZZER"), ("_ALARM_LAMP", "PIN_ALARM_LAMP")]
)
def test_the_alarm_of_main_is_on_the_pins_of_the_board(here, there):
    assert constants_of("firmware/main.py")[here] == constants_of("firmware/board.py")[there]
