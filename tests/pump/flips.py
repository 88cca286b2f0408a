"""One story of a pump with much going on, with or without a flipped bit in its memory, and what came of it (INT-08).

Basal in segments, a clinician bolus, a patient who presses every quarter of an hour, a dose limit: every kind
of variable that decides about a stroke has its turn.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Any

from emulator.faults.memory import integers_of
from hil.targets.base import FirmwareBroken
from tests.power_cuts.copies import in_a_copy
from tests.pump.prescribing import prescribe
from tests.pump.pump_rig import STROKE_NL, PumpRig

LASTS_S = 3 * 3600.0
LOOK_EVERY_S = 600.0
PRESS_EVERY_S = 900.0
_SEGMENTS = [(0, 60_000), (540, 90_000), (570, 30_000), (630, 120_000), (690, 45_000)]
_HUNG_S = 3.0  # of the host's processor, without any virtual time
_PATIENT = (8_000, 60, 1_800, 4)
_DOSE = (900_000, 6 * 3600)


def flip(rig: PumpRig, path: str, bit: int) -> None:
    """Flip one bit of one variable: `path` from the one object of a class of the firmware, e.g. Therapy.dosing.due_pl,
    or Therapy.lockout._starts.0 in a list."""
    root, *parts, attribute = path.split(".")
    holder = _only(rig, root)
    for part in parts:
        holder = getattr(holder, part)
    if isinstance(holder, list):
        holder[int(attribute)] ^= 1 << bit
        return
    before = getattr(holder, attribute)
    setattr(holder, attribute, before ^ 1 << bit)
    assert getattr(holder, attribute) != before


def _only(rig: PumpRig, class_name: str) -> Any:
    found = {
        id(holder): holder
        for name, holder, _ in integers_of(rig.world.mcu, "firmware")
        if name.startswith(class_name + ".")
    }
    (holder,) = found.values()
    return holder


@dataclass(frozen=True)
class Outcome:
    """`turned_nl` by the rotor at every look; `alarms` that were raised; whether the pump restarted; `is_hung`:
    it did nothing any more but count, which the emulator notices and cannot live through.
    """

    turned_nl: tuple[float, ...]
    alarms: tuple[str, ...]
    events: tuple[tuple[str, int, int], ...]
    restarts: int
    flip: str
    is_hung: bool = False


def flip_s(seed: int) -> float:
    """When the bit of this seed flips."""
    return round(Random(f"flip {seed}").uniform(150.0, 2 * 3600.0), 3)


class Life:
    """The story as far as it has been lived. A flip is lived to the end in a copy of the process."""

    def __init__(self, rig: PumpRig) -> None:
        self.rig = rig
        self._turned: list[float] = []
        self._next_s = {"press": 400.0, "look": LOOK_EVERY_S}
        prescribe(rig, patient=_PATIENT, dose=_DOSE)
        rig.run_until(100.0)
        rig.client.clinician_bolus(200_000, 7_200)

    def go_on_until(self, t_s: float, is_ended_by_alarm: bool = False) -> None:
        """With an alarm the verdict is clear, and the rest need not be lived."""
        rig = self.rig
        while rig.now_s < t_s and not (is_ended_by_alarm and self._is_told()):
            what = min(self._next_s, key=lambda key: self._next_s[key])
            _run_until(rig, min(self._next_s[what], t_s))
            if rig.now_s < self._next_s[what]:
                continue
            if what == "press":
                rig.bench.press("patient", 200_000_000)
                self._next_s["press"] += PRESS_EVERY_S
            else:
                self._turned.append(rig.turned_nl())
                self._next_s["look"] += LOOK_EVERY_S

    def end(self, flipped: str = "") -> Outcome:
        rig = self.rig
        is_hung = False
        try:
            self.go_on_until(LASTS_S, is_ended_by_alarm=flipped != "")
        except FirmwareBroken:
            is_hung = True
        events = tuple((event.code, event.a, event.b) for event in rig.client.events)
        turned = (*self._turned, rig.turned_nl())
        return Outcome(turned, tuple(rig.raised()), events, len(rig.world.mcu.resets), flipped, is_hung)

    def end_after_a_flip(self, package: str) -> Outcome:
        """One bit of one integer of `package` flips now."""
        self.rig.inject("ram.bit_flip", package=package)
        return self.end(next(line for line in reversed(self.rig.world.trace.lines) if " ram " in line))

    def _is_told(self) -> bool:
        return bool(self.rig.raised() or self.rig.world.mcu.resets)


def _run_until(rig: PumpRig, t_s: float) -> None:
    """As PumpRig.run_until, but a firmware that ends with a traceback is no failure of the test."""
    rig.clock.run_until(round(t_s * 1e9))
    rig.client.poll()


def judged(outcome: Outcome, twin: Outcome) -> str:
    """masked: nothing is different; detected: an alarm or a restart told of it; harmless: the dose is right; hung: a
    loop of millions of turns in which nothing is delivered, and which the watchdog of a board ends.

    The dose is right when at every look the rotor has turned what it turned in the twin, within two strokes:
    one may come a little earlier or later.
    """
    if outcome.turned_nl == twin.turned_nl and outcome.events == twin.events:
        return "masked"
    if outcome.is_hung:
        return "hung"
    if outcome.alarms != twin.alarms or outcome.restarts:
        return "detected"
    pairs = zip(outcome.turned_nl, twin.turned_nl, strict=True)
    if all(abs(turned - expected) <= 2 * STROKE_NL for turned, expected in pairs):
        return "harmless"
    return "wrong dose"


def campaign(seeds: range, package: str) -> tuple[Counter[str], list[str]]:
    """Counts by verdict, and each flip that led to a wrong dose. The story without a flip is lived once."""
    outcomes: dict[int, Outcome] = {}
    with PumpRig(_SEGMENTS) as rig:
        life = Life(rig)
        rig.world.mcu.guard.limit_s = _HUNG_S
        for seed in sorted(seeds, key=flip_s):
            life.go_on_until(flip_s(seed))
            outcome = in_a_copy(lambda: life.end_after_a_flip(package))
            assert isinstance(outcome, Outcome), f"seed {seed}: {outcome.complaints}"
            outcomes[seed] = outcome
        twin = life.end()
    verdicts = {seed: judged(outcome, twin) for seed, outcome in outcomes.items()}
    wrong = [f"seed {seed}: {outcomes[seed].flip}" for seed, verdict in verdicts.items() if verdict == "wrong dose"]
    return Counter(verdicts.values()), wrong


def verdict_of_a_flip(path: str, bit: int, is_sealed: bool) -> str:
    """What `judged` says of one flip in the middle of the story; not `is_sealed`: the therapy no longer looks
    whether anything in it has changed."""

    def end_after_the_flip() -> Outcome:
        if not is_sealed:
            type(_only(life.rig, "Therapy")).open = lambda _therapy: None
        flip(life.rig, path, bit)
        return life.end(f"{path} bit {bit}")

    with PumpRig(_SEGMENTS) as rig:
        life = Life(rig)
        life.go_on_until(LASTS_S / 6)
        outcome = in_a_copy(end_after_the_flip)
        assert isinstance(outcome, Outcome), outcome.complaints
        return judged(outcome, life.end())
