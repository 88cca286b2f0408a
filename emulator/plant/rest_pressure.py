"""The pressure at the catheter's tip: a level that changes with posture, and what moves it by the second.

The level is held between two changes, so the line is still solved exactly. Breath, heartbeat and coughs come on
top of it where the line lets them through; they move no net volume and are added when somebody looks.
"""

from collections.abc import Callable
from math import pi, sin

from emulator.plant.config import PlantConfig

_NS = 1_000_000_000
NEVER_NS = 1 << 62
BREATHS_PER_S = 15 / 60
BEATS_PER_S = 70 / 60
COUGH_NS = 1_000_000_000
_MIX = 0x9E3779B97F4A7C15  # 2**64 over the golden ratio: spreads the numbers of coughs over their spans
_MASK = (1 << 64) - 1


class RestPressure:
    """level_kpa: now, without breath, heartbeat and coughs. next_change_ns: until when it holds.

    changed: called after somebody began or ended a posture or a row of coughs.
    """

    def __init__(self, config: PlantConfig) -> None:
        self._base_kpa = config.patient_kpa
        self._breath_kpa = config.breath_kpa
        self._heartbeat_kpa = config.heartbeat_kpa
        self._postures: dict[object, tuple[float, int, int]] = {}
        self._coughs: dict[object, tuple[float, int]] = {}
        self.changed: Callable[[], None] = _nobody
        self.coughed = 0
        if config.posture_kpa:
            self._postures[self] = (config.posture_kpa, round(config.posture_period_s * _NS), 0)
        if config.cough_kpa:
            self._coughs[self] = (config.cough_kpa, round(config.cough_period_s * _NS))
        self.level_kpa = self._base_kpa
        self.next_change_ns = 0
        self.settle(0)

    @property
    def is_still(self) -> bool:
        """Nothing comes on top of the level."""
        return not (self._breath_kpa or self._heartbeat_kpa or self._coughs)

    def posture(self, owner: object, kpa: float, period_s: float, t_ns: int) -> None:
        """Sit up now, lie down half a period later, and so on; `kpa` is higher while sitting."""
        half_ns = round(period_s * _NS) // 2
        self._postures[owner] = (kpa, 2 * half_ns, t_ns - half_ns)
        self._refresh(t_ns)

    def cough(self, owner: object, kpa: float, period_s: float) -> None:
        """One cough in each period."""
        self._coughs[owner] = (kpa, round(period_s * _NS))
        self.changed()

    def end(self, owner: object, t_ns: int) -> None:
        """What `owner` began is over."""
        self._postures.pop(owner, None)
        self._coughs.pop(owner, None)
        self._refresh(t_ns)

    def _refresh(self, t_ns: int) -> None:
        self.settle(t_ns)
        self.changed()

    def settle(self, t_ns: int) -> None:
        """Take the level at t_ns into `level_kpa`."""
        level_kpa, next_ns = self._base_kpa, NEVER_NS
        for kpa, period_ns, begin_ns in self._postures.values():
            halves = 2 * (t_ns - begin_ns) // period_ns
            if halves % 2:
                level_kpa += kpa
            next_ns = min(next_ns, begin_ns + (halves + 1) * period_ns // 2)
        self.level_kpa = level_kpa
        self.next_change_ns = next_ns

    def swing_kpa(self, t_ns: int) -> float:
        """What breath, heartbeat and coughs add to the level at t_ns."""
        turns = 2 * pi * t_ns / _NS
        kpa = self._breath_kpa * sin(BREATHS_PER_S * turns) + self._heartbeat_kpa * sin(BEATS_PER_S * turns)
        for cough_kpa, period_ns in self._coughs.values():
            number, inside_ns = divmod(t_ns, period_ns)
            begin_ns = ((number + 1) * _MIX & _MASK) % (period_ns - COUGH_NS)
            if 0 <= inside_ns - begin_ns < COUGH_NS:
                self.coughed += 1
                kpa += cough_kpa * sin(pi * (inside_ns - begin_ns) / COUGH_NS)
        return kpa


def _nobody() -> None:
    """Before somebody listens."""
