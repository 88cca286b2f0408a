"""Faults of motor and driver: the rotor does not do what the edges say."""

from random import Random

from emulator.faults.base import UNTIL_CLEARED, YEAR_S, Fault, Parameter, catalogued

_DAY_S = 86_400.0
_HOUR_NS = 3_600_000_000_000


class _Held(Fault):
    """Base of all stalls: evidence is edges that an energised rotor did not follow."""

    may_overlap = True
    _missed_before = 0.0

    def _hold(self) -> None:
        self._missed_before = self.world.plant.motor.missed
        self.world.plant.motor.held.put(self, 1.0)

    def _free(self) -> None:
        self.world.plant.motor.held.drop(self)
        self.world.plant.settle_rotor(self.world.env.now)

    def _start(self) -> None:
        self._hold()

    def _stop(self) -> None:
        self._free()

    def _evidence(self) -> bool:
        return self.world.plant.motor.missed > self._missed_before


@catalogued(
    "motor.stall",
    "rotor stands still, for good or for a time",
    "MOTOR_STALL; after a timed one STALL_RECOVERED",
    duration=UNTIL_CLEARED,
)
class Stall(_Held):
    """Shaft wear, gear corrosion, internal short: the common causes in returned pumps."""


@catalogued(
    "motor.stall_intermittent",
    "stalls at random",
    "MOTOR_STALL and STALL_RECOVERED, each time",
    duration=UNTIL_CLEARED,
    mean_between=Parameter("duration", _DAY_S, 1.0, YEAR_S),
    mean_length=Parameter("duration", 3_600.0, 1.0, YEAR_S),
    seed=Parameter("count", 0, 0, 2**31),
)
class StallIntermittent(_Held):
    """Free and held spans, both exponentially distributed."""

    def _start(self) -> None:
        self._random = Random(f"{self.world.seed}/{self.id}/{self.parameters['seed']}")
        self._missed_before = self.world.plant.motor.missed
        self._wait()

    def _wait(self) -> None:
        self.after(self._random.expovariate(1.0 / self.number("mean_between")), self._stall)

    def _stall(self) -> None:
        if self.is_active:
            self.world.plant.advance(self.world.env.now)
            # What was missed while the rotor was free is not this fault's doing.
            if not self._was_seen:
                self._missed_before = self.world.plant.motor.missed
            self.world.plant.motor.held.put(self, 1.0)
            self.after(self._random.expovariate(1.0 / self.number("mean_length")), self._recover)

    def _recover(self) -> None:
        if self.is_active:
            self.world.plant.advance(self.world.env.now)
            self._was_seen = self._was_seen or self._evidence()
            self._free()
            self._wait()


@catalogued(
    "motor.magnetic_field",
    "stalls while a strong field is present and for a lag after it",
    "MOTOR_STALL, STALL_RECOVERED",
    duration=Parameter("duration", 1_800.0, 0.0, YEAR_S),
    lag=Parameter("duration", 0.0, 0.0, _DAY_S),
)
class MagneticField(_Held):
    """`clear` takes the field away; the rotor is free, and the fault over, `lag` later."""

    _is_leaving = False

    def clear(self) -> None:
        """Take the field away; the stall ends after the lag."""
        if self.is_active and not self._is_leaving:
            self._is_leaving = True
            self.after(self.number("lag"), super().clear)


@catalogued(
    "motor.slip",
    "poles slip: the rotor loses or gains four full steps at a time",
    "STEP_LOSS, volume booked as measured",
    duration=UNTIL_CLEARED,
    mean_between=Parameter("duration", 3_600.0, 1.0, YEAR_S),
    direction=Parameter("word", "backward", choices=("backward", "forward", "either")),
    cycles=Parameter("count", 1, 1, 2),
    seed=Parameter("count", 0, 0, 2**31),
)
class Slip(Fault):
    """A jolt or too little torque: the rotor drops into another pole pair while it is stepped.

    Spans between slips are exponentially distributed; each slip is `cycles` electrical cycles of four full steps,
    and comes with the next step that the rotor follows.
    """

    may_overlap = True

    def _start(self) -> None:
        self._random = Random(f"{self.world.seed}/{self.id}/{self.parameters['seed']}")
        self._slipped_before = self.world.plant.motor.slipped_cycles
        self._wait()

    def _wait(self) -> None:
        self.after(self._random.expovariate(1.0 / self.number("mean_between")), self._slip)

    def _slip(self) -> None:
        if self.is_active:
            self.world.plant.advance(self.world.env.now)
            self.world.plant.motor.slips_due = self._sign() * round(self.number("cycles"))
            self._wait()

    def _sign(self) -> int:
        direction = self.parameters["direction"]
        if direction == "either":
            return self._random.choice((-1, 1))
        return 1 if direction == "forward" else -1

    def _stop(self) -> None:
        self.world.plant.motor.slips_due = 0

    def _evidence(self) -> bool:
        return self.world.plant.motor.slipped_cycles > self._slipped_before


@catalogued(
    "motor.coupling",
    "the coupling between shaft and head slips: a share of each turn is lost",
    "silent to the sensor on the shaft; CATHETER_DISCONNECTED when hardly anything is left, REFILL_MISMATCH",
    duration=UNTIL_CLEARED,
    fraction=Parameter("fraction", 0.2, 0.0, 1.0),
)
class Coupling(Fault):
    """The motor turns as commanded, and so does the sensor's magnet on its shaft; the head stays behind."""

    may_overlap = True

    def _start(self) -> None:
        self._lost_before = self.world.plant.motor.head_lost_millisteps
        self.world.plant.motor.coupling.put(self, self.number("fraction"))

    def _stop(self) -> None:
        self.world.plant.motor.coupling.drop(self)

    def _evidence(self) -> bool:
        return self.world.plant.motor.head_lost_millisteps > self._lost_before


@catalogued(
    "motor.reverse",
    "a winding is swapped: the field turns the wrong way",
    "MOTOR_STALL, with SYSTEM_FAULT when the rotor did turn back; never booked as delivered",
    duration=UNTIL_CLEARED,
)
class Reverse(Fault):
    """The field is the mirror image of what the indexer says.

    Evidence is edges under such a field: whether they turn the rotor back or leave it standing is up to friction.
    """

    may_overlap = True

    def _start(self) -> None:
        self._mirrored_before = self.world.plant.motor.mirrored_edges
        self._turn_field(True)

    def _turn_field(self, is_mirrored: bool) -> None:
        turned_round = self.world.plant.motor.turned_round
        if is_mirrored:
            turned_round.put(self, 1.0)
        else:
            turned_round.drop(self)
        self.world.plant.settle_rotor(self.world.env.now)

    def _stop(self) -> None:
        self._turn_field(False)

    def _evidence(self) -> bool:
        return self.world.plant.motor.mirrored_edges > self._mirrored_before


@catalogued(
    "motor.runaway",
    "driver steps by itself while it is enabled",
    "OVER_DELIVERY, enable withdrawn",
    duration=UNTIL_CLEARED,
    rate=Parameter("flow", 1_000_000.0, 1_000.0, 60_000_000.0),
)
class Runaway(Fault):
    """Steps on top of those commanded, worth `rate` at the nominal volume per revolution: what the switching of the
    current couples into the step input, so without current there are none."""

    def _start(self) -> None:
        config = self.world.plant.config
        nl_per_microstep = config.volume_per_rev_nl / config.microsteps_per_rev
        self._uncommanded_before = self.world.plant.motor.uncommanded_millisteps
        self.world.plant.begin_free_steps(round(_HOUR_NS * nl_per_microstep / self.number("rate")))

    def _stop(self) -> None:
        self.world.plant.end_free_steps()

    def _evidence(self) -> bool:
        return self.world.plant.motor.uncommanded_millisteps > self._uncommanded_before


@catalogued(
    "driver.enable_stuck",
    "enable line has no effect: the windings always carry current",
    "SYSTEM_FAULT; its text tells that the second cut-off failed",
    duration=UNTIL_CLEARED,
)
class EnableStuck(Fault):
    """Evidence: current flows although the enable line forbids it."""

    may_overlap = True

    def _start(self) -> None:
        self._defied_before = self.world.plant.motor.defied
        self.world.plant.motor.enable_stuck.put(self, 1.0)
        self.world.plant.settle_rotor(self.world.env.now)

    def _stop(self) -> None:
        self.world.plant.motor.enable_stuck.drop(self)

    def _evidence(self) -> bool:
        return self.world.plant.motor.defied > self._defied_before
