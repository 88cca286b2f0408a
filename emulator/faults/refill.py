"""Faults of reservoir and refill: what is entered is not what is there."""

from emulator.faults.base import UNTIL_CLEARED, Fault, Parameter, catalogued

_MOST_NL = 40_000_000.0
_NEXT_REFILL = Parameter("count", 0, 0, 1)


@catalogued(
    "reservoir.empty_early",
    "true volume is below the calculated one",
    "at refill REFILL_MISMATCH; running dry: pressure pulses vanish",
    volume=Parameter("volume", 5_000_000.0, 0.0, _MOST_NL),
)
class EmptyEarly(Fault):
    """Takes `volume` out at once; clearing does not bring it back."""

    may_overlap = True
    _taken_nl = 0.0

    def _start(self) -> None:
        self._taken_nl = self.world.plant.reservoir.withdraw(self.number("volume"))

    def _stop(self) -> None:
        pass

    def _evidence(self) -> bool:
        return self._taken_nl > 0.0


@catalogued(
    "refill.pocket_fill",
    "entered volume went beside the pump",
    "silent until the next refill: REFILL_MISMATCH",
    volume=Parameter("volume", 5_000_000.0, 0.0, _MOST_NL),
    next_refill=_NEXT_REFILL,
)
class PocketFill(Fault):
    """At the last fill (its volume leaves the reservoir now), or with next_refill = 1 at the next one."""

    def _start(self) -> None:
        site = self.world.refill_site
        self._before = site.pocketed_nl
        if self.parameters["next_refill"]:
            site.pocket_nl = self.number("volume")
        else:
            site.lose_to_pocket(self.number("volume"))

    def _stop(self) -> None:
        self.world.refill_site.pocket_nl = 0.0

    def _evidence(self) -> bool:
        return self.world.refill_site.pocketed_nl > self._before


@catalogued(
    "refill.wrong_port",
    "volume goes straight to the CSF",
    "silent; the patient model shows overdose",
    volume=Parameter("volume", 1_000_000.0, 0.0, _MOST_NL),
    next_refill=_NEXT_REFILL,
)
class WrongPort(Fault):
    """Injected now at the reservoir's concentration, or with next_refill = 1 taken from the next fill."""

    def _start(self) -> None:
        site = self.world.refill_site
        self._before = site.misported_nl
        if self.parameters["next_refill"]:
            site.wrong_port_nl = self.number("volume")
        else:
            site.inject_csf(self.number("volume"))

    def _stop(self) -> None:
        self.world.refill_site.wrong_port_nl = 0.0

    def _evidence(self) -> bool:
        return self.world.refill_site.misported_nl > self._before


@catalogued(
    "refill.wrong_concentration",
    "true and entered concentration differ",
    "silent",
    ratio=Parameter("number", 2.0, 0.0, 100.0),
    next_refill=_NEXT_REFILL,
)
class WrongConcentration(Fault):
    """`ratio` true over entered: of the content now, or with next_refill = 1 of fills while it is active.

    Clearing does not change what is in the reservoir.
    """

    def _start(self) -> None:
        site = self.world.refill_site
        self._mixed_before = site.mixed_wrongly_nl
        if self.parameters["next_refill"]:
            site.strength_ratio = self.number("ratio")
        else:
            self.world.plant.reservoir.concentration_ug_per_ml *= self.number("ratio")

    def _stop(self) -> None:
        self.world.refill_site.strength_ratio = 1.0

    def _evidence(self) -> bool:
        if self.parameters["next_refill"]:
            return self.world.refill_site.mixed_wrongly_nl > self._mixed_before
        return self.number("ratio") != 1.0 and not self.world.plant.reservoir.is_dry


@catalogued(
    "refill.overdue",
    "nobody comes",
    "REFILL_DUE, LOW_RESERVOIR, EMPTY_RESERVOIR",
    duration=UNTIL_CLEARED,
    low=Parameter("volume", 2_000_000.0, 0.0, _MOST_NL),
)
class Overdue(Fault):
    """Refills while it is active do not happen. Evidence: one was missed, or true volume fell to `low`."""

    def _start(self) -> None:
        self._missed_before = self.world.refill_site.visits_missed
        self.world.refill_site.is_overdue = True

    def _stop(self) -> None:
        self.world.refill_site.is_overdue = False

    def _evidence(self) -> bool:
        is_missed = self.world.refill_site.visits_missed > self._missed_before
        return is_missed or self.world.plant.reservoir.volume_nl <= self.number("low")
