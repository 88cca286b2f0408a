"""What `pumpbench doctor --rig` does: toggle each line between pump and rig, and look at the other side.

The pump's program is left for the Python prompt meanwhile, and its supply is switched off and on afterwards. EN is
held high while STEP is toggled, so that no motor turns.
"""

from __future__ import annotations

import time
from ast import literal_eval

from hil.board.raw_repl import DeviceError, RawRepl
from hil.errors import BenchBroken
from hil.ports.pump_checks import Finding, WallClock
from hil.rig import pins
from hil.targets.board_line import BoardLine
from hil.targets.rig_bench import RigBench
from protocols import rig as table

_ANGLE_SENSOR, _CLOCK = 0x36, 0x68
_LET_GO = -1
_LEVELS = (0, 1)
_VOLTAGES_MV = (400, 1_200)  # of a pump's ADC; a supply of 0.8 V at its divider would not run it, the pin alone sees it
_NEAR_MV = 60  # the filter, 12 bit, and the reference of the Pico
_SETTLE_S = 0.05
# EN first and high: the motor is off whatever STEP does.
_FROM_PUMP = (pins.EN, pins.STEP, pins.DIR, pins.BUZZER, pins.ALARM_LAMP, pins.READY)
_VOLTAGE_PINS = (pins.PRESSURE_PWM, pins.SUPPLY_PWM)
_WAYS = {gpio: (net, pump_gpio, between) for gpio, net, _, pump_gpio, between in pins.TABLE}


def check_wiring(pump: BoardLine, rig: RigBench) -> list[Finding]:
    """One finding for each line. The pump must be at its Python prompt. BenchBroken when that does not answer."""
    findings: list[Finding] = []
    with RawRepl(pump, WallClock()) as prompt:
        findings.append(_image(prompt))
        prompt.run("from machine import Pin, ADC, I2C")
        prompt.run(f"Pin({_WAYS[pins.EN][1]}, Pin.OUT, value=1)")
        findings += [_to_rig(prompt, rig, gpio) for gpio in _FROM_PUMP]
        findings += [_to_pump(prompt, rig, gpio) for gpio in (pins.DIAG, pins.PATIENT_BUTTON, pins.SILENCE_BUTTON)]
        findings += [_voltage(prompt, rig, gpio) for gpio in _VOLTAGE_PINS]
        findings.append(_bus(prompt))
    return findings


def check_power(pump: BoardLine, rig: RigBench) -> Finding:
    """The load switch: a pump without supply is silent; READY comes back with it."""
    rig.off()
    time.sleep(1.0)
    pump.timeout = 0.2
    while pump.in_waiting:
        pump.read(pump.in_waiting)
    pump.write(b"\r\x03")
    is_silent = not pump.read(1)
    rig.on()
    if is_silent:
        return Finding("PUMP_POWER", True, "the pump is silent without it")
    return Finding(
        "PUMP_POWER",
        False,
        "the pump answers though its supply is off",
        "its USB cable feeds it: cut VBUS of that cable",
    )


def _image(prompt: RawRepl) -> Finding:
    said = prompt.run("import sys\nprint(repr(tuple(sys.implementation[1][:3])))").strip()
    try:
        version = tuple(literal_eval(said))
    except (ValueError, SyntaxError):
        raise BenchBroken(f"the pump's prompt does not tell its version: {said!r}") from None
    is_ok = version >= (1, 28, 0)
    shown = ".".join(map(str, version))
    return Finding("image", is_ok, f"MicroPython {shown}", "" if is_ok else "1.28 or newer is wanted: copy a new .uf2")


def _to_rig(prompt: RawRepl, rig: RigBench, gpio: int) -> Finding:
    """The pump gives 0 and 1, the rig looks."""
    seen = []
    for level in (*_LEVELS, 1):  # EN stays high
        try:
            prompt.run(f"Pin({_WAYS[gpio][1]}, Pin.OUT, value={level})")
        except DeviceError as trouble:
            return Finding(_WAYS[gpio][0], None, "not looked at", str(trouble).splitlines()[-1])
        time.sleep(_SETTLE_S)
        seen.append(rig.link.ask(table.RIG_LINES)["levels"] >> gpio & 1)
    return _verdict(gpio, "pump", "rig", [*_LEVELS, 1], seen)


def _to_pump(prompt: RawRepl, rig: RigBench, gpio: int) -> Finding:
    """The rig gives 0 and 1, the pump looks."""
    seen = []
    for level in _LEVELS:
        rig.link.ask(table.RIG_HOLD_LINE, gpio=gpio, level=level)
        time.sleep(_SETTLE_S)
        pull = "" if gpio == pins.DIAG else ", Pin.PULL_UP"
        seen.append(int(_do(prompt, f"print(Pin({_WAYS[gpio][1]}, Pin.IN{pull}).value())")))
    if gpio == pins.DIAG:
        rig.link.ask(table.RIG_HOLD_LINE, gpio=gpio, level=0)
    return _verdict(gpio, "rig", "pump", list(_LEVELS), seen)


def _voltage(prompt: RawRepl, rig: RigBench, gpio: int) -> Finding:
    seen = []
    for mv in _VOLTAGES_MV:
        rig.link.ask(table.RIG_HOLD_LINE, gpio=gpio, level=mv)
        time.sleep(_SETTLE_S)
        seen.append(int(_do(prompt, f"print(ADC({_WAYS[gpio][1]}).read_u16() * 3300 >> 16)")))
    rig.link.ask(table.RIG_HOLD_LINE, gpio=gpio, level=_LET_GO)
    is_ok = all(abs(value - wanted) <= _NEAR_MV for value, wanted in zip(seen, _VOLTAGES_MV, strict=True))
    net, pump_gpio, between = _WAYS[gpio]
    found = f"rig {' and '.join(map(str, _VOLTAGES_MV))} mV, pump {' and '.join(map(str, seen))} mV"
    return Finding(net, is_ok, found, "" if is_ok else f"rig GP{gpio} to pump GP{pump_gpio}: {between}")


def _bus(prompt: RawRepl) -> Finding:
    found = literal_eval(_do(prompt, "print(I2C(0, sda=Pin(8), scl=Pin(9), freq=400000).scan())"))
    missing = [name for name, address in (("AS5600", _ANGLE_SENSOR), ("DS3231", _CLOCK)) if address not in found]
    shown = ", ".join(f"0x{address:02x}" for address in found) or "nobody"
    to_do = f"{' and '.join(missing)} does not answer: rig GP8 to GP11, and 2.2 kOhm to the pump's 3V3"
    return Finding("I2C0", not missing, shown, to_do if missing else "")


def _verdict(gpio: int, giver: str, looker: str, given: list[int], seen: list[int]) -> Finding:
    net, pump_gpio, between = _WAYS[gpio]
    is_ok = given == seen
    found = f"{giver} gives {' '.join(map(str, given))}, {looker} sees {' '.join(map(str, seen))}"
    return Finding(net, is_ok, found, "" if is_ok else f"rig GP{gpio} to pump GP{pump_gpio}: {between}")


def _do(prompt: RawRepl, code: str) -> str:
    try:
        return prompt.run(code).strip()
    except DeviceError as trouble:
        raise BenchBroken(f"the pump's prompt: {trouble}") from None
