"""The drawings of docs/bench name every pin of the tables and are up to date."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from emulator.bench import wiring
from hil.docs import wiring_drawing
from hil.rig import pins

STALE = "run: python -m hil.docs.wiring_drawing"


def words_of(name: str) -> list[str]:
    """The texts of a drawing, as it stands on disk."""
    root = ElementTree.fromstring((wiring_drawing.FOLDER / name).read_text(encoding="utf-8"))
    return [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("name", sorted(wiring_drawing.DRAWINGS))
def test_a_drawing_is_that_of_the_tables(name):
    assert (wiring_drawing.FOLDER / name).read_text(encoding="utf-8") == wiring_drawing.drawn(name), STALE


def test_the_table_of_lamps_is_that_of_the_firmware():
    page = wiring_drawing.PAGE.read_text(encoding="utf-8")
    assert wiring_drawing.rendered(page) == page, STALE
    assert "| HIGH | 250 ms lit, 375 ms dark |" in page


def test_the_drawing_of_the_pump_names_each_pin_and_net():
    text = "\n".join(words_of("pump.svg"))
    analogue = {26 + channel: net for channel, net in wiring.ADC.items()}
    for gpio, net in {**wiring.PINS, **analogue}.items():
        assert re.search(rf"^GP{gpio} (pin \d+|no pin)  {net}$", text, flags=re.MULTILINE), (gpio, net)


def test_the_drawing_of_the_rig_names_each_pin_and_net():
    text = "\n".join(words_of("rig.svg"))
    for gpio, net, *_ in pins.TABLE:
        assert re.search(rf"^GP{gpio} (pin \d+|no pin)  {net}$", text, flags=re.MULTILINE), (gpio, net)


def test_the_drawing_of_both_has_a_line_for_each_wire_between_them():
    text = "\n".join(words_of("both.svg"))
    for gpio, _, _, pump_gpio, _ in pins.TABLE:
        if pump_gpio is not None:
            assert re.search(rf"^rig GP{gpio} pin \d+:", text, flags=re.MULTILINE), gpio
            assert re.search(rf"^GP{pump_gpio} pin \d+  ", text, flags=re.MULTILINE), pump_gpio


def test_header_pins_are_those_of_the_pico():
    corners = {0: 1, 2: 4, 5: 7, 9: 12, 13: 17, 15: 20, 16: 21, 21: 27, 22: 29, 26: 31, 28: 34}
    assert {gpio: wiring_drawing.HEADER[gpio] for gpio in corners} == corners
    assert 25 not in wiring_drawing.HEADER


def test_a_pin_that_moves_changes_the_drawing(monkeypatch):
    before = wiring_drawing.drawn("rig.svg")
    monkeypatch.setattr(pins, "TABLE", ((6, *pins.TABLE[0][1:]), *pins.TABLE[1:]))
    assert wiring_drawing.drawn("rig.svg") != before
