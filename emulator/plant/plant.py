"""The whole fluid path, advanced to a moment when somebody asks.

Time is integer nanoseconds. Whoever changes anything (an edge, a fault, a refill) first advances to now,
then changes: so what was before happened under the old condition, and asking twice changes nothing.
"""

from collections.abc import Callable

from emulator.plant.catheter import Catheter
from emulator.plant.config import PlantConfig
from emulator.plant.drive import Drive
from emulator.plant.head import PumpHead
from emulator.plant.line import Line
from emulator.plant.motor import Motor
from emulator.plant.patient import Patient
from emulator.plant.reservoir import FL_PER_NL, Reservoir
from emulator.plant.supply import Supply
from emulator.plant.train import FreeTrain, StepTrain

_FREE_SLICE_NS = 60_000_000_000  # steps without command are solved and recorded at most this far at once

BurstSink = Callable[[int, float, float], None]


class Plant:
    """Volumes (nL) since the start: displaced_nl = in_csf_nl + leaked_nl + trapped in the line.

    leaked_nl: left the line but missed the CSF. injected_nl: reached the CSF beside the pump (a needle
    in the wrong port).
    """

    def __init__(self, config: PlantConfig | None = None, seed: object = 0) -> None:
        self.config = config or PlantConfig()
        self.motor = Motor(self.config, seed)
        self.head = PumpHead(self.config, self.motor)
        self.reservoir = Reservoir(self.config)
        self.line = Line(self.config)
        self.drive = Drive(self.config, self.motor, self.head, self.reservoir, self.line)
        self.catheter = Catheter(self.config)
        self.patient = Patient(self.config)
        self.supply = Supply(self.config)
        self.now_ns = 0
        self.in_csf_nl = 0.0
        self.leaked_nl = 0.0
        self.injected_nl = 0.0
        self.bursts = 0
        self.may_turn = False  # steps are under way, or may be: a train, or those that nobody commanded
        self._train: StepTrain | None = None
        self._consumed = 0
        self._is_burst = False  # the train has come to a driver with current
        self._idle: StepTrain | None = None  # came while no current flowed, and is not counted yet
        self._before_kpa = self.line.pressure_kpa
        self._free: FreeTrain | None = None
        self._sinks: list[BurstSink] = []

    @property
    def displaced_fl(self) -> int:
        """As displaced_nl, in whole femtolitres."""
        return self.drive.displaced_fl

    @property
    def displaced_nl(self) -> float:
        """Net volume through the head: the truth of "delivered"."""
        return self.drive.displaced_fl / FL_PER_NL

    # -- who wants to know --------------------------------------------------------------------------

    def on_burst(self, sink: BurstSink) -> None:
        """Call `sink(t_ns, before_kpa, peak_kpa)` at the last edge of each train."""
        self._sinks.append(sink)

    def on_stall(self, listener: Callable[[int], None]) -> None:
        """Call `listener(t_ns)` when it is found, t_ns being the moment solved to, that edges
        came to an energised rotor that did not follow."""
        self.drive.on_stall(listener)

    def mark(self) -> None:
        """Let the sinks record this moment; at changes that are no burst."""
        kpa = self.line.pressure_kpa
        for sink in self._sinks:
            sink(self.now_ns, kpa, kpa)

    # -- steps --------------------------------------------------------------------------------------

    def set_enabled(self, is_enabled: bool, t_ns: int) -> None:
        """The driver's enable line changed: as current comes, the field draws the rotor."""
        self.settle(t_ns)
        self._count_idle(t_ns)
        self.motor.set_enabled(is_enabled)
        self.settle_rotor(t_ns)

    def set_forward(self, is_forward: bool, t_ns: int) -> None:
        """The driver's direction line changed."""
        self.settle(t_ns)
        self._count_idle(t_ns)
        self.motor.set_forward(is_forward)

    def set_powered(self, is_powered: bool, t_ns: int) -> None:
        """The driver's supply came or went."""
        self.advance(t_ns)
        self._count_idle(t_ns)
        self._idle = None
        self.motor.set_powered(is_powered)
        self.settle_rotor(t_ns)

    def settle_rotor(self, t_ns: int) -> None:
        """Something that holds or draws the rotor has changed: with current it goes where it now rests."""
        motor = self.motor
        if motor.gain == 0 or motor.is_dragged():
            return
        self.advance(t_ns)
        motor.take_load(self.line.pressure_kpa)
        drawn = motor.drawn(is_still=True, may_advance=True)
        if drawn:
            self.drive.turn_rotor(t_ns, drawn)
            self.mark()

    def begin_train(self, train: StepTrain) -> None:
        """Edges that the step input will see; what an older train has not emitted by then is void."""
        motor = self.motor
        if self._idle is not None or not motor.is_energised:
            self._count_idle(train.start_ns)
            if not motor.is_energised and self._train is None:
                # Only the indexer hears of it. It is counted when somebody asks, so it costs next to nothing.
                self._idle = train
                self._consumed = 0
                return
        self.advance(train.start_ns)
        if self._train is not None:
            self._end_train(self._train)
        if self.head.is_worn_or_leaky:
            self.head.turn_again(train.start_ns)
        self.drive.feel_back_pressure()
        self._train = train
        self.may_turn = True
        self._consumed = 0
        self._is_burst = self.drive.is_left_behind = False
        self._before_kpa = self.line.pressure_kpa
        self.motor.take_load(self._before_kpa)

    def begin_free_steps(self, period_ns: int) -> FreeTrain:
        """The driver steps by itself from now on."""
        self.drive.feel_back_pressure()
        self._free = FreeTrain(self.now_ns, period_ns)
        self.may_turn = True
        return self._free

    def end_free_steps(self) -> None:
        """The driver obeys again."""
        self._free = None
        self.may_turn = self._train is not None

    def _count_idle(self, t_ns: int) -> None:
        """Edges that came while no current flowed; those still to come are a train like any other from now on."""
        train = self._idle
        if train is None:
            return
        out = train.rises_until(t_ns)
        self.motor.count(out - self._consumed)
        self._consumed = out
        self._idle = None
        if out < train.count and train.cut_ns is None and train.end_ns > t_ns:
            self._train = train
            self.may_turn = True
            self._is_burst = False

    # -- time ---------------------------------------------------------------------------------------

    def advance(self, t_ns: int) -> None:
        """Solve up to t_ns; a moment in the past changes nothing."""
        if t_ns <= self.now_ns:
            return
        line = self.line
        if not self.may_turn and line.excess_kpa == 0.0 and t_ns < line.next_change_ns:
            line.now_ns = self.now_ns = t_ns
            return
        if self._free is not None:
            while t_ns - self.now_ns > _FREE_SLICE_NS:
                self._advance_piece(self.now_ns + _FREE_SLICE_NS)
                self.mark()
        self._advance_piece(t_ns)

    def settle(self, t_ns: int) -> None:
        """Advance only if steps may be under way: enough before a change that concerns nothing but steps."""
        if self.may_turn:
            self.advance(t_ns)

    def _advance_piece(self, t_ns: int) -> None:
        begin_ns = self.now_ns
        if self.may_turn:
            self.drive.until_ns = t_ns
            if self._free is not None:
                self._free_turn(t_ns)
            else:
                self._turn(t_ns)
        drive = self.drive
        out_nl = drive.out_nl + self.line.flow(t_ns)
        drive.out_nl = 0.0
        if out_nl:
            # It left the line at its far end: into the CSF, or beside it.
            share = self.line.reaching.value
            reached_nl = out_nl * share
            self.in_csf_nl += reached_nl
            self.leaked_nl += out_nl - reached_nl
            drug_ug = self.catheter.push(out_nl, self.reservoir.concentration_ug_per_ml)
            self.patient.advance(begin_ns)
            self.patient.receive(drug_ug * share)
        self.now_ns = t_ns

    def _turn(self, t_ns: int) -> None:
        """The edges of the commanded train up to t_ns."""
        train = self._train
        if train is None:
            return
        out = train.rises_until(t_ns)
        fresh = out - self._consumed
        if fresh > 0:
            first_ns = train.start_ns + self._consumed * train.period_ns
            self._consumed = out
            self._is_burst = self._is_burst or self.motor.is_energised
            self.drive.edges(first_ns, train.period_ns, fresh, True)
        if out >= train.count or (train.cut_ns is not None and train.cut_ns <= t_ns):
            self._end_train(train)

    def _end_train(self, train: StepTrain) -> None:
        self._train = None
        self.may_turn = self._free is not None
        self.drive.rest()
        if not self._is_burst:
            return
        self.bursts += 1
        self.head.stood_since_ns = train.start_ns
        self.drive.carry_air()
        kpa = self.line.pressure_kpa
        last_ns = train.start_ns + max(self._consumed - 1, 0) * train.period_ns
        for sink in self._sinks:
            sink(last_ns, self._before_kpa, kpa)

    def _free_turn(self, t_ns: int) -> None:
        """Uncommanded edges up to t_ns, in the order of time with those of a train."""
        free = self._free
        if free is None:
            return
        train = self._train
        if train is not None:
            for i in range(self._consumed, train.rises_until(t_ns)):
                at_ns = train.start_ns + i * train.period_ns
                self._free_edges(free, at_ns)
                self._consumed = i + 1
                self.drive.edges(at_ns, train.period_ns, 1, True)
            self._turn(t_ns)
        self._free_edges(free, t_ns)

    def _free_edges(self, free: FreeTrain, t_ns: int) -> None:
        out = free.rises_until(t_ns)
        fresh = out - free.consumed
        if fresh > 0:
            first_ns = free.start_ns + free.consumed * free.period_ns
            free.consumed = out
            self.drive.edges(first_ns, free.period_ns, fresh, False)

    def inject_csf(self, volume_nl: float, concentration_ug_per_ml: float) -> None:
        """Drug straight into the CSF, beside pump and catheter."""
        self.injected_nl += volume_nl
        self.patient.receive(volume_nl * concentration_ug_per_ml * 1e-6)
