"""Faults of the supply: too low for long, for a moment, or gone at the worst moment."""

from emulator.faults.base import UNTIL_CLEARED, YEAR_S, Fault, Parameter, catalogued
from emulator.mcu.flash import PlannedCut

_DIP_S = 0.02


class _Low(Fault):
    """Base: evidence is a voltage below the one before."""

    may_overlap = True
    _mv_before = 0.0

    def _start(self) -> None:
        self._mv_before = self.world.plant.supply.mv
        self.world.plant.supply.pull_down(self, self.number("voltage"))

    def _stop(self) -> None:
        self.world.plant.supply.release(self)

    def _evidence(self) -> bool:
        return self.world.plant.supply.mv < self._mv_before


@catalogued(
    "supply.sag",
    "battery voltage stays low",
    "SUPPLY_LOW or SUPPLY_CRITICAL by its level",
    duration=UNTIL_CLEARED,
    voltage=Parameter("voltage", 3_200.0, 0.0, 5_500.0),
)
class Sag(_Low):
    """Below the brown-out level the board is off until it ends."""


@catalogued(
    "supply.dip",
    "battery voltage falls for a moment",
    "none when short: one bad sample never alarms; a deep one is a restart (INT-05)",
    duration=Parameter("duration", _DIP_S, 0.0, YEAR_S),
    voltage=Parameter("voltage", 2_500.0, 0.0, 5_500.0),
)
class Dip(_Low):
    """A sag with an end."""


@catalogued(
    "supply.cut",
    "supply is gone, at once or at the n-th flash operation",
    "INT-04: state is that before or after the interrupted transaction; POWER_LOST",
    duration=Parameter("duration", 10.0, 0.0, YEAR_S),
    operation=Parameter("count", 0, 0, 10**9),
    place=Parameter("word", "inside", choices=("before", "inside", "after")),
    part=Parameter("fraction", 0.5, 0.0, 1.0),
)
class Cut(Fault):
    """`operation` 0 cuts now; n cuts at the n-th flash operation from now, `place` of it (`part` is done).

    Power returns after `duration`. Evidence: the device lost power by it. A plan that is cleared before its operation
    comes is withdrawn: that is what was asked for, and the cut never comes.
    """

    _plan: PlannedCut | None = None
    _has_cut = False

    def _start(self) -> None:
        operation = int(self.number("operation"))
        if operation == 0:
            self._cut()
        else:
            flash = self.world.flash
            place = str(self.parameters["place"])
            flash.cut_at(flash.operations + operation - 1, place, self.number("part"))
            self._plan = flash.planned_cut
            self.world.on_power_loss(self._lost)

    def begin(self) -> None:
        """As every fault, but `duration` counts from the cut."""
        duration_s = self.parameters.pop("duration")
        super().begin()
        self.parameters["duration"] = duration_s
        if self.number("operation") == 0:
            self.after(self.number("duration"), self.clear)

    def _cut(self) -> None:
        losses_before = self.world.power_losses
        self.world.plant.supply.pull_down(self, 0.0)
        self._has_cut = self._has_cut or self.world.power_losses > losses_before

    def _lost(self) -> None:
        """Any loss of power comes here; that of this cut is the one at which the flash has let go of its plan."""
        if self.is_active and self._plan is not None and self.world.flash.planned_cut is not self._plan:
            self._plan = None
            self._has_cut = True
            self._cut()
            self.after(self.number("duration"), self.clear)

    def _stop(self) -> None:
        if self._plan is not None and self.world.flash.planned_cut is self._plan:
            self.world.flash.planned_cut = None
            self._was_seen = True  # withdrawn in time, as asked
        self._plan = None
        self.world.plant.supply.release(self)

    def _evidence(self) -> bool:
        return self._has_cut
