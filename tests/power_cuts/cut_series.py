"""All power cuts of one story: the pump lives it once, and a copy of it dies at each point that is wanted.

Each ends with a list of complaints: what the plant and the restarted pump show against INT-04.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.power_cuts.copies import Cut, Forks, Found, Outcome, in_a_copy
from tests.power_cuts.stories import BASAL_NL_PER_H, LOCKOUT_S, WINDOW_S, Story, is_same, restart
from tests.pump.pump_rig import READING_NL, STROKE_NL

_AFTER_S = 120.0
_CLOCK_S = 60  # the clock chip knows to the minute when the pump was last alive


class CutSeries:
    """All cuts of one story start from the same pump. `states`: before the act, and after it undisturbed."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.rig, self.meter = story.begin()
        self.before = story.look(self.rig)
        self.before_nl = self.rig.turned_nl()
        status = self.rig.status
        self.log_seq = status.log_seq
        self.lockout_s = status.lockout_s
        self.locked_until_s = status.epoch_s + status.lockout_s
        undisturbed = in_a_copy(self._undisturbed)
        if isinstance(undisturbed, Outcome):
            raise RuntimeError(f"{story.name}: {undisturbed.complaints[0]}")
        self.operations, self.recovery_operations, self.after = undisturbed

    def _undisturbed(self) -> tuple[int, int, dict[str, Any]]:
        flash = self.rig.world.flash
        begun = flash.operations
        self.story.do(self.rig)
        ended = flash.operations
        restart(self.rig)
        self.rig.client.hello()
        recovered = flash.operations
        return ended - begun, recovered - ended, self.story.look(self.rig)

    def close(self) -> None:
        self.rig.world.mcu.power_off()

    def sweep(self, wanted: Callable[[Cut], bool]) -> list[Found]:
        """Every wanted cut of the act, and every wanted cut in the recovery from one of those."""
        found = in_a_copy(lambda: self._sweep(wanted))
        if isinstance(found, Outcome):
            raise RuntimeError(f"{self.story.name}: {found.complaints[0]}")
        return found

    def _sweep(self, wanted: Callable[[Cut], bool]) -> list[Found]:
        def recover(cut: Cut, kind: str) -> list[Found]:
            return self._recover(cut, kind, wanted)

        return Forks(self.rig.world.flash, wanted).run(lambda: self.story.do(self.rig), recover)

    def _recover(self, cut: Cut, kind: str, wanted: Callable[[Cut], bool]) -> list[Found]:
        rig = self.rig
        if rig.world.mcu.is_powered:
            return [Found(cut, kind, ("the power did not go",))]
        given_nl = rig.turned_nl()

        def come_back_again(again: Cut, its_kind: str) -> list[Found]:
            if rig.world.mcu.is_powered:
                return [Found(again, its_kind, ("the power did not go again",))]
            restart(rig)
            return [Found(again, f"recovery, {its_kind}", tuple(self._complaints(given_nl)))]

        found = Forks(rig.world.flash, wanted, cut).run(lambda: restart(rig), come_back_again)
        return [*found, Found(cut, kind, tuple(self._complaints(given_nl)))]

    def _complaints(self, given_nl: float) -> list[str]:
        rig = self.rig
        rig.client.hello()
        status = rig.status
        found = []
        if status.mode not in {self.before["mode"], self.after["mode"], *self.story.modes}:
            found.append(f"mode {status.mode}, was {self.before['mode']}, would be {self.after['mode']}")
        now = self.story.look(rig)
        for name in now.keys() - {"mode"}:
            if not any(is_same(now[name], state[name]) for state in (self.before, self.after)):
                found.append(f"{name} is neither that before nor that after: {now[name]}")
        short_nl = rig.turned_nl() - status.delivered_nl
        if abs(short_nl) > STROKE_NL + READING_NL:
            found.append(f"rotor and odometer differ by {short_nl:.0f} nL")
        if self.lockout_s and status.epoch_s + status.lockout_s < self.locked_until_s - _CLOCK_S:
            found.append(f"lock-out of {status.lockout_s} s, was {self.lockout_s} s before the act")
        if self.story.name == "patient bolus":
            found += self._bolus_complaints(given_nl)
        if not self.story.is_new and "POWER_LOST" not in {event.code for event in rig.client.log(self.log_seq)}:
            found.append("POWER_LOST is not in the log")
        from_nl = rig.turned_nl()
        rig.run_for(_AFTER_S)
        most_nl = 1.1 * BASAL_NL_PER_H * _AFTER_S / 3_600.0 + 2 * STROKE_NL
        if rig.turned_nl() - from_nl > most_nl:
            found.append(f"{rig.turned_nl() - from_nl:.0f} nL in {_AFTER_S:.0f} s after the restart")
        fullest_nl = self.meter.fullest_nl(WINDOW_S)
        if fullest_nl > self.story.limit_nl:
            found.append(f"{fullest_nl:.0f} nL in {WINDOW_S} s, with a dose limit of {self.story.limit_nl} nL")
        return found

    def _bolus_complaints(self, given_nl: float) -> list[str]:
        """Once a drop of the bolus has been delivered, its lock-out holds, whatever was written of it."""
        rig = self.rig
        basal_nl = BASAL_NL_PER_H * 8.0 / 3_600.0
        has_begun = given_nl - self.before_nl > basal_nl + 2 * STROKE_NL
        lockout_s = rig.status.lockout_s
        if has_begun and lockout_s < LOCKOUT_S - 120:
            return [f"lock-out of {lockout_s} s after a bolus of {given_nl - self.before_nl:.0f} nL"]
        return []
