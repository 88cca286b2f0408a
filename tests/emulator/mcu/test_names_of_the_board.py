"""Every name that the board's stubs have is there or raises NotModelled: none is an AttributeError by mistake."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from emulator.errors import NotModelled

TYPINGS = Path(__file__).parents[3] / "typings"
MODULES = ("machine", "rp2", "time", "select", "micropython", "gc", "math", "errno", "hashlib", "binascii")

# In the stubs, and not on an RP2040 with 1.28: other ports, later versions, helpers of the stubs themselves.
ELSEWHERE = {
    "machine": {
        "IDLE", "SLEEP", "DEEPSLEEP", "HARD_RESET", "DEEPSLEEP_RESET", "SOFT_RESET",
        "WLAN_WAKE", "PIN_WAKE",
        "RTC_WAKE",
        "ID_T", "ADC.VREF", "ADC.CORE_VREF", "ADC.CORE_VBAT", "ADC.width", "ADC.read", "ADC.atten", "UART.IRQ_RX",
        "UART.IDLE", "Pin.ALT_OPEN_DRAIN", "Pin.ANALOG",
        "Pin.DRIVE_0", "Pin.DRIVE_1", "Pin.DRIVE_2", "Pin.IRQ_LOW_LEVEL",
        "Pin.IRQ_HIGH_LEVEL", "Pin.PULL_HOLD", "Pin.drive", "Pin.mode", "Pin.pull", "RTC.alarm", "RTC.alarm_left",
        "RTC.cancel", "RTC.deinit", "RTC.init", "RTC.irq", "RTC.now", "RTC.calibration", "RTC.memory", "RTC.ALARM0",
        "PWM.duty", "CAN", "ADCBlock", "ADCWiPy", "SDCard", "DAC", "Encoder", "Counter", "TouchPad", "Sleep",
        "UART.INV_CTS",
        "UART.INV_RTS", "SPI.CONTROLLER", "RTC.info", "Timer.ETM", "mem_backup",
    },
    "errno": {"ENOTSUP"},
    "select": {"poll.register", "poll.unregister", "poll.modify", "poll.poll", "poll.ipoll"},  # poll is a function
    "rp2": {"AbstractBlockDev", "DMATimer"},
}  # fmt: skip
_ADC_OF_OTHERS = ("ATTN_", "WIDTH_")


def stub_names(module: str) -> list[str]:
    """Names of a module, and of the members of its classes as "Class.member"."""
    path = TYPINGS / f"{module}.pyi"
    path = path if path.exists() else TYPINGS / module / "__init__.pyi"
    names: list[str] = []
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        names += _bound(node)
        if isinstance(node, ast.ClassDef):
            names += [f"{node.name}.{name}" for inner in node.body for name in _bound(inner)]
    left_out = ELSEWHERE.get(module, set())
    return [
        name
        for name in dict.fromkeys(names)
        if not name.split(".")[-1].startswith(("_", *_ADC_OF_OTHERS))
        and name not in left_out
        and name.split(".")[0] not in left_out
    ]


def _bound(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return [node.name]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        is_alias = isinstance(node.annotation, ast.Name) and node.annotation.id == "TypeAlias"
        return [] if is_alias else [node.target.id]
    return []


@pytest.mark.skipif(not TYPINGS.exists(), reason="no stubs of the board: make typings/.stamp")
@pytest.mark.parametrize("module", MODULES)
def test_every_name_of_the_stubs_is_there_or_not_modelled(make_device, module):
    missing = []
    wanted = stub_names(module)
    while wanted:
        device = make_device(
            f"import {module}\nfor name in {wanted!r}:\n    print('?', name)\n"
            f"    value = {module}\n    for part in name.split('.'): value = getattr(value, part)\n    print('there')"
        )
        try:
            device.run_ms(5000)
        except NotModelled:
            asked = device.lines[-1].removeprefix("? ")
            wanted = [name for name in wanted[wanted.index(asked) + 1 :] if not name.startswith(f"{asked}.")]
            continue
        if device.crash is None:
            break
        asked = [line for line in device.lines if line.startswith("? ")][-1].removeprefix("? ")
        missing.append(asked)
        wanted = wanted[wanted.index(asked) + 1 :]
    assert missing == []
