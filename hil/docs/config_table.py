"""The table of the keys of `flash --config` in docs/bench/flashing.md.

python -m hil.docs.config_table      writes it anew
"""

from __future__ import annotations

from hil.board.config_keys import of_firmware
from hil.board.files import REPOSITORY
from hil.docs.blocks import filled

PAGE = REPOSITORY / "docs/bench/flashing.md"

TEXTS = {
    "nl_per_rev": "volume of one revolution of the head: the calibration of the tube set",
    "microsteps_per_rev": "200 times the driver's microstepping; a multiple of 200",
    "reservoir_capacity_nl": "what the reservoir holds",
    "low_level_nl": "below it the pump raises RESERVOIR_LOW",
    "empty_level_nl": "below it the pump stops; less than the capacity",
    "refill_due_h": "hours before the computed end at which the refill is due",
    "occlusion_limit_pa": "line pressure that is an occlusion",
    "supply_low_mv": "below it the pump raises an alarm",
    "supply_critical_mv": "below it the pump stops",
    "catheter_dead_volume_nl": "volume of the catheter, for priming and bridge bolus",
    "link_uart": "0 host link over USB, 1 over UART0 (GP0, GP1) at 115200",
    "pressure_zero_mv": "voltage of the pressure sensor at 0 kPa, at the pin",
    "pressure_span_mv": "voltage that 200 kPa add at the pin",
}


def table() -> str:
    lines = ["| key | default | least | most | what |", "|---|---|---|---|---|"]
    for key in of_firmware():
        lines.append(f"| `{key.name}` | {key.default} | {key.least} | {key.most} | {TEXTS[key.name]} |")
    return "\n".join(lines) + "\n"


def rendered(text: str) -> str:
    """The page with its table made anew."""
    return filled(text, {"config_keys": table})


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
