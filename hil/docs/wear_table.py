"""Measures how fast each block of the flash wears, for the table of firmware/DESIGN.md (INT-07).

`python -m hil.docs.wear_table` measures anew and rewrites the table. Each line is a run of days in the emulator,
counted from an hour after the start, and multiplied up to a year. littlefs moves its metadata on after 100 erases
of a block, which a run of days does not see at small rates: the figures are therefore those of the block that it
wears before it moves, and no block wears faster.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hil.docs.blocks import filled
from hil.docs.icd import table
from hil.pump.client import Client
from hil.targets.base import BOOT_S
from hil.targets.sim import SimTarget

DESIGN = Path(__file__).resolve().parents[2] / "firmware" / "DESIGN.md"
HEAD = ("delivered", "erases a year, all blocks", "erases a year, worst block", "years to 100 000 erases")
ENDURANCE_ERASES = 100_000

_NL_PER_ML = 1_000_000
_DAY_S = 86_400
_YEAR_DAYS = 365
_SETTLED_S = 3_600.0
_FILL_NL = 18 * _NL_PER_ML
_EVERY_DAY = 0b111_1111


@dataclass(frozen=True)
class Rate:
    """`days` of therapy are run: enough for some twenty erases of the worst block."""

    ml_per_day: float
    days: float

    @property
    def title(self) -> str:
        return f"{self.ml_per_day:g} mL/day"


RATES = (Rate(0.1, 4.0), Rate(1.0, 4.0), Rate(24.0, 0.25))


@dataclass(frozen=True)
class Wear:
    """Erases in a year: of all blocks, and of the one that wears fastest."""

    all_blocks: float
    worst_block: float

    @property
    def years(self) -> float:
        return ENDURANCE_ERASES / self.worst_block


def measured(rate: Rate) -> Wear:
    """A pump that delivers this much, with nobody near it."""
    target = SimTarget.as_delivered()
    client = Client(target.serial, target.clock)
    target.power.on()
    _run_for(target, BOOT_S)
    client.hello()
    client.programme_begin()
    client.stage_drug("baclofen", 500)
    client.stage_day(_EVERY_DAY, [(0, round(rate.ml_per_day * _NL_PER_ML / 24))])
    client.programme_commit()
    client.refill_begin()
    client.refill_withdrawn(0)
    client.refill_filled(_FILL_NL)
    client.refill_confirm()
    client.start()
    _run_for(target, _SETTLED_S)
    before = target.erases()
    _run_for(target, rate.days * _DAY_S)
    if client.status().mode != "RUNNING":
        raise RuntimeError(f"at {rate.title} the pump does not deliver for {rate.days:g} days")
    erases = [after - first for after, first in zip(target.erases(), before, strict=True)]
    target.power.off()
    scale = _YEAR_DAYS / rate.days
    return Wear(sum(erases) * scale, max(erases) * scale)


def _run_for(target: SimTarget, seconds: float) -> None:
    target.clock.run_until(target.clock.now_ns + round(seconds * 1e9))


def row(rate: Rate) -> tuple[str, ...]:
    """The line of one rate, measured now."""
    wear = measured(rate)
    return (rate.title, f"{wear.all_blocks:.0f}", f"{wear.worst_block:.0f}", f"{wear.years:.1f}")


def rendered(text: str, rates: Iterable[Rate] = RATES) -> str:
    """The document with its table measured anew."""
    lines = table(HEAD, [row(rate) for rate in rates])
    return filled(text, {"wear": lambda: lines})


if __name__ == "__main__":
    DESIGN.write_text(rendered(DESIGN.read_text(encoding="utf-8")), encoding="utf-8")
