"""What the edges at the driver do: they turn the rotor, that turns the head, and the line takes what it displaces."""

from collections.abc import Callable

from emulator.plant.config import PlantConfig
from emulator.plant.head import PumpHead
from emulator.plant.line import Line
from emulator.plant.motor import MILLISTEPS, Motor
from emulator.plant.reservoir import FL_PER_NL, Reservoir


class Drive:
    """Motor, coupling and head between reservoir and line.

    displaced_fl counts whole femtolitres, so it does not depend on who asked when. out_nl: left the line since the
    plant last took it. is_left_behind: an edge of this train was not followed whole. until_ns: solved up to here.
    """

    def __init__(self, config: PlantConfig, motor: Motor, head: PumpHead, reservoir: Reservoir, line: Line) -> None:
        self._config = config
        self.motor = motor
        self.head = head
        self.reservoir = reservoir
        self.line = line
        self._dead_volume_nl = config.dead_volume_nl
        self.displaced_fl = 0
        self.out_nl = 0.0
        self.is_left_behind = False
        self.until_ns = 0
        self._head_millisteps = 0
        self._push = 1.0
        self._air_parcels: list[tuple[int, float]] = []
        self._stall_listeners: list[Callable[[int], None]] = []

    def on_stall(self, listener: Callable[[int], None]) -> None:
        """Call `listener(t_ns)` when edges came to an energised rotor that could not follow."""
        self._stall_listeners.append(listener)

    def rest(self) -> None:
        """A train has ended: at rest the field has its whole torque again."""
        if self.is_left_behind and self.motor.gain:
            drawn = self.motor.drawn(is_still=False, may_advance=True)
            if drawn:
                self.turn_rotor(self.line.now_ns, drawn)

    def feel_back_pressure(self) -> None:
        """Rollers let slip back what the pressure presses against them. Taken at the start of a train and in whole
        pascals, so that a train taken in pieces displaces what it does at once."""
        config = self._config
        over_kpa = round(self.line.pressure_kpa, 3) - config.calibrated_kpa
        self._push = max(1.0 - config.back_pressure_per_kpa * over_kpa, 0.0)

    def edges(self, first_ns: int, period_ns: int, count: int, is_commanded: bool) -> None:
        """`count` edges at the driver's input: turn the rotor, displace, press into the line."""
        motor = self.motor
        if not motor.is_energised:
            if is_commanded:
                motor.count(count)
            return
        if is_commanded:
            motor.commanded += count
        if motor.turned_round.value:
            motor.mirrored_edges += count
        if motor.gain == 0:
            motor.count(count)
            self._miss(count * MILLISTEPS, is_commanded)
            return
        stall_kpa = motor.stall_kpa(period_ns)
        line = self.line
        if motor.slips_due:
            self._slip(first_ns)
        moved = 0
        while count:
            taken = self._follow(first_ns, period_ns, count, stall_kpa) if motor.is_dragged() else 0
            if taken:
                moved += taken * MILLISTEPS
            else:
                taken = 1
                self.is_left_behind = True
                motor.count(1)
                self.out_nl += line.flow(first_ns)
                is_overloaded = line.pressure_kpa > stall_kpa
                drawn = motor.drawn(is_still=False, may_advance=not is_overloaded)
                if drawn:
                    self.turn_rotor(first_ns, drawn)
                forward = drawn if motor.gain > 0 else -drawn
                moved += forward
                if forward < MILLISTEPS:
                    motor.missed_millisteps += (MILLISTEPS - max(forward, 0)) if is_commanded else 0
                    if is_overloaded:
                        self._tell_stall()
            count -= taken
            first_ns += taken * period_ns
        if not is_commanded:
            motor.uncommanded_millisteps += max(moved, 0)

    def _follow(self, first_ns: int, period_ns: int, count: int, stall_kpa: float) -> int:
        """Up to `count` edges that turn the rotor alike, as far as the head is alike; how many those were."""
        motor = self.motor
        head, line, reservoir = self.head, self.line, self.reservoir
        gain = motor.gain
        kept = motor.coupling.value
        head_gain = gain if kept == 1.0 else round(gain * kept)
        per_cell = head.cell_millisteps
        position = self._head_millisteps
        if head_gain > 0:
            cell, inside = divmod(position, per_cell)
            take = (per_cell - inside + head_gain - 1) // head_gain
        elif head_gain:
            cell, inside = divmod(position - 1, per_cell)
            take = (inside - head_gain) // -head_gain
        else:
            cell, take = 0, count
        if take > count:
            take = count
        cells = head.cell_fl_per_millistep
        edge_fl = round(cells[cell % len(cells)] * head_gain * head.factor * self._push)
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
                self.out_nl += line.flow(first_ns)
                take = 1
                if line.pressure_kpa > stall_kpa:
                    return 0
        self.out_nl += line.pulses(first_ns, period_ns, take, edge_fl / FL_PER_NL)
        self._displaced(take * edge_fl)
        self._head_millisteps = position + take * head_gain
        motor.count(take)
        motor.position_millisteps += take * gain
        motor.travel_millisteps += take * MILLISTEPS
        if kept != 1.0:
            motor.head_lost_millisteps += take * abs(gain - head_gain)
        return take

    def turn_rotor(self, t_ns: int, millisteps: int) -> None:
        """The field, or a slip, turns the rotor at once; the line takes what that displaces."""
        motor, head, line = self.motor, self.head, self.line
        per_cell, cells = head.cell_millisteps, head.cell_fl_per_millistep
        motor.position_millisteps += millisteps
        motor.travel_millisteps += abs(millisteps)
        left = round(millisteps * motor.coupling.value)
        motor.head_lost_millisteps += abs(millisteps - left)
        t_ns = max(t_ns, line.now_ns)
        while left:
            position = self._head_millisteps
            if left > 0:
                cell, inside = divmod(position, per_cell)
                turn = min(left, per_cell - inside)
            else:
                cell, inside = divmod(position - 1, per_cell)
                turn = -min(-left, inside + 1)
            volume_fl = min(round(cells[cell % len(cells)] * turn * head.factor * self._push), self.reservoir.volume_fl)
            self.out_nl += line.pulses(t_ns, 1, 1, volume_fl / FL_PER_NL)
            self._displaced(volume_fl)
            self._head_millisteps = position + turn
            left -= turn

    def _displaced(self, volume_fl: int) -> None:
        self.displaced_fl += volume_fl
        self.reservoir.volume_fl -= volume_fl
        if self.head.is_worn_or_leaky:
            self.head.book_losses(volume_fl / FL_PER_NL)

    def _slip(self, t_ns: int) -> None:
        """The rotor drops into another pole pair: whole cycles, after which it stands to the field as before."""
        motor = self.motor
        cycles, motor.slips_due = motor.slips_due, 0
        motor.slipped_cycles += abs(cycles)
        self.turn_rotor(t_ns, cycles * motor.cycle_millisteps)

    def _miss(self, millisteps: int, is_commanded: bool) -> None:
        if is_commanded:
            self.motor.missed_millisteps += millisteps
        self._tell_stall()

    def _tell_stall(self) -> None:
        for listener in self._stall_listeners:
            listener(self.until_ns)

    def _draw_air(self, volume_fl: int) -> None:
        """The reservoir is dry: gas comes into the line and stays until the dead volume has gone after it."""
        parcels = self._air_parcels
        earlier_nl = parcels.pop()[1] if parcels and parcels[-1][0] == self.displaced_fl else 0.0
        parcels.append((self.displaced_fl, earlier_nl + volume_fl / FL_PER_NL))
        self._fill_with_air()

    def carry_air(self) -> None:
        """A train has ended: gas that the dead volume has pushed out is gone."""
        if not self._air_parcels:
            return
        gone_fl = self.displaced_fl - round(self._dead_volume_nl * FL_PER_NL)
        if self._air_parcels[0][0] < gone_fl:
            self._air_parcels = [parcel for parcel in self._air_parcels if parcel[0] >= gone_fl]
            self._fill_with_air()

    def _fill_with_air(self) -> None:
        drawn_nl = sum(volume_nl for _, volume_nl in self._air_parcels)
        self.line.air.put(self, min(drawn_nl, self._dead_volume_nl))
