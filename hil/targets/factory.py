"""From the word on the command line to a target."""

from __future__ import annotations

from hil.errors import BenchBroken
from hil.scenario.model import Scenario
from hil.targets.base import Target

_NOT_HERE = {
    "board": "a real board on a serial port as a target",
}

TARGET_WORDS = ("sim", "mpy", "chip", "serial:PORT")


def kind_of(word: str) -> str | None:
    """The name of a target in scenarios for a word of the command line; None when it is no target."""
    if word.startswith("serial:") and word != "serial:":
        return "board"
    return word if word in ("sim", "mpy", "chip") else None


def make_target(word: str, scenario: Scenario, nets: tuple[str, ...] = ()) -> Target:
    """A target for one run, not yet entered. `nets` are recorded as waves.

    Raises `BenchBroken` for what this version or this machine does not have.
    """
    kind = kind_of(word)
    if kind == "sim":
        from hil.targets.sim import SimTarget

        return SimTarget.of_scenario(scenario, nets)
    if kind == "mpy":
        from hil.targets.mpy import MpyTarget

        return MpyTarget.of_scenario(scenario, nets)
    if kind == "chip":
        from hil.targets.chip import ChipTarget

        return ChipTarget.of_scenario(scenario, nets)
    missing = _NOT_HERE.get(kind or "", f"target {word}")
    raise BenchBroken(f"{missing} is not available in this version; use --target sim")
