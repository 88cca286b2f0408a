"""A laboratory balance with the reservoir on its pan, speaking MT-SICS (Mettler-Toledo, level 0 and T, TI).

Commands end in CR LF, and so do answers. Weights are 10 characters, right-aligned. What the plant delivers makes
the pan lighter; a refill makes it heavier. Not modelled: level 2 and 3 commands, they answer ES as unknown ones do.
"""

import random
from collections.abc import Callable

from emulator.plant import Plant

PUMP_G = 165.0  # what stands on the pan beside the liquid (assumed)
SERIAL_NUMBER = "0000000001"
_NS_PER_H = 3_600_000_000_000
_OVERLOAD = "+"
_UNDERLOAD = "-"


class Balance:
    """`grams(t_ns)`: the true load. `readability_g` is one digit, noise is one standard deviation.

    A weight is stable when the load has changed by less than a digit since `settle_ns` ago.
    """

    def __init__(
        self,
        grams: Callable[[int], float],
        seed: object = 0,
        readability_g: float = 0.0001,
        noise_g: float = 0.0001,
        capacity_g: float = 220.0,
        settle_ns: int = 1_000_000_000,
    ) -> None:
        self._grams = grams
        self._random = random.Random(f"{seed}/balance")
        self._readability_g = readability_g
        self._noise_g = noise_g
        self._capacity_g = capacity_g
        self._settle_ns = settle_ns
        self._tare_g = 0.0
        self._zero_g = 0.0
        self._settled = (0, grams(0))
        self._received = bytearray()
        digits = 0
        while readability_g * 10**digits < 0.999:
            digits += 1
        self._digits = digits

    def receive(self, data: bytes, t_ns: int) -> bytes:
        """Bytes from the host; the answers to the whole lines among them."""
        self._received += data
        answers = b""
        while b"\n" in self._received:
            line, _, rest = bytes(self._received).partition(b"\n")
            self._received[:] = rest
            answers += self._answer(line.strip().decode("ascii", "replace"), t_ns).encode() + b"\r\n"
        return answers

    def _answer(self, command: str, t_ns: int) -> str:
        load_g = self._grams(t_ns)
        is_stable = self._is_stable(load_g, t_ns)
        if command == "@" or command == "I4":
            return f'I4 A "{SERIAL_NUMBER}"'
        if command == "I0":
            return 'I0 A "level 0 and T, TI"'
        if command in ("S", "SI"):
            return self._weight(command, load_g, is_stable)
        if command in ("T", "TI", "Z"):
            return self._set(command, load_g, is_stable)
        return "ES"

    def _weight(self, command: str, load_g: float, is_stable: bool) -> str:
        if not is_stable and command == "S":
            return "S I"  # S waits for a stable weight and gives up; this one gives up at once
        outside = self._outside(load_g)
        if outside:
            return f"S {outside}"
        net_g = load_g - self._zero_g - self._tare_g + self._random.gauss(0.0, self._noise_g)
        return f"S {'S' if is_stable else 'D'} {self._shown(net_g)}"

    def _set(self, command: str, load_g: float, is_stable: bool) -> str:
        outside = self._outside(load_g)
        if outside:
            return f"{command} {outside}"
        if not is_stable and command != "TI":
            return f"{command} I"
        if command == "Z":
            self._zero_g = load_g
            self._tare_g = 0.0
            return "Z A"
        self._tare_g = load_g - self._zero_g
        return f"{command} {'S' if is_stable else 'D'} {self._shown(self._tare_g)}"

    def _outside(self, load_g: float) -> str:
        if load_g > self._capacity_g:
            return _OVERLOAD
        return _UNDERLOAD if load_g < -1.0 else ""

    def _shown(self, weight_g: float) -> str:
        rounded_g = round(weight_g / self._readability_g) * self._readability_g
        return f"{rounded_g + 0.0:10.{self._digits}f} g"

    def _is_stable(self, load_g: float, t_ns: int) -> bool:
        settled_ns, settled_g = self._settled
        if abs(load_g - settled_g) >= self._readability_g:
            # Long unread: a slow change counts as a rate.
            spent_ns = max(t_ns - settled_ns, 1)
            rate_g = abs(load_g - settled_g) * self._settle_ns / spent_ns
            self._settled = (t_ns, load_g)
            return rate_g < self._readability_g
        if t_ns - settled_ns >= self._settle_ns:
            self._settled = (t_ns, load_g)
        return True


def reservoir_on_pan(plant: Plant, density_g_per_ml: float, evaporation_g_per_h: float = 0.0) -> Callable[[int], float]:
    """The load of a balance on which the pump with its reservoir stands, as the liquid leaves it. What evaporates is
    lost on the pan only: wet tissue beside the reservoir, not drug.
    """

    def grams(t_ns: int) -> float:
        plant.advance(t_ns)
        return PUMP_G + plant.reservoir.volume_nl * 1e-6 * density_g_per_ml - evaporation_g_per_h * t_ns / _NS_PER_H

    return grams
