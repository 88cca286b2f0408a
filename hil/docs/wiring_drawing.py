"""Draws the wiring of pump and rig, and writes what the alarm lamp shows: docs/bench/*.svg, a block of building.md.

`python -m hil.docs.wiring_drawing` makes them anew; a test fails when one disagrees with the pin tables. The pump's
pins stand in docs/wiring.md (another test holds that against the firmware), the rig's in hil/rig/pins.py.
"""

from __future__ import annotations

import ast
import re
import textwrap
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from hil.docs.blocks import filled
from hil.docs.icd import table
from hil.rig import pins as rig_pins
from protocols import ids

ROOT = Path(__file__).resolve().parents[2]
PUMP_PINS = ROOT / "docs" / "wiring.md"
SIGNALS = ROOT / "firmware" / "core" / "signals.py"
FOLDER = ROOT / "docs" / "bench"
PAGE = FOLDER / "building.md"

# GPIO -> pin of the 40-pin header (Raspberry Pi Pico Datasheet, section 2.1, pinout). GP25 has none.
HEADER = {
    gpio: pin
    for first_gpio, first_pin, count in (
        (0, 1, 2),
        (2, 4, 4),
        (6, 9, 4),
        (10, 14, 4),
        (14, 19, 4),
        (18, 24, 4),
        (22, 29, 1),
        (26, 31, 2),
        (28, 34, 1),
    )
    for gpio, pin in zip(range(first_gpio, first_gpio + count), range(first_pin, first_pin + count), strict=True)
}
_ROW = re.compile(r"^\| GP(\d+) \| `(\w+)` \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
_SUPPLY = (
    ("pin 39", "VSYS", "supply, 1.8 to 5.5 V, through the load switch where there is a rig"),
    ("pin 36", "3V3", "logic supply of motor driver, AS5600 and DS3231, and of every pull-up"),
    ("pin 38", "GND", "one ground for all parts, and for both boards"),
)
_WRAP = 62
_LINE, _GAP, _TOP = 16, 12, 70
_BOX_X, _BOX_WIDTH, _TEXT_X, _WIDTH = 20, 260, 400, 960


class Wire(NamedTuple):
    """One line of a drawing: at the board, its net, what is at the other end. `arrow` as seen from the board."""

    at: str
    net: str
    arrow: str
    far: str


def pump_wires() -> list[Wire]:
    rows = _ROW.findall(PUMP_PINS.read_text(encoding="utf-8"))
    wires = [Wire(_at(int(gpio)), net, _arrow(way), to.strip()) for gpio, net, way, to in rows]
    return wires + [Wire(pin, net, "-", to) for pin, net, to in _SUPPLY]


def rig_wires() -> list[Wire]:
    wires = []
    for gpio, net, way, pump_gpio, between in rig_pins.TABLE:
        far = between if pump_gpio is None else f"pump {_at(pump_gpio)}: {between}"
        wires.append(Wire(_at(gpio), net, _arrow(way), far))
    return [*wires, Wire("pin 38", "GND", "-", "pump pin 38: wire")]


def both_wires() -> list[Wire]:
    """Seen from the pump: where each of its pins goes when a rig plays the plant."""
    wires = []
    turned = {"->": "<-", "<-": "->"}
    names = {int(gpio): name for gpio, name, *_ in _ROW.findall(PUMP_PINS.read_text(encoding="utf-8"))}
    for gpio, _, way, pump_gpio, between in sorted(rig_pins.TABLE, key=lambda row: (row[3] is None, row[3] or 0)):
        arrow = _arrow(way)
        if pump_gpio is not None:
            wires.append(
                Wire(_at(pump_gpio), names[pump_gpio], turned.get(arrow, arrow), f"rig {_at(gpio)}: {between}")
            )
    power = next(row for row in rig_pins.TABLE if row[0] == rig_pins.POWER)
    wires.append(Wire("pin 39", "VSYS", "<-", f"load switch; rig {_at(power[0])} {power[1]}: {power[4]}"))
    return [*wires, Wire("pin 38", "GND", "-", "rig pin 38: wire")]


DRAWINGS = {
    "pump.svg": ("Pump: a Raspberry Pi Pico and the parts on its pins", pump_wires),
    "rig.svg": ("Rig: a second Raspberry Pi Pico that plays the plant", rig_wires),
    "both.svg": ("Pump and rig: what is wired instead of motor, sensors and buttons", both_wires),
}


def drawn(name: str) -> str:
    """The SVG of that name of DRAWINGS."""
    title, make = DRAWINGS[name]
    y, parts = _TOP, []
    for wire in make():
        lines = textwrap.wrap(wire.far, _WRAP)
        middle = y + _LINE // 2
        parts.append(_text(_BOX_X + 12, middle + 4, f"{wire.at}  {wire.net}", "net"))
        marks = {"->": ' marker-end="url(#tip)"', "<-": ' marker-start="url(#tip)"', "-": ""}
        both = ' marker-start="url(#tip)" marker-end="url(#tip)"'
        parts.append(
            f'<line x1="{_BOX_X + _BOX_WIDTH + 4}" y1="{middle}" x2="{_TEXT_X - 12}" y2="{middle}"'
            f"{marks.get(wire.arrow, both)}/>"
        )
        parts += [_text(_TEXT_X, middle + 4 + _LINE * n, line, "far") for n, line in enumerate(lines)]
        y += _LINE * len(lines) + _GAP
    box = f'<rect x="{_BOX_X}" y="{_TOP - 14}" width="{_BOX_WIDTH}" height="{y - _TOP + 14}" rx="6"/>'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{y + 20}" viewBox="0 0 {_WIDTH} {y + 20}">\n'
        f"<title>{escape(title)}</title>\n"
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7"'
        ' orient="auto-start-reverse"><path d="M0 0L10 5L0 10z"/></marker></defs>\n'
        "<style>text{font:13px sans-serif}.title{font-weight:bold;font-size:16px}.net{font-family:monospace}"
        "rect{fill:#eef3f7;stroke:#345}line{stroke:#345;stroke-width:1.5}</style>\n"
        f'<rect x="0" y="0" width="{_WIDTH}" height="{y + 20}" style="fill:#fff;stroke:none"/>\n'
    )
    return head + "\n".join([_text(_BOX_X, 30, title, "title"), box, *parts]) + "\n</svg>\n"


def lamp_block() -> str:
    """Lamp and sound of each priority, from the tables of firmware/core/signals.py."""
    found = _signals()
    rows = []
    for priority, lamp in enumerate(found["LAMPS"]):
        if not lamp:
            continue
        burst = found["BURSTS"][priority]
        shown = "steady" if len(lamp) == 1 else f"{lamp[0]} ms lit, {lamp[1]} ms dark"
        sound = f"{len(burst) // 2} pulses of {burst[0]} ms at {found['PITCHES_HZ'][priority]} Hz"
        rows.append((ids.PRIORITY_NAMES[priority], shown, f"{sound}, again after {burst[-1] / 1000:g} s"))
    return table(("most urgent alarm", "alarm lamp (GP16)", "buzzer (GP15)"), rows)


def rendered(page: str) -> str:
    """The page with its block made anew."""
    return filled(page, {"lamp": lamp_block})


def main() -> None:
    for name in DRAWINGS:
        (FOLDER / name).write_text(drawn(name), encoding="utf-8")
    PAGE.write_text(rendered(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def _signals() -> dict[str, Any]:
    """The tables alone; the module itself imports what only the board has."""
    wanted = {"_THREE_AND_TWO", "BURSTS", "PITCHES_HZ", "LAMPS"}
    found: dict[str, Any] = {}
    for node in ast.parse(SIGNALS.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in wanted:
            found[node.targets[0].id] = eval(compile(ast.Expression(node.value), str(SIGNALS), "eval"), dict(found))
    return found


def _at(gpio: int) -> str:
    return f"GP{gpio} pin {HEADER[gpio]}" if gpio in HEADER else f"GP{gpio} no pin"


def _arrow(way: str) -> str:
    """From a direction of one of the tables: "<-" goes into the board."""
    if way.startswith("out"):
        return "->"
    return "<-" if way.startswith(("in", "analogue")) else "<->"


def _text(x: int, y: int, text: str, kind: str) -> str:
    return f'<text x="{x}" y="{y}" class="{kind}" xml:space="preserve">{escape(text)}</text>'


if __name__ == "__main__":
    main()
