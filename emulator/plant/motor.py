"""The rotor: which step edges turn it, and where it stands.

Position is an integer of thousandths of a microstep, so that a train taken in pieces ends exactly where
a train taken at once ends, also when a share of each step is lost.
"""

from math import pi

from emulator.plant.config import PlantConfig
from emulator.plant.overlay import Overlay, any_of, kept_of

MILLISTEPS = 1_000  # per microstep


class Motor:
    """A stepper that follows while its torque carries the load, and stands still when it does not.

    gain: signed thousandths of a microstep per edge, 0 when nothing moves. Changed only by setters.
    commanded (microsteps), missed_, reversed_ and uncommanded_millisteps, and defied (how often current
    flowed though the enable line forbade it) only grow: they are the evidence of faults.
    """

    def __init__(self, config: PlantConfig) -> None:
        self._config = config
        # Work per volume: 1 kPa on 1 nL is 1e-9 J, a revolution is 2 pi rad; 1e-6 makes it mN.m.
        self._torque_per_kpa = config.volume_per_rev_nl * 1e-6 / (2 * pi)
        self.position_millisteps = 0
        self.travel_millisteps = 0
        self.commanded = 0
        self.missed_millisteps = 0
        self.reversed_millisteps = 0
        self.uncommanded_millisteps = 0
        self.defied = 0
        self._is_enabled = False
        self._is_powered = True
        self._is_forward = True
        self.held = Overlay(any_of, self._refresh)
        self.kept = Overlay(kept_of, self._refresh)
        self.turned_round = Overlay(any_of, self._refresh)
        self.enable_stuck = Overlay(any_of, self._refresh)
        self.gain = self._gain_when_on = 0
        self._refresh()

    @property
    def missed(self) -> float:
        """Microsteps that were commanded and not made."""
        return self.missed_millisteps / MILLISTEPS

    @property
    def is_energised(self) -> bool:
        """Current flows in the windings."""
        return self._is_powered and (self._is_enabled or bool(self.enable_stuck.value))

    @property
    def is_enabled(self) -> bool:
        """The enable line asks for current, whatever the driver makes of it."""
        return self._is_enabled

    @property
    def rotor_rev(self) -> float:
        """Net revolutions since the start, forward positive."""
        return self.position_millisteps / (MILLISTEPS * self._config.microsteps_per_rev)

    def set_enabled(self, is_enabled: bool) -> None:
        """The enable line changed."""
        self._is_enabled = is_enabled
        if self.enable_stuck.value:
            self._refresh()
        else:
            self.gain = self._gain_when_on if is_enabled and self._is_powered else 0

    def set_powered(self, is_powered: bool) -> None:
        """The driver's supply came or went."""
        self._is_powered = is_powered
        self._refresh()

    def set_forward(self, is_forward: bool) -> None:
        """The direction line changed."""
        if is_forward != self._is_forward:
            self._is_forward = is_forward
            self._refresh()

    def stall_kpa(self, period_ns: int) -> float:
        """Gauge pressure above which the rotor no longer follows edges of this period."""
        config = self._config
        share = 1.0 - 1e9 / (period_ns * config.pull_out_microsteps_per_s)
        return (config.hold_torque_mnm * share - config.friction_torque_mnm) / self._torque_per_kpa

    def _refresh(self) -> None:
        gain = 0 if self.held.value else round(MILLISTEPS * self.kept.value)
        is_forward = self._is_forward != bool(self.turned_round.value)
        self._gain_when_on = gain if is_forward else -gain
        self.gain = self._gain_when_on if self.is_energised else 0
        if self.is_energised and not self._is_enabled:
            self.defied += 1
