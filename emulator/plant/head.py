"""The peristaltic head: what a piece of rotation displaces.

Rollers make the flow swing with the angle, interrupt it and turn it back where one of them leaves the tube. The
volume of each full motor step is the exact integral over that step, so a whole revolution displaces exactly its
nominal volume.
"""

from math import pi, sin

from emulator.plant.config import PlantConfig
from emulator.plant.motor import MILLISTEPS, Motor
from emulator.plant.overlay import Overlay, kept_of
from emulator.plant.reservoir import FL_PER_NL

CELLS_PER_REV = 200  # full motor steps; within one the flow per microstep is constant
STANDSTILL_NS = 48 * 3_600 * 1_000_000_000  # published risk of over-infusion: stop or stall over 48 h (source 11)


class Rollers:
    """Volume over the angle: a sine, a gap in its middle where a roller leaves, and rollers that differ."""

    def __init__(self, config: PlantConfig) -> None:
        self._count = config.rollers
        self._swing = config.pulsation
        self._begin, self._end = 0.5 - config.roller_dip / 2, 0.5 + config.roller_dip / 2
        self._backwards = config.roller_reversal if config.roller_dip else 0.0
        kept = 1.0 - config.roller_dip + self._swing * sin(pi * config.roller_dip) / pi
        self._scale = (1.0 + self._backwards * config.roller_dip) / kept
        weak = 1.0 - config.bad_roller
        self._weights = [weak, *([1.0] * (self._count - 1))]
        self._total = sum(self._weights)

    def share_at(self, turn: float) -> float:
        """Share of a revolution's volume that the head has displaced at `turn`, 0 to 1."""
        number = min(int(turn * self._count), self._count - 1)
        whole = sum(self._weights[:number])
        return (whole + self._weights[number] * self._way(turn * self._count - number)) / self._total

    def _way(self, x: float) -> float:
        """Share of one roller's volume at the share x of its way."""
        if x <= self._begin:
            return self._scale * self._sine(x)
        before = self._scale * self._sine(self._begin)
        if x <= self._end:
            return before - self._backwards * (x - self._begin)
        lost = self._backwards * (self._end - self._begin)
        return before - lost + self._scale * (self._sine(x) - self._sine(self._end))

    def _sine(self, x: float) -> float:
        return x + self._swing * sin(2 * pi * x) / (2 * pi)


class PumpHead:
    """Volume per microstep by angle, tube wear and back-leak.

    leaked_back_nl, worn_nl: volume that did not go forward because of either; over_infused_nl: that went forward
    beyond the fresh one. Evidence of faults.
    """

    def __init__(self, config: PlantConfig, motor: Motor) -> None:
        self._motor = motor
        steps_per_cell = config.microsteps_per_rev // CELLS_PER_REV
        if steps_per_cell * CELLS_PER_REV != config.microsteps_per_rev:
            raise ValueError(f"{config.microsteps_per_rev} microsteps/rev is no multiple of {CELLS_PER_REV}")
        self.cell_millisteps = steps_per_cell * MILLISTEPS
        self._millisteps_per_rev = config.microsteps_per_rev * MILLISTEPS

        rollers = Rollers(config)
        edges = [config.volume_per_rev_nl * rollers.share_at(cell / CELLS_PER_REV) for cell in range(CELLS_PER_REV + 1)]
        self.cell_fl_per_millistep = [
            (edges[cell + 1] - edges[cell]) * FL_PER_NL / self.cell_millisteps for cell in range(CELLS_PER_REV)
        ]
        warm = 1.0 + config.temperature_per_k * (config.temperature_c - 37.0)
        self._fresh = (1.0 + config.calibration_error) * warm
        self.kept = Overlay(kept_of, self.refresh)
        self._wear_per_rev: dict[object, tuple[float, int]] = {}
        self._worn = 1.0
        self._gain_per_standstill: dict[object, float] = {}
        self._swollen: dict[object, float] = {}
        self.over_infused_nl = 0.0
        self.stood_since_ns = 0
        self.factor = self._fresh
        self._swell = 1.0
        self.is_worn_or_leaky = False  # less than the fresh volume goes forward, or will with the next turn
        self.leaked_back_nl = 0.0
        self.worn_nl = 0.0

    def wear(self, owner: object, fraction_per_1000_rev: float) -> None:
        """From now on stroke volume falls by this fraction of the fresh one per 1000 revolutions."""
        self._wear_per_rev[owner] = (fraction_per_1000_rev / 1000.0, self._motor.travel_millisteps)
        self.refresh()

    def change_tube(self, owner: object) -> None:
        """End the wear that `owner` began: a new tube displaces the nominal volume again."""
        self._wear_per_rev.pop(owner, None)
        self.refresh()

    def gain_by_standing(self, owner: object, fraction: float) -> None:
        """From now on each standstill of more than 48 h adds this fraction of the fresh stroke volume."""
        self._gain_per_standstill[owner] = fraction
        self._swollen[owner] = 0.0
        self.refresh()

    def end_gain(self, owner: object) -> None:
        """A new tube in place of the one that `owner` let swell."""
        self._gain_per_standstill.pop(owner, None)
        self._swollen.pop(owner, None)
        self.refresh()

    def turn_again(self, t_ns: int) -> None:
        """A train begins: take in what standing until now did to the tube."""
        if t_ns - self.stood_since_ns > STANDSTILL_NS:
            for owner, fraction in self._gain_per_standstill.items():
                self._swollen[owner] += fraction
        self.refresh()

    def refresh(self) -> None:
        """Take wear and leak into `factor`; between two trains, so that splitting a train changes nothing."""
        worn = 1.0
        for per_rev, since in self._wear_per_rev.values():
            turns = (self._motor.travel_millisteps - since) / self._millisteps_per_rev
            worn -= per_rev * turns
        self._worn = max(worn, 0.0)
        swollen = 1.0 + sum(self._swollen.values())
        self.factor = self._fresh * self._worn * self.kept.value * swollen
        self._swell = swollen
        is_aging = self._wear_per_rev or self._gain_per_standstill
        self.is_worn_or_leaky = bool(is_aging) or self.factor != self._fresh

    def book_losses(self, forward_nl: float) -> None:
        """Account what the fresh head would have displaced beyond `forward_nl`, by cause."""
        if self.factor > 0.0:
            fresh_nl = forward_nl * self._fresh / self.factor
            self.over_infused_nl += fresh_nl * (self._swell - 1.0)
            self.worn_nl += fresh_nl * (1.0 - self._worn)
            self.leaked_back_nl += fresh_nl * self._worn * (1.0 - self.kept.value)
