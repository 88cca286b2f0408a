"""Faults of head, line and catheter: the rotor turns, the drug goes elsewhere or nowhere."""

from emulator.faults.base import UNTIL_CLEARED, YEAR_S, Fault, Parameter, catalogued


@catalogued(
    "head.wear",
    "stroke volume falls with revolutions",
    "silent; found at refill",
    duration=UNTIL_CLEARED,
    per_1000_rev=Parameter("fraction", 0.05, 0.0, 1.0),
)
class Wear(Fault):
    """`per_1000_rev`: fraction of the fresh stroke volume lost per 1000 revolutions. Cleared: a new tube."""

    may_overlap = True

    def _start(self) -> None:
        self._worn_before = self.world.plant.head.worn_nl
        self.world.plant.head.wear(self, self.number("per_1000_rev"))

    def _stop(self) -> None:
        self.world.plant.head.change_tube(self)

    def _evidence(self) -> bool:
        return self.world.plant.head.worn_nl > self._worn_before


@catalogued(
    "head.leak_back",
    "rollers do not occlude: a fraction of each stroke flows back",
    "silent or CATHETER_DISCONNECTED; found at refill",
    duration=UNTIL_CLEARED,
    fraction=Parameter("fraction", 0.5, 0.0, 0.999),
)
class LeakBack(Fault):
    """What flows back stays in the reservoir."""

    may_overlap = True

    def _start(self) -> None:
        self._leaked_before = self.world.plant.head.leaked_back_nl
        self.world.plant.head.kept.put(self, self.number("fraction"))

    def _stop(self) -> None:
        self.world.plant.head.kept.drop(self)

    def _evidence(self) -> bool:
        return self.world.plant.head.leaked_back_nl > self._leaked_before


@catalogued(
    "head.over_infusion",
    "the tube swells while it stands: each standstill of more than 48 h adds to the stroke volume",
    "silent; found at refill",
    duration=UNTIL_CLEARED,
    per_standstill=Parameter("fraction", 0.15, 0.0, 1.0),
)
class OverInfusion(Fault):
    """`per_standstill`: fraction of the fresh stroke volume that each one adds. Cleared: a new tube.

    Evidence: more was displaced than by the fresh tube.
    """

    def _start(self) -> None:
        self._before_nl = self.world.plant.head.over_infused_nl
        self.world.plant.head.gain_by_standing(self, self.number("per_standstill"))

    def _stop(self) -> None:
        self.world.plant.head.end_gain(self)

    def _evidence(self) -> bool:
        return self.world.plant.head.over_infused_nl > self._before_nl


@catalogued(
    "line.air",
    "a bubble in the line, which gives way as the pressure rises",
    "occlusion found later, by compliance times pressure; no alarm by itself",
    duration=UNTIL_CLEARED,
    volume=Parameter("volume", 20_000.0, 0.0, 200_000.0),
)
class Air(Fault):
    """10 nL/kPa for each uL of `volume` (Boyle). Evidence: the line gives way by more than before."""

    may_overlap = True

    def _start(self) -> None:
        line = self.world.plant.line
        self._before_nl_per_kpa = line.compliance_nl_per_kpa
        line.air.put(self, self.number("volume"))

    def _stop(self) -> None:
        self.world.plant.line.air.drop(self)

    def _evidence(self) -> bool:
        return self.world.plant.line.compliance_nl_per_kpa > self._before_nl_per_kpa


@catalogued(
    "catheter.occlusion",
    "line closes, for good or with the patient's position",
    "CATHETER_OCCLUSION within the pressure-time bound",
    duration=UNTIL_CLEARED,
    onset=Parameter("duration", 60.0, 0.0, YEAR_S),
    closed_for=Parameter("duration", None, 1.0, YEAR_S),
    open_for=Parameter("duration", None, 1.0, YEAR_S),
)
class Occlusion(Fault):
    """`onset`: time constant of closing. `closed_for`, `open_for`: position dependent, in turn, closed first.

    Evidence: volume was displaced into a line with less than a tenth of its conductance.
    """

    may_overlap = True

    def _start(self) -> None:
        self._close()

    def _close(self) -> None:
        plant = self.world.plant
        self._displaced_before = plant.displaced_nl
        plant.line.close(self, self.number("onset"))
        if self.parameters["closed_for"] is not None:
            self.after(self.number("closed_for"), self._ease)

    def _ease(self) -> None:
        if self.is_active:
            self.world.plant.advance(self.world.env.now)
            self._was_seen = self._was_seen or self._evidence()
            self.world.plant.line.open(self)
            if self.parameters["open_for"] is not None:
                self.after(self.number("open_for"), self._return)

    def _return(self) -> None:
        if self.is_active:
            self.world.plant.advance(self.world.env.now)
            self._close()

    def _stop(self) -> None:
        self.world.plant.line.open(self)

    def _evidence(self) -> bool:
        plant = self.world.plant
        return plant.line.openness < 0.1 and plant.displaced_nl > self._displaced_before


class _Flowing(Fault):
    """Base of what needs flow to matter; owners put their factors in _start of the subclass."""

    may_overlap = True
    _displaced_before = 0.0
    _leaked_before = 0.0

    def _start(self) -> None:
        self._displaced_before = self.world.plant.displaced_nl
        self._leaked_before = self.world.plant.leaked_nl

    def _stop(self) -> None:
        self.world.plant.line.conductance.drop(self)
        self.world.plant.line.reaching.drop(self)

    def _evidence(self) -> bool:
        return self.world.plant.leaked_nl > self._leaked_before


@catalogued(
    "catheter.kink",
    "flow resistance is k times higher",
    "CATHETER_OCCLUSION if the pressure gets above the limit, else silent",
    duration=UNTIL_CLEARED,
    k=Parameter("number", 20.0, 1.0, 1e9),
)
class Kink(_Flowing):
    """Evidence: volume was displaced through the kink."""

    def _start(self) -> None:
        super()._start()
        self.world.plant.line.conductance.put(self, 1.0 / self.number("k"))

    def _evidence(self) -> bool:
        return self.number("k") > 1.0 and self.world.plant.displaced_nl > self._displaced_before


@catalogued(
    "catheter.disconnection",
    "line opens near the pump",
    "CATHETER_DISCONNECTED",
    duration=UNTIL_CLEARED,
    fraction=Parameter("fraction", 1.0, 0.3, 1.0),
)
class Disconnection(_Flowing):
    """The opening takes the resistance away, so pressure pulses vanish; `fraction` misses the CSF."""

    _OPENING = 200.0  # conductance of the open end over that of the catheter (assumed)

    def _start(self) -> None:
        super()._start()
        self.world.plant.line.conductance.put(self, self._OPENING)
        self.world.plant.line.reaching.put(self, self.number("fraction"))


@catalogued(
    "catheter.microleak",
    "a small part is lost",
    "silent",
    duration=UNTIL_CLEARED,
    fraction=Parameter("fraction", 0.1, 0.0, 0.3),
)
class Microleak(_Flowing):
    """A second outlet beside the catheter: `fraction` of the outflow, conductance higher by as much."""

    def _start(self) -> None:
        super()._start()
        fraction = self.number("fraction")
        self.world.plant.line.conductance.put(self, 1.0 / (1.0 - fraction))
        self.world.plant.line.reaching.put(self, fraction)


@catalogued(
    "catheter.migration",
    "the tip has moved: drug goes elsewhere, pressure is as ever",
    "silent",
    duration=UNTIL_CLEARED,
    fraction=Parameter("fraction", 1.0, 0.0, 1.0),
)
class Migration(_Flowing):
    """`fraction` of the outflow misses the CSF."""

    def _start(self) -> None:
        super()._start()
        self.world.plant.line.reaching.put(self, self.number("fraction"))
