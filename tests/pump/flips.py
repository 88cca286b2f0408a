"""One story of a pump with much going on, with or without a flipped bit in its memory, and what came of it (INT-08).

Basal in segments, a clinician bolus, a patient who presses every quarter of an hour, a dose limit: every kind
of variable that decides about a stroke has its turn.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from random import Random

from emulator.faults.memory import integers_of
from tests.pump.prescribing import prescribe
from tests.pump.pump_rig import STROKE_NL, PumpRig

LASTS_S = 3 * 3600.0
LOOK_EVERY_S = 600.0
PRESS_EVERY_S = 900.0
_SEGMENTS = [(0, 60_000), (540, 90_000), (570, 30_000), (630, 120_000), (690, 45_000)]
_PATIENT = (8_000, 60, 1_800, 4)
_DOSE = (900_000, 6 * 3600)


def flip(rig: PumpRig, path: str, bit: int) -> None:
    """Flip one bit of one variable: `path` from the supervisor of the firmware, e.g. therapy.dosing.due_pl."""
    holders = integers_of(rig.world.mcu, "firmware.services")
    holder = next(holder for name, holder, _ in holders if name == "Supervisor.reset_cause")
    *parts, attribute = path.split(".")
    for part in parts:
        holder = getattr(holder, part)
    before = getattr(holder, attribute)
    setattr(holder, attribute, before ^ 1 << bit)
    assert getattr(holder, attribute) != before


@dataclass(frozen=True)
class Outcome:
    """`turned_nl` by the rotor at every look; `alarms` that were raised; whether the pump restarted."""

    turned_nl: tuple[float, ...]
    alarms: tuple[str, ...]
    events: tuple[tuple[str, int, int], ...]
    restarts: int
    flip: str


def story(flip_seed: int | None, package: str = "firmware.core") -> Outcome:
    """Live through it; with a seed, one bit of one integer of `package` flips at some moment."""
    random = Random(f"flip {flip_seed}")
    flip_s = None if flip_seed is None else random.uniform(150.0, 2 * 3600.0)
    flip = ""
    turned: list[float] = []
    with PumpRig(_SEGMENTS) as rig:
        prescribe(rig, patient=_PATIENT, dose=_DOSE)
        rig.run_until(100.0)
        rig.client.clinician_bolus(200_000, 7_200)
        next_s = {"press": 400.0, "look": LOOK_EVERY_S, "flip": flip_s or 2 * LASTS_S}
        while rig.now_s < LASTS_S:
            what = min(next_s, key=lambda key: next_s[key])
            _run_until(rig, min(next_s[what], LASTS_S))
            if what == "press":
                rig.bench.press("patient", 200_000_000)
                next_s["press"] += PRESS_EVERY_S
            elif what == "look":
                turned.append(rig.turned_nl())
                next_s["look"] += LOOK_EVERY_S
            elif rig.now_s < LASTS_S:
                rig.inject("ram.bit_flip", package=package)
                flip = next(line for line in reversed(rig.world.trace.lines) if " ram " in line)
                next_s["flip"] = 2 * LASTS_S
        turned.append(rig.turned_nl())
        events = tuple((event.code, event.a, event.b) for event in rig.client.events)
        return Outcome(tuple(turned), tuple(rig.raised()), events, len(rig.world.mcu.resets), flip)


def _run_until(rig: PumpRig, t_s: float) -> None:
    """As PumpRig.run_until, but a firmware that ends with a traceback is no failure of the test."""
    rig.clock.run_until(round(t_s * 1e9))
    rig.client.poll()


def judged(outcome: Outcome, twin: Outcome) -> str:
    """masked: nothing is different; detected: an alarm or a restart told of it; harmless: the dose is right.

    The dose is right when at every look the rotor has turned what it turned in the twin, within two strokes:
    one may come a little earlier or later.
    """
    if outcome.turned_nl == twin.turned_nl and outcome.events == twin.events:
        return "masked"
    if outcome.alarms != twin.alarms or outcome.restarts:
        return "detected"
    pairs = zip(outcome.turned_nl, twin.turned_nl, strict=True)
    if all(abs(turned - expected) <= 2 * STROKE_NL for turned, expected in pairs):
        return "harmless"
    return "wrong dose"


def campaign(seeds: range, package: str) -> tuple[Counter[str], list[str]]:
    """Counts by verdict, and each flip that led to a wrong dose."""
    twin = story(None)
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for seed in seeds:
        outcome = story(seed, package)
        verdict = judged(outcome, twin)
        counts[verdict] += 1
        if verdict == "wrong dose":
            wrong.append(f"seed {seed}: {outcome.flip}")
    return counts, wrong
