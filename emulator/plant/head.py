"""The peristaltic head: what a piece of rotation displaces.

Rollers make the flow swing with the angle. The volume of each full motor step is the exact integral of
the swing over that step, so a whole revolution displaces exactly its nominal volume.
"""

from math import pi, sin

from emulator.plant.config import PlantConfig
from emulator.plant.motor import MILLISTEPS, Motor
from emulator.plant.overlay import Overlay, kept_of
from emulator.plant.reservoir import FL_PER_NL

CELLS_PER_REV = 200  # full motor steps; within one the flow per microstep is constant


class PumpHead:
    """Volume per microstep by angle, tube wear and back-leak.

    leaked_back_nl, worn_nl: volume that did not go forward because of either; evidence of faults.
    """

    def __init__(self, config: PlantConfig, motor: Motor) -> None:
        self._motor = motor
        steps_per_cell = config.microsteps_per_rev // CELLS_PER_REV
        if steps_per_cell * CELLS_PER_REV != config.microsteps_per_rev:
            raise ValueError(f"{config.microsteps_per_rev} microsteps/rev is no multiple of {CELLS_PER_REV}")
        self.cell_millisteps = steps_per_cell * MILLISTEPS
        self._millisteps_per_rev = config.microsteps_per_rev * MILLISTEPS

        def volume_at(cell: int) -> float:
            turn = cell / CELLS_PER_REV
            swing = 2 * pi * config.rollers
            return config.volume_per_rev_nl * (turn + config.pulsation * sin(swing * turn) / swing)

        self.cell_fl_per_millistep = [
            (volume_at(cell + 1) - volume_at(cell)) * FL_PER_NL / self.cell_millisteps for cell in range(CELLS_PER_REV)
        ]
        warm = 1.0 + config.temperature_per_k * (config.temperature_c - 37.0)
        self._fresh = (1.0 + config.calibration_error) * warm
        self.kept = Overlay(kept_of, self.refresh)
        self._wear_per_rev: dict[object, tuple[float, int]] = {}
        self._worn = 1.0
        self.factor = self._fresh
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

    def refresh(self) -> None:
        """Take wear and leak into `factor`; between two trains, so that splitting a train changes nothing."""
        worn = 1.0
        for per_rev, since in self._wear_per_rev.values():
            turns = (self._motor.travel_millisteps - since) / self._millisteps_per_rev
            worn -= per_rev * turns
        self._worn = max(worn, 0.0)
        self.factor = self._fresh * self._worn * self.kept.value
        self.is_worn_or_leaky = bool(self._wear_per_rev) or self.factor != self._fresh

    def book_losses(self, forward_nl: float) -> None:
        """Account what the fresh head would have displaced beyond `forward_nl`, by cause."""
        if self.factor > 0.0:
            fresh_nl = forward_nl * self._fresh / self.factor
            self.worn_nl += fresh_nl * (1.0 - self._worn)
            self.leaked_back_nl += fresh_nl * self._worn * (1.0 - self.kept.value)
