"""The emulated balance as a port of target sim, and the host reading it while a pump runs."""

from __future__ import annotations

from emulator.bench.balance import Balance as EmulatedBalance
from emulator.bench.balance import reservoir_on_pan
from emulator.plant.config import WATER_G_PER_ML
from hil.targets.balance import Balance
from hil.targets.sim import SimTarget
from hil.words.quantity import NS_PER_S


class BalancePort:
    """The host's end of the balance's cable, as pyserial shows a port. Answers are there at once."""

    def __init__(
        self, target: SimTarget, seed: int, density_g_per_ml: float = WATER_G_PER_ML, evaporation_g_per_h: float = 0.0
    ) -> None:
        self.timeout: float | None = None
        self._env = target.world.env
        self._balance = EmulatedBalance(
            reservoir_on_pan(target.world.plant, density_g_per_ml, evaporation_g_per_h), seed
        )
        self._answers = bytearray()

    @property
    def in_waiting(self) -> int:
        return len(self._answers)

    def read(self, size: int = 1, /) -> bytes:
        data = bytes(self._answers[:size])
        del self._answers[:size]
        return data

    def write(self, data: bytes, /) -> int:
        self._answers += self._balance.receive(bytes(data), self._env.now)
        return len(data)


class Weighing:
    """A host that weighs every `every_s` from time zero of the scenario on. `seen`: (seconds, grams)."""

    def __init__(self, target: SimTarget, every_s: int, seed: int) -> None:
        self.seen: list[tuple[float, float]] = []
        self._target = target
        self._every_ns = every_s * NS_PER_S
        self._balance = Balance(BalancePort(target, seed), target.clock)
        self._plan(0)

    def _plan(self, t_ns: int) -> None:
        def weigh() -> None:
            self.seen.append((t_ns / NS_PER_S, self._balance.weigh().grams))
            self._plan(t_ns + self._every_ns)

        env = self._target.world.env
        env.call_at(env.now - self._target.clock.now_ns + t_ns, weigh)
