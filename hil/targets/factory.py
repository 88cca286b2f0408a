"""From the word on the command line to a target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hil.errors import BenchBroken
from hil.scenario.model import Scenario
from hil.targets.base import Target

if TYPE_CHECKING:
    from hil.targets.sim import SimTarget

EMULATED_WORDS = ("sim", "mpy", "chip")
RIGGED_WORDS = ("sim", "chip")  # whose bench a second board can play
TARGET_WORDS = (*EMULATED_WORDS, "serial:PORT")
EMULATED_RIG = "emulated"  # in the place of the rig's port
_SERIAL, _RIG, _BALANCE = "serial:", "+rig:", "+balance:"


def kind_of(word: str) -> str | None:
    """The name of a target in scenarios for a word of the command line; None when it is no target."""
    if word.startswith(_SERIAL) and word != _SERIAL:
        return "board"
    emulated, _, rig = word.partition(_RIG)
    if rig == EMULATED_RIG:
        return emulated if emulated in RIGGED_WORDS else None
    return word if word in EMULATED_WORDS else None


def make_target(word: str, scenario: Scenario, nets: tuple[str, ...] = ()) -> Target:
    """A target for one run, not yet entered. `nets` are recorded as waves.

    Raises `BenchBroken` for what this version or this machine does not have.
    """
    kind = kind_of(word)
    if kind in RIGGED_WORDS and word != kind:
        from hil.targets.rig_faults import what_blocks
        from hil.targets.rigged import rigged_target

        blocked = what_blocks(scenario)
        if blocked:
            raise BenchBroken(f"{scenario.file}: a rig cannot be this bench: {'; '.join(blocked)}")
        return rigged_target(kind, scenario, nets)
    if kind in EMULATED_WORDS:
        return _emulated(kind).of_scenario(scenario, nets)
    if kind == "board":
        from hil.targets.board import BoardTarget

        return BoardTarget(scenario, *ports_of(word), balance_of(word))
    raise BenchBroken(f"there is no target {word}; there are {', '.join(TARGET_WORDS)}")


def serial_word(pump_port: str, rig_port: str) -> str:
    """The word of a board at this port; `rig_port` "" for none."""
    return with_rig(f"{_SERIAL}{pump_port}", rig_port) if rig_port else f"{_SERIAL}{pump_port}"


def with_rig(word: str, rig_port: str) -> str:
    """The word of a board whose plant the rig at `rig_port` plays."""
    return f"{word}{_RIG}{rig_port}"


def with_balance(word: str, balance_port: str) -> str:
    """The word of a board whose reservoir or beaker stands on the balance at this port."""
    return f"{word}{_BALANCE}{balance_port}"


def balance_of(word: str) -> str | None:
    """The balance's port in the word of a board."""
    return word.partition(_BALANCE)[2] or None


def ports_of(word: str) -> tuple[str, str | None]:
    """Ports of the pump and of the rig, if there is one, in the word of a board."""
    pump, _, rig = word.removeprefix(_SERIAL).partition(_BALANCE)[0].partition(_RIG)
    return pump, rig or None


def make_emulated(word: str, scenario: Scenario | None, seed: int = 0) -> SimTarget:
    """One of EMULATED_WORDS, not yet entered: with the bench of a scenario, or the reference bench with `seed`."""
    kind = _emulated(word)
    return kind.of_scenario(scenario) if scenario is not None else kind.as_delivered(seed)


def _emulated(word: str) -> type[SimTarget]:
    """Imported when it is asked for: what one target needs the others do without."""
    if word == "mpy":
        from hil.targets.mpy import MpyTarget

        return MpyTarget
    if word == "chip":
        from hil.targets.chip import ChipTarget

        return ChipTarget
    from hil.targets.sim import SimTarget

    return SimTarget
