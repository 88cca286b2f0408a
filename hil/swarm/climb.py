"""Does a violation that target sim shows come on the real interpreter and on the emulated chip, too?"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hil.errors import PumpbenchError
from hil.swarm import invariants  # noqa: F401  enters them
from hil.swarm.judging import judge
from hil.swarm.life import live
from hil.swarm.story import Story
from hil.words.bench import fault_catalogue

CONFIRMED, SIM_ONLY, NOT_RUN = "CONFIRMED", "SIM-ONLY", "NOT RUN"


class Rung(msgspec.Struct, frozen=True):
    """`word`: CONFIRMED, SIM_ONLY, or NOT_RUN with the reason in `why`."""

    target: str
    word: str
    why: str = ""


def climb(story: Story, kind: str, targets: Sequence[str]) -> list[Rung]:
    """The same story on each target in turn."""
    return [_rung(story, kind, target) for target in targets]


def word_of(rungs: Sequence[Rung]) -> str:
    """SIM_ONLY when one that was run does not show it; CONFIRMED when each that was run does."""
    words = [rung.word for rung in rungs if rung.word != NOT_RUN]
    return NOT_RUN if not words else SIM_ONLY if SIM_ONLY in words else CONFIRMED


def _rung(story: Story, kind: str, target: str) -> Rung:
    faults = fault_catalogue()
    injected = [step["inject"] for step in story.table["step"] if "inject" in step]
    missing = [fault for fault in injected if target not in faults[fault].targets]
    if missing:
        return Rung(target, NOT_RUN, f"{missing[0]} is not for {target}")
    try:
        life = live(story.scenario(), target)
    except PumpbenchError as problem:
        return Rung(target, NOT_RUN, str(problem))
    if life.broken:
        return Rung(target, NOT_RUN, life.broken.strip().splitlines()[-1])
    found = {violation.kind: violation for violation in judge(life)}
    if kind in found:
        return Rung(target, CONFIRMED, found[kind].seen)
    return Rung(target, SIM_ONLY, ", ".join(found) or "no violation")
