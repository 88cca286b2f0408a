"""File sizes, and the wiring that the board file, the emulated bench and the documents must share."""

from __future__ import annotations

import ast
import re

import pytest

from emulator.bench import wiring
from tests.architecture.imports import PROJECT
from tests.architecture.tree import REPOSITORY, modules

MOST_LINES = 400


def too_long(module: str, source: str) -> list[str]:
    lines = source.count("\n")
    return [f"{module}: {lines} lines, two subjects"] if lines > MOST_LINES else []


def board_numbers(source: str, prefix: str) -> dict[int, str]:
    """`PREFIX_NAME = const(number)` of a board file as {number: NAME}.

    Raises ValueError when two names share a number.
    """
    found: dict[int, str] = {}
    for node in ast.parse(source).body:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        name = node.targets[0].id
        if name.startswith(prefix) and isinstance(node.value, ast.Call):
            number = int(ast.literal_eval(node.value.args[0]))
            if number in found:
                raise ValueError(f"{name} and {prefix}{found[number]} are both {number}")
            found[number] = name.removeprefix(prefix)
    return found


def without_uart(pins: dict[int, str]) -> dict[int, str]:
    """The serial line by cable replaces USB and is on no net."""
    return {number: name for number, name in pins.items() if not name.startswith("UART_")}


def board_source() -> str:
    return (REPOSITORY / "firmware" / "board.py").read_text(encoding="utf-8")


def same_wiring(source: str, pins: dict[int, str], channels: dict[int, str]) -> bool:
    board_pins = {number: name.replace("I2C", "I2C0") for number, name in board_numbers(source, "PIN_").items()}
    return without_uart(board_pins) == pins and board_numbers(source, "ADC_") == channels


def documented_pins() -> dict[int, str]:
    """GPIO number -> net of the table in docs/wiring.md."""
    text = (REPOSITORY / "docs" / "wiring.md").read_text(encoding="utf-8")
    return {int(gpio): net for gpio, net in re.findall(r"^\| GP(\d+) \| `(\w+)` \|", text, flags=re.MULTILINE)}


def test_no_file_has_two_subjects():
    assert [line for module in modules(*PROJECT) for line in too_long(*module)] == []


def test_a_file_that_is_too_long_is_found():
    assert too_long("a", "x = 1\n" * 401) == ["a: 401 lines, two subjects"]
    assert too_long("a", "x = 1\n" * 400) == []


def test_the_board_file_and_the_emulated_bench_agree_on_every_pin():
    assert same_wiring(board_source(), wiring.PINS, wiring.ADC)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("PIN_STEP = const(2)", "PIN_STEP = const(6)", id="a pin moved"),
        pytest.param("PIN_DIAG = const(5)\n", "", id="a pin missing"),
        pytest.param("ADC_PRESSURE = const(0)", "ADC_PRESSURE = const(2)", id="a channel moved"),
        pytest.param("PIN_STEP = const(2)", "PIN_STEP = const(2)\nPIN_HEATER = const(20)", id="a pin added"),
    ],
)
def test_a_board_file_that_differs_is_found(old, new):
    assert old in board_source()
    assert not same_wiring(board_source().replace(old, new), wiring.PINS, wiring.ADC)


def test_one_pin_with_two_names_is_an_error():
    with pytest.raises(ValueError, match="PIN_B and PIN_A are both 2"):
        board_numbers("PIN_A = const(2)\nPIN_B = const(2)\n", "PIN_")


def test_the_wiring_document_agrees_with_the_bench():
    analogue = {26 + channel: net for channel, net in wiring.ADC.items()}
    assert documented_pins() == wiring.PINS | analogue
