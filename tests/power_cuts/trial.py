"""One power cut: at one flash operation of a story, before, inside or after it, perhaps again in the recovery.

A trial runs in a forked copy of the process, so that the pump before the cut is built once per story. It
ends with a list of complaints: what the plant and the restarted pump show against INT-04.
"""

from __future__ import annotations

import os
import pickle
import traceback
from dataclasses import dataclass
from typing import Any

from tests.power_cuts.stories import BASAL_NL_PER_H, LOCKOUT_S, Story
from tests.pump.pump_rig import STROKE_NL, PumpRig

PLACES = (("before", 0.0), ("inside", 0.1), ("inside", 0.5), ("inside", 0.95), ("after", 0.0))

# Angle readings at both ends of a comparison: three counts of 14.65 nL each way, as stroke_check allows.
_READING_NL = 90.0
_AFTER_S = 120.0
_BOOT_LIMIT_S = 20.0


@dataclass(frozen=True)
class Cut:
    """`operation` counts from the beginning of the story's act; `again` from the power-on that follows."""

    operation: int
    place: tuple[str, float]
    again: Cut | None = None

    def __str__(self) -> str:
        where, part = self.place
        text = f"operation {self.operation} {where}" + (f" {part:.0%}" if where == "inside" else "")
        return f"{text}, then in the recovery {self.again}" if self.again else text


@dataclass(frozen=True)
class Outcome:
    """`has_cut`: the power really went at the planned point. `operations` of the act, or of the recovery."""

    complaints: tuple[str, ...]
    has_cut: bool
    operations: int


def in_a_copy(work: Any) -> Outcome:
    """`work()` in a forked copy of this process; an exception there becomes a complaint."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            outcome = work()
        except BaseException:
            outcome = Outcome((traceback.format_exc(limit=8),), True, 0)
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(outcome, pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    return pickle.loads(data) if data else Outcome(("the copy of the process died",), True, 0)


class Trial:
    """All trials of one story start from the same pump. `states`: before the act, and after it undisturbed."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.rig = story.begin()
        self.before = state_of(self.rig)
        self.boots = self.rig.status.boots
        self.log_seq = self.rig.status.log_seq
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            first = self.rig.world.flash.operations
            story.do(self.rig)
            operations = self.rig.world.flash.operations - first
            self._restart()
            with os.fdopen(writing, "wb") as pipe:
                pickle.dump((operations, state_of(self.rig)), pipe)
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            self.operations, self.after = pickle.load(pipe)
        os.waitpid(child, 0)

    def close(self) -> None:
        self.rig.world.mcu.power_off()

    def run(self, cut: Cut) -> Outcome:
        return in_a_copy(lambda: self._run(cut))

    def _run(self, cut: Cut) -> Outcome:
        rig = self.rig
        flash = rig.world.flash
        flash.cut_at(flash.operations + cut.operation, *cut.place)
        self.story.do(rig)
        if rig.world.mcu.is_powered:
            return Outcome((), False, 0)
        given_nl = rig.turned_nl()
        begun = flash.operations
        if cut.again:
            flash.cut_at(begun + cut.again.operation, *cut.again.place)
        rig.target.power.off()
        rig.run_for(3.0)
        rig.target.power.on()
        rig.run_for(9.0)
        if cut.again:
            if rig.world.mcu.is_powered:
                return Outcome((), False, flash.operations - begun)
            self._restart()
        else:
            rig.reconnect()
        return Outcome(tuple(self._complaints(given_nl)), True, flash.operations - begun)

    def _restart(self) -> None:
        self.rig.target.power.off()
        self.rig.run_for(3.0)
        self.rig.target.power.on()
        self.rig.reconnect()

    def _complaints(self, given_nl: float) -> list[str]:
        rig = self.rig
        status = rig.status
        found = []
        if status.mode not in {self.before["mode"], self.after["mode"], *self._modes_between()}:
            found.append(f"mode {status.mode}, was {self.before['mode']}, would be {self.after['mode']}")
        now = state_of(rig)
        for name in ("prescription", "filling"):
            if not any(_is_same(now[name], state[name]) for state in (self.before, self.after)):
                found.append(f"{name} is neither that before nor that after: {now[name]}")
        short_nl = rig.turned_nl() - status.delivered_nl
        if abs(short_nl) > STROKE_NL + _READING_NL:
            found.append(f"rotor and odometer differ by {short_nl:.0f} nL")
        if self.story.name == "patient bolus":
            found += self._bolus_complaints(given_nl)
        if not self.story.is_new and "POWER_LOST" not in {event.code for event in rig.client.log(self.log_seq)}:
            found.append("POWER_LOST is not in the log")
        from_nl = rig.turned_nl()
        rig.run_for(_AFTER_S)
        most_nl = 1.1 * BASAL_NL_PER_H * _AFTER_S / 3_600.0 + 2 * STROKE_NL
        if rig.turned_nl() - from_nl > most_nl:
            found.append(f"{rig.turned_nl() - from_nl:.0f} nL in {_AFTER_S:.0f} s after the restart")
        return found

    def _modes_between(self) -> set[str]:
        return {"STOPPED", "MIN_RATE"} if self.story.name.startswith("stop") else set()

    def _bolus_complaints(self, given_nl: float) -> list[str]:
        """Once a drop of the bolus has been delivered, its lock-out holds, whatever was written of it."""
        basal_nl = BASAL_NL_PER_H * 8.0 / 3_600.0
        has_begun = given_nl - self.before["turned_nl"] > basal_nl + 2 * STROKE_NL
        lockout_s = self.rig.status.lockout_s
        if has_begun and lockout_s < LOCKOUT_S - 120:
            return [f"lock-out of {lockout_s} s after a bolus of {given_nl - self.before['turned_nl']:.0f} nL"]
        return []


def state_of(rig: PumpRig) -> dict[str, Any]:
    """What a story may change as a whole. `filling` falls with nothing but a refill."""
    status = rig.status
    segments = [[(s.start_minute, s.rate_nl_per_h) for s in rig.client.programme_day(day)] for day in range(7)]
    prescription = {**rig.client.prescription(), "segments": segments}
    return {
        "mode": status.mode,
        "prescription": prescription,
        "filling": status.reservoir_nl + status.delivered_nl,
        "turned_nl": rig.turned_nl(),
    }


def _is_same(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, int):
        return abs(found - wanted) <= STROKE_NL  # a stroke that is turned back is drawn, not delivered
    return found == wanted
