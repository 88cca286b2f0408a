"""The motor: a driver's indexer, the field that it turns, and a rotor that follows, stands or falls back.

The indexer counts every edge, whether current flows or not and whether the rotor follows or not, and stands at
its home phase when the driver gets its supply. Four full steps are one electrical cycle: with current the rotor is
drawn to the nearest equilibrium of the field, and only within friction of it does it stand.

Positions are integers of thousandths of a microstep, so that a train taken in pieces ends exactly where a train
taken at once ends.
"""

from math import asin, pi
from random import Random

from emulator.plant.config import PlantConfig
from emulator.plant.overlay import Overlay, any_of, kept_of

MILLISTEPS = 1_000  # per microstep
_FULL_STEPS_PER_REV = 200  # docs/wiring.md
_FULL_STEPS_PER_CYCLE = 4
_LOAD_STEP_KPA = 10.0  # 0.1 mN.m, that is about 0.1 microstep of lag


class Motor:
    """Indexer, field and rotor. Quasi-static: a rotor that is drawn anywhere is there at once, and does not swing.

    position_millisteps: of the rotor, forward positive. gain: what one edge turns it when it follows, signed
    thousandths of a microstep; 0 when nothing can turn. coupling: share of the rotor's turn that the head makes.
    commanded (microsteps), missed_, uncommanded_ and head_lost_millisteps, mirrored_edges, slipped_cycles and
    defied (how often current flowed though the enable line forbade it) only grow: they are the evidence of faults.
    """

    def __init__(self, config: PlantConfig, seed: object = 0) -> None:
        self._config = config
        # Work per volume: 1 kPa on 1 nL is 1e-9 J, a revolution is 2 pi rad; 1e-6 makes it mN.m.
        self._torque_per_kpa = config.volume_per_rev_nl * 1e-6 / (2 * pi)
        self._random = Random(f"{seed}/motor")
        steps, rest = divmod(config.microsteps_per_rev, _FULL_STEPS_PER_REV)
        if rest:
            raise ValueError(f"{config.microsteps_per_rev} microsteps/rev is no multiple of {_FULL_STEPS_PER_REV}")
        self.cycle_millisteps = steps * _FULL_STEPS_PER_CYCLE * MILLISTEPS
        self._half = self.cycle_millisteps // 2
        self._load_step = 0
        self._forward_lag, self._backward_lag = self._lags(config.friction_torque_mnm, 0.0)
        self._still_forward_lag, self._still_backward_lag = self._still_lags(0.0)
        self._indexer = 0
        self.position_millisteps = 0
        self.travel_millisteps = 0
        # The rotor's own phase at position 0: where it comes to rest when the field has drawn it forward to home.
        self._phase_at_zero = round(config.rotor_phase_microsteps * MILLISTEPS) - self._forward_lag
        self.commanded = 0
        self.missed_millisteps = 0
        self.uncommanded_millisteps = 0
        self.head_lost_millisteps = 0
        self.mirrored_edges = 0
        self.slipped_cycles = 0
        self.defied = 0
        self.slips_due = 0  # cycles, forward positive, that the rotor will lose or gain at the next edge it follows
        self._is_enabled = False
        self._is_powered = True
        self._is_forward = True
        self.held = Overlay(any_of, self._refresh)
        self.coupling = Overlay(kept_of)
        self.turned_round = Overlay(any_of, self._refresh)
        self.enable_stuck = Overlay(any_of, self._refresh)
        self.is_energised = False
        self.gain = self._gain_when_on = 0
        self._refresh()

    @property
    def missed(self) -> float:
        """Microsteps that were commanded and not followed at once."""
        return self.missed_millisteps / MILLISTEPS

    @property
    def is_enabled(self) -> bool:
        """The enable line asks for current, whatever the driver makes of it."""
        return self._is_enabled

    @property
    def rotor_rev(self) -> float:
        """Net revolutions since the start, forward positive."""
        return self.position_millisteps / (MILLISTEPS * self._config.microsteps_per_rev)

    @property
    def indexer_microsteps(self) -> int:
        """Where the indexer stands in its cycle: 0, which is home, to 63 at 1/16."""
        return self._indexer // MILLISTEPS

    # -- lines ---------------------------------------------------------------------------------------

    def set_enabled(self, is_enabled: bool) -> None:
        """The enable line changed."""
        self._is_enabled = is_enabled
        if self.enable_stuck.value:
            self._refresh()
        else:
            self.is_energised = is_enabled and self._is_powered
            self.gain = self._gain_when_on if self.is_energised else 0

    def set_powered(self, is_powered: bool) -> None:
        """The driver's supply came, and its indexer stands at home, or went."""
        if is_powered and not self._is_powered:
            self._indexer = 0
        self._is_powered = is_powered
        self._refresh()

    def set_forward(self, is_forward: bool) -> None:
        """The direction line changed."""
        if is_forward != self._is_forward:
            self._is_forward = is_forward
            self._refresh()

    def count(self, edges: int) -> None:
        """So many edges came to the indexer."""
        turned = edges * MILLISTEPS
        self._indexer = (self._indexer + (turned if self._is_forward else -turned)) % self.cycle_millisteps

    # -- torque --------------------------------------------------------------------------------------

    def stall_kpa(self, period_ns: int) -> float:
        """Gauge pressure above which the rotor no longer follows edges of this period."""
        config = self._config
        share = 1.0 - 1e9 / (period_ns * config.pull_out_microsteps_per_s)
        return (config.hold_torque_mnm * share - config.friction_torque_mnm) / self._torque_per_kpa

    def take_load(self, pressure_kpa: float) -> None:
        """The line presses so hard on the rotor as a train begins; in steps, so that few trains differ in it."""
        step = int(pressure_kpa // _LOAD_STEP_KPA)
        if step != self._load_step:
            self._load_step = step
            load_mnm = max(step, 0) * _LOAD_STEP_KPA * self._torque_per_kpa
            self._forward_lag, self._backward_lag = self._lags(self._config.friction_torque_mnm, load_mnm)
            self._still_forward_lag, self._still_backward_lag = self._still_lags(load_mnm)

    def _still_lags(self, load_mnm: float) -> tuple[int, int]:
        return self._lags(self._config.friction_torque_mnm + self._config.detent_torque_mnm, load_mnm)

    def _lags(self, friction_mnm: float, load_mnm: float) -> tuple[int, int]:
        """How far the field is ahead, or behind (negative), when its torque just overcomes friction and load."""
        hold_mnm = self._config.hold_torque_mnm
        ahead = asin(min(1.0, (friction_mnm + load_mnm) / hold_mnm))
        behind = asin(max(-1.0, min(1.0, (friction_mnm - load_mnm) / hold_mnm)))
        per_rad = self.cycle_millisteps / (2 * pi)
        return round(ahead * per_rad), -round(behind * per_rad)

    # -- the rotor -----------------------------------------------------------------------------------

    def lag(self) -> int:
        """Field ahead of the rotor: from half a cycle behind to just below half a cycle ahead."""
        field = -self._indexer if self.turned_round.value else self._indexer
        return (
            field - self.position_millisteps - self._phase_at_zero + self._half
        ) % self.cycle_millisteps - self._half

    def is_dragged(self) -> bool:
        """It hangs behind the field by its friction, so that it follows the next edge whole."""
        return self.lag() == (self._forward_lag if self.gain > 0 else self._backward_lag)

    def drawn(self, is_still: bool, may_advance: bool) -> int:
        """Millisteps that the field now turns the rotor, friction, load and detent permitting.

        is_still: it has been standing, so that detent holds it too. may_advance: False when the load is more than
        the torque at this speed.
        """
        lag = self.lag()
        forward, backward = self._forward_lag, self._backward_lag
        half = self._half
        holds_forward = self._still_forward_lag if is_still else forward
        holds_backward = self._still_backward_lag if is_still else backward
        if lag == -half and holds_forward == holds_backward == 0:
            lag = half if self._random.getrandbits(1) else -half  # right between two poles, and nothing holds it
        if holds_forward < lag < half - holds_forward or (lag == half and holds_forward == 0):
            return lag - forward if may_advance else 0
        if -half - holds_backward < lag < holds_backward or (lag == -half and holds_backward == 0):
            return lag - backward
        return 0

    def _refresh(self) -> None:
        gain = 0 if self.held.value else MILLISTEPS
        is_forward = self._is_forward != bool(self.turned_round.value)
        self._gain_when_on = gain if is_forward else -gain
        self.is_energised = self._is_powered and (self._is_enabled or bool(self.enable_stuck.value))
        self.gain = self._gain_when_on if self.is_energised else 0
        if self.is_energised and not self._is_enabled:
            self.defied += 1
