"""The pressure at the catheter's tip: a level that changes with posture, and what moves it by the second.

The level is held between two changes, so the line is still solved exactly. Breath, heartbeat and coughs come on
top of it where the line lets them through; they move no net volume and are added when somebody looks.
"""

from collections.abc import Callable
from math import pi, sin

from emulator.plant.config import PlantConfig

_NS = 1_000_000_000
NEVER_NS = 1 << 62
_BREATHING = 2 * pi * 15 / 60 / _NS  # 15 a minute, radians a nanosecond
_BEATING = 2 * pi * 70 / 60 / _NS
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
        self._calm_until_ns = 0  # no cough before
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
        self._calm_until_ns = 0
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
        kpa = self._breath_kpa * sin(_BREATHING * t_ns) + self._heartbeat_kpa * sin(_BEATING * t_ns)
        return kpa if t_ns < self._calm_until_ns else kpa + self._cough_kpa(t_ns)

    def _cough_kpa(self, t_ns: int) -> float:
        kpa, calm_until_ns = 0.0, NEVER_NS
        for height_kpa, period_ns in self._coughs.values():
            number, inside_ns = divmod(t_ns, period_ns)
            since_ns = inside_ns - ((number + 1) * _MIX & _MASK) % (period_ns - COUGH_NS)
            if since_ns < 0:
                next_ns = t_ns - since_ns
            elif since_ns < COUGH_NS:
                self.coughed += 1
                kpa += height_kpa * sin(pi * since_ns / COUGH_NS)
                next_ns = t_ns
            else:
                next_ns = t_ns - inside_ns + period_ns
            calm_until_ns = min(calm_until_ns, next_ns)
        self._calm_until_ns = calm_until_ns
        return kpa


def _nobody() -> None:
    """Before somebody listens."""
