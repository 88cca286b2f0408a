"""The whole fluid path, advanced to a moment when somebody asks.

Time is integer nanoseconds. Whoever changes anything (an edge, a fault, a refill) first advances to now,
then changes: so what was before happened under the old condition, and asking twice changes nothing.
"""

from collections.abc import Callable

from emulator.plant.catheter import Catheter
from emulator.plant.config import PlantConfig
from emulator.plant.head import PumpHead
from emulator.plant.line import Line
from emulator.plant.motor import MILLISTEPS, Motor
from emulator.plant.patient import Patient
from emulator.plant.reservoir import FL_PER_NL, Reservoir
from emulator.plant.supply import Supply
from emulator.plant.train import FreeTrain, StepTrain

_FREE_SLICE_NS = 60_000_000_000  # steps without command are solved and recorded at most this far at once

BurstSink = Callable[[int, float, float], None]


class Plant:
    """Volumes (nL) since the start: displaced_nl = in_csf_nl + leaked_nl + trapped in the line.

    displaced_fl counts whole femtolitres per edge, so it does not depend on who asked when.
    leaked_nl: left the line but missed the CSF. injected_nl: reached the CSF beside the pump (a needle
    in the wrong port).
    """

    def __init__(self, config: PlantConfig | None = None) -> None:
        self.config = config or PlantConfig()
        self.motor = Motor(self.config)
        self.head = PumpHead(self.config, self.motor)
        self.reservoir = Reservoir(self.config)
        self.line = Line(self.config)
        self.catheter = Catheter(self.config)
        self.patient = Patient(self.config)
        self.supply = Supply(self.config)
        self.now_ns = 0
        self._until_ns = 0
        self.displaced_fl = 0
        self.in_csf_nl = 0.0
        self.leaked_nl = 0.0
        self.injected_nl = 0.0
        self.bursts = 0
        self.may_turn = False  # steps are under way, or may be: a train, or those that nobody commanded
        self._out_nl = 0.0
        self._train: StepTrain | None = None
        self._consumed = 0
        self._before_kpa = self.line.pressure_kpa
        self._push = 1.0
        self._air_parcels: list[tuple[int, float]] = []
        self._free: FreeTrain | None = None
        self._sinks: list[BurstSink] = []
        self._stall_listeners: list[Callable[[int], None]] = []

    @property
    def displaced_nl(self) -> float:
        """Net volume through the head: the truth of "delivered"."""
        return self.displaced_fl / FL_PER_NL

    # -- who wants to know --------------------------------------------------------------------------

    def on_burst(self, sink: BurstSink) -> None:
        """Call `sink(t_ns, before_kpa, peak_kpa)` at the last edge of each train."""
        self._sinks.append(sink)

    def on_stall(self, listener: Callable[[int], None]) -> None:
        """Call `listener(t_ns)` when it is found, t_ns being the moment solved to, that edges
        came to an energised rotor that did not follow."""
        self._stall_listeners.append(listener)

    def mark(self) -> None:
        """Let the sinks record this moment; at changes that are no burst."""
        kpa = self.line.pressure_kpa
        for sink in self._sinks:
            sink(self.now_ns, kpa, kpa)

    # -- steps --------------------------------------------------------------------------------------

    def begin_train(self, train: StepTrain) -> None:
        """Edges that the step input will see; what an older train has not emitted by then is void."""
        self.advance(train.start_ns)
        if self._train is not None:
            self._end_train(self._train)
        if self.head.is_worn_or_leaky:
            self.head.turn_again(train.start_ns)
        self._feel_back_pressure()
        self._train = train
        self.may_turn = True
        self._consumed = 0
        self._before_kpa = self.line.pressure_kpa

    def begin_free_steps(self, period_ns: int) -> FreeTrain:
        """The driver steps by itself from now on."""
        self._feel_back_pressure()
        self._free = FreeTrain(self.now_ns, period_ns)
        self.may_turn = True
        return self._free

    def end_free_steps(self) -> None:
        """The driver obeys again."""
        self._free = None
        self.may_turn = self._train is not None

    def _feel_back_pressure(self) -> None:
        """Rollers let slip back what the pressure presses against them. Taken at the start of a train and in whole
        pascals, so that a train taken in pieces displaces what it does at once."""
        config = self.config
        over_kpa = round(self.line.pressure_kpa, 3) - config.calibrated_kpa
        self._push = max(1.0 - config.back_pressure_per_kpa * over_kpa, 0.0)

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
            self._until_ns = t_ns
            if self._free is not None:
                self._free_turn(t_ns)
            else:
                self._turn(t_ns)
        out_nl = self._out_nl + self.line.flow(t_ns)
        self._out_nl = 0.0
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
            self._edges(first_ns, train.period_ns, fresh, True)
        if out >= train.count or (train.cut_ns is not None and train.cut_ns <= t_ns):
            self._end_train(train)

    def _end_train(self, train: StepTrain) -> None:
        self._train = None
        self.may_turn = self._free is not None
        self.bursts += 1
        self.head.stood_since_ns = train.start_ns
        if self._air_parcels:
            self._carry_air()
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
                self._edges(at_ns, train.period_ns, 1, True)
            self._turn(t_ns)
        self._free_edges(free, t_ns)

    def _free_edges(self, free: FreeTrain, t_ns: int) -> None:
        out = free.rises_until(t_ns)
        fresh = out - free.consumed
        if fresh > 0:
            first_ns = free.start_ns + free.consumed * free.period_ns
            free.consumed = out
            self._edges(first_ns, free.period_ns, fresh, False)

    def _edges(self, first_ns: int, period_ns: int, count: int, is_commanded: bool) -> None:
        """`count` edges at the driver's input: turn the rotor, displace, press into the line."""
        motor = self.motor
        gain = motor.gain
        if is_commanded:
            motor.commanded += count
        if gain == 0:
            self._miss(count, is_commanded)
            return
        head, line, reservoir = self.head, self.line, self.reservoir
        per_cell = head.cell_millisteps
        cells = head.cell_fl_per_millistep
        stall_kpa = motor.stall_kpa(period_ns)
        moved = 0
        while count:
            position = motor.position_millisteps
            if gain > 0:
                cell, inside = divmod(position, per_cell)
                take = (per_cell - inside + gain - 1) // gain
            else:
                cell, inside = divmod(position - 1, per_cell)
                take = (inside - gain) // -gain
            if take > count:
                take = count
            edge_fl = round(cells[cell % len(cells)] * gain * head.factor * self._push)
            if edge_fl > 0:
                left_fl = reservoir.volume_fl
                if take * edge_fl > left_fl:
                    whole = left_fl // edge_fl
                    if whole:
                        take = whole
                    elif left_fl:
                        take, edge_fl = 1, left_fl
                    else:
                        self._draw_air(take * edge_fl)
                        edge_fl = 0  # air: the rotor turns and nothing is displaced
                if line.pressure_after(take * edge_fl / FL_PER_NL) > stall_kpa:
                    self._out_nl += line.flow(first_ns)
                    take = 1
                    if line.pressure_kpa > stall_kpa:
                        refused = count if line.openness == 0.0 else 1
                        self._miss(refused, is_commanded)
                        count -= refused
                        first_ns += refused * period_ns
                        continue
            self._out_nl += line.pulses(first_ns, period_ns, take, edge_fl / FL_PER_NL)
            volume_fl = take * edge_fl
            self.displaced_fl += volume_fl
            reservoir.volume_fl -= volume_fl
            if head.is_worn_or_leaky:
                head.book_losses(volume_fl / FL_PER_NL)
            motor.position_millisteps = position + take * gain
            moved += take
            count -= take
            first_ns += take * period_ns
        self._book_motion(moved, gain, is_commanded)

    def _book_motion(self, moved: int, gain: int, is_commanded: bool) -> None:
        motor = self.motor
        travel = moved * abs(gain)
        motor.travel_millisteps += travel
        if is_commanded:
            motor.missed_millisteps += moved * MILLISTEPS - travel
        else:
            motor.uncommanded_millisteps += travel
        if motor.turned_round.value:
            motor.reversed_millisteps += travel

    def _miss(self, count: int, is_commanded: bool) -> None:
        if is_commanded:
            self.motor.missed_millisteps += count * MILLISTEPS
        if self.motor.is_energised:
            for listener in self._stall_listeners:
                listener(self._until_ns)

    def _draw_air(self, volume_fl: int) -> None:
        """The reservoir is dry: gas comes into the line and stays until the dead volume has gone after it."""
        parcels = self._air_parcels
        earlier_nl = parcels.pop()[1] if parcels and parcels[-1][0] == self.displaced_fl else 0.0
        parcels.append((self.displaced_fl, earlier_nl + volume_fl / FL_PER_NL))
        self._fill_with_air()

    def _carry_air(self) -> None:
        gone_fl = self.displaced_fl - round(self.config.dead_volume_nl * FL_PER_NL)
        if self._air_parcels[0][0] < gone_fl:
            self._air_parcels = [parcel for parcel in self._air_parcels if parcel[0] >= gone_fl]
            self._fill_with_air()

    def _fill_with_air(self) -> None:
        drawn_nl = sum(volume_nl for _, volume_nl in self._air_parcels)
        self.line.air.put(self, min(drawn_nl, self.config.dead_volume_nl))

    def inject_csf(self, volume_nl: float, concentration_ug_per_ml: float) -> None:
        """Drug straight into the CSF, beside pump and catheter."""
        self.injected_nl += volume_nl
        self.patient.receive(volume_nl * concentration_ug_per_ml * 1e-6)
