"""The battery side of the supply: what the board runs on and what the divider divides."""

from collections.abc import Callable, Iterable

from emulator.plant.config import PlantConfig


class Supply:
    """Voltage now, and who wants to know when it changes."""

    def __init__(self, config: PlantConfig) -> None:
        self._nominal_mv = config.supply_mv
        self._forced: dict[object, float] = {}
        self._listeners: list[Callable[[float], None]] = []
        self.mv = config.supply_mv
        self.lowest_mv = config.supply_mv

    def on_change(self, listener: Callable[[float], None]) -> None:
        """Call `listener(mv)` after each change."""
        self._listeners.append(listener)

    def set_nominal(self, mv: float) -> None:
        """A battery of another voltage."""
        self._nominal_mv = mv
        self._settle(self._forced.values())

    def pull_down(self, owner: object, mv: float) -> None:
        """Hold the supply at or below `mv` until released."""
        self._forced[owner] = mv
        self._settle(self._forced.values())

    def release(self, owner: object) -> None:
        """End what `owner` pulled down."""
        self._forced.pop(owner, None)
        self._settle(self._forced.values())

    def _settle(self, forced: Iterable[float]) -> None:
        mv = min((self._nominal_mv, *forced))
        if mv == self.mv:
            return
        self.mv = mv
        self.lowest_mv = min(self.lowest_mv, mv)
        for listener in self._listeners:
            listener(mv)
