"""What a healthy patient does to the pressure at the catheter's tip. No fault of the pump, and no cause of an alarm."""

from emulator.faults.base import UNTIL_CLEARED, Fault, Parameter, catalogued

_NO_ALARM = "none: a patient may move"


@catalogued(
    "patient.posture",
    "patient sits up and lies down again",
    _NO_ALARM,
    duration=UNTIL_CLEARED,
    pressure=Parameter("pressure", 8.0, -20.0, 40.0),
    period=Parameter("duration", 7_200.0, 2.0, 86_400.0),
)
class Posture(Fault):
    """`pressure` higher for the first half of each `period`. Evidence: the level at the tip has changed."""

    may_overlap = True

    def _start(self) -> None:
        rest = self.world.plant.line.rest
        before_kpa = rest.level_kpa
        rest.posture(self, self.number("pressure"), self.number("period"), self.world.env.now)
        self._has_moved = rest.level_kpa != before_kpa

    def _stop(self) -> None:
        self.world.plant.line.rest.end(self, self.world.env.now)

    def _evidence(self) -> bool:
        return self._has_moved


@catalogued(
    "patient.cough",
    "patient coughs",
    _NO_ALARM,
    duration=UNTIL_CLEARED,
    pressure=Parameter("pressure", 6.0, 0.0, 40.0),
    period=Parameter("duration", 300.0, 2.0, 86_400.0),
)
class Cough(Fault):
    """One cough of a second in each `period`, `pressure` at its height. Evidence: somebody read in one."""

    may_overlap = True

    def _start(self) -> None:
        rest = self.world.plant.line.rest
        self._before = rest.coughed
        rest.cough(self, self.number("pressure"), self.number("period"))

    def _stop(self) -> None:
        self.world.plant.line.rest.end(self, self.world.env.now)

    def _evidence(self) -> bool:
        return self.world.plant.line.rest.coughed > self._before
