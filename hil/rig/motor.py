"""The motor as the emulated bench has it (emulator/plant/motor.py): a driver's indexer, its field, and a rotor.

The indexer counts every edge, with current or without, and stands at home when the driver gets its supply. With
current the rotor is drawn to the nearest equilibrium of the field; within friction of it, it stands. Positions are
thousandths of a microstep. Of pressure only this is left out: it does not move the equilibrium.

Small integers only, nothing allocates: all of it may run in an interrupt handler.
"""

from micropython import const

MILLISTEPS = const(1_000)  # per microstep
MILLISTEPS_PER_REV = const(3_200_000)
_CYCLE = const(64_000)  # four full steps of 16 microsteps
_HALF = const(32_000)
# Field ahead of the rotor when its torque just overcomes friction: asin(10 / 14) of a cycle of 64 microsteps, and with
# the detent torque of 0.7 mN.m of a rotor that stands (torques: emulator/plant/config.py, assumed there).
_DRAG = const(8_104)
_STILL = const(8_860)


class Motor:
    """moved, commanded, missed, uncommanded: thousandths and microsteps since `take` last cleared them.

    angle: of the rotor, 0 to MILLISTEPS_PER_REV. is_held: it stands whatever the field does. is_mirrored: a winding is
    swapped. is_enable_stuck: current flows whatever EN says. slips_due: cycles lost or gained at the next edge.
    """

    def __init__(self):
        self.angle = 0
        self.moved = 0
        self.missed = 0
        self.commanded = 0
        self.uncommanded = 0
        self.is_held = False
        self.is_overloaded = False
        self.is_mirrored = False
        self.is_enable_stuck = False
        self.slips_due = 0
        self.slipped = 0
        self.mirrored_edges = 0
        self.defied = 0
        self._indexer = 0
        self._phase_at_zero = -_DRAG
        self._is_enabled = False
        self._is_powered = False

    @property
    def has_current(self):
        return self._is_powered and (self._is_enabled or self.is_enable_stuck)

    def mount(self, phase_millisteps):
        """How the rotor stands in the driver's cycle at angle 0; 0: where home would have drawn it."""
        self._phase_at_zero = phase_millisteps - _DRAG

    def set_powered(self, is_powered):
        """The driver's supply came, and its indexer stands at home, or went."""
        if is_powered and not self._is_powered:
            self._indexer = 0
        self._is_powered = is_powered
        self.settle()

    def set_enabled(self, is_enabled):
        """EN changed: as current comes, the field draws the rotor."""
        self._is_enabled = is_enabled
        if self.is_enable_stuck and not is_enabled:
            self.defied += 1
        self.settle()

    def settle(self):
        """Something that holds or draws the rotor has changed."""
        if self.has_current and not self.is_held:
            lag = self._lag()
            if _STILL < lag < _HALF - _STILL:
                self._turn(lag - _DRAG)
            elif _STILL - _HALF < lag < -_STILL:
                self._turn(lag + _DRAG)

    def count(self, edges):
        """Edges without current, forward positive."""
        self._indexer = (self._indexer + edges * MILLISTEPS) % _CYCLE

    def step(self, edges, is_commanded=True):
        """Edges with current, forward positive, slow enough to be followed."""
        size = edges if edges > 0 else -edges
        if is_commanded:
            self.commanded += size
        if self.is_mirrored:
            self.mirrored_edges += size
        if self.is_held or self.is_overloaded:
            self.count(edges)
            if is_commanded:
                self.missed += size * MILLISTEPS
            return
        if self.slips_due:
            self.slipped += 1
            self._turn(self.slips_due * _CYCLE)
            self.slips_due = 0
        before = self.moved
        sign = 1 if edges > 0 else -1
        turn = -sign if self.is_mirrored else sign
        while size:
            if self._lag() == turn * _DRAG:
                # It hangs behind the field by its friction, and follows the rest whole.
                self.count(sign * size)
                self._turn(turn * size * MILLISTEPS)
                break
            self.count(sign)
            self._draw()
            size -= 1
        followed = (self.moved - before) * turn
        asked = edges * sign * MILLISTEPS
        if is_commanded:
            if followed < asked:
                self.missed += asked - (followed if followed > 0 else 0)
        elif followed > 0:
            self.uncommanded += followed

    def _draw(self):
        lag = self._lag()
        if _DRAG < lag < _HALF - _DRAG:
            self._turn(lag - _DRAG)
        elif _DRAG - _HALF < lag < -_DRAG:
            self._turn(lag + _DRAG)

    def _lag(self):
        """Field ahead of the rotor: from half a cycle behind to just below half a cycle ahead."""
        field = -self._indexer if self.is_mirrored else self._indexer
        return (field - self.angle - self._phase_at_zero + _HALF) % _CYCLE - _HALF

    def _turn(self, millisteps):
        self.angle = (self.angle + millisteps) % MILLISTEPS_PER_REV
        self.moved += millisteps
