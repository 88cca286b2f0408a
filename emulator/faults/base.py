"""The base of every fault: an entry of the catalogue that acts on the world and leaves evidence.

Parameters give times in seconds; inside they are nanoseconds.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple

from emulator.world import World

Value = float | int | str | None

# Unit kind -> the unit in which a parameter is handed over.
UNITS: dict[str, str] = {
    "duration": "s",
    "volume": "nL",
    "flow": "nL/h",
    "pressure": "kPa",
    "voltage": "mV",
    "concentration": "ug/mL",
    "temperature": "degC",
    "angle": "counts of 4096 per revolution",
    "degrees": "deg",
    "compliance": "nL/kPa",
    "length": "mm",
    "torque": "mN.m",
    "frequency": "Hz",
    "fraction": "1",
    "number": "1",
    "count": "1",
    "word": "",
}

YEAR_S = 366 * 86_400.0


class Parameter(NamedTuple):
    """kind: a key of UNITS. default None: no value, e.g. no end. low, high: inclusive. choices: of a word."""

    kind: str
    default: Value
    low: float = 0.0
    high: float = 1.0
    choices: tuple[str, ...] = ()


UNTIL_CLEARED = Parameter("duration", None, 0.0, 10 * YEAR_S)


@dataclass(frozen=True)
class FaultSpec:
    """One line of the catalogue. verdict: what a correct firmware must show. targets: where it can be done."""

    id: str
    description: str
    parameters: dict[str, Parameter]
    verdict: str
    targets: tuple[str, ...]


class FaultError(ValueError):
    """A fault that cannot be injected as asked: unknown, or a parameter out of range."""


class Fault(ABC):
    """One fault in one world, from `inject` on.

    `took_effect` is True once the plant or a part shows that it acted; a run whose fault never did is
    invalid. Subclasses implement _start, _stop and _evidence.
    """

    spec: FaultSpec
    # Whether a second one of the same id may act at the same time.
    may_overlap = False
    # Of the targets in hil/words/bench.py those to whose pump it can be done.
    targets: tuple[str, ...] = ("sim", "mpy", "chip", "board")

    def __init__(self, world: World, parameters: dict[str, Value]) -> None:
        self.world = world
        self.parameters = parameters
        self.at_ns = world.env.now
        self.cleared_at_ns: int | None = None
        self._was_seen = False

    @property
    def id(self) -> str:
        """Its id in the catalogue."""
        return self.spec.id

    @property
    def at_s(self) -> float:
        """When it was injected."""
        return self.at_ns / 1e9

    @property
    def is_active(self) -> bool:
        """It still acts."""
        return self.cleared_at_ns is None

    @property
    def took_effect(self) -> bool:
        """Physical evidence was seen so far."""
        if self.is_active and not self._was_seen:
            self.world.plant.advance(self.world.env.now)
            self._was_seen = self._evidence()
        return self._was_seen

    def begin(self) -> None:
        """Act from now on, for the parameter `duration` if it has one."""
        self.world.plant.advance(self.world.env.now)
        self._start()
        self.world.plant.mark()
        self.world.trace.add(self.at_ns, "fault", f"{self.id} on")
        duration_s = self.parameters.get("duration")
        if duration_s is not None:
            self.after(self.number("duration"), self.clear)

    def clear(self) -> None:
        """End it; ending twice is harmless."""
        if not self.is_active:
            return
        env = self.world.env
        self.world.plant.advance(env.now)
        self._was_seen = self._was_seen or self._evidence()
        self._stop()
        self.cleared_at_ns = env.now
        self.world.plant.mark()
        self.world.trace.add(env.now, "fault", f"{self.id} off")

    def number(self, name: str) -> float:
        """The value of a numeric parameter."""
        value = self.parameters[name]
        if value is None or isinstance(value, str):
            raise FaultError(f"{self.id}: {name} needs a number")
        return float(value)

    def after(self, delay_s: float, act: Callable[[], None]) -> None:
        """Call `act` in delay_s."""
        self.world.env.call_at(self.world.env.now + round(delay_s * 1e9), act)

    @abstractmethod
    def _start(self) -> None: ...

    @abstractmethod
    def _stop(self) -> None: ...

    @abstractmethod
    def _evidence(self) -> bool: ...


FAULTS: dict[str, FaultSpec] = {}
CLASSES: dict[str, type[Fault]] = {}


def catalogued(
    id: str, description: str, verdict: str, **parameters: Parameter
) -> Callable[[type[Fault]], type[Fault]]:
    """Enter a class into the catalogue. Raises ValueError for an id that is taken."""

    def enter(cls: type[Fault]) -> type[Fault]:
        if id in FAULTS:
            raise ValueError(f"two faults are called {id}")
        cls.spec = FAULTS[id] = FaultSpec(id, description, parameters, verdict, cls.targets)
        CLASSES[id] = cls
        return cls

    return enter


def checked(spec: FaultSpec, given: dict[str, Value]) -> dict[str, Value]:
    """Parameters with defaults filled in; raises FaultError naming what is wrong and what is allowed."""
    for name in given:
        if name not in spec.parameters:
            allowed = ", ".join(spec.parameters) or "none"
            raise FaultError(f"{spec.id} has no parameter {name!r}; there are: {allowed}")
    values: dict[str, Value] = {}
    for name, parameter in spec.parameters.items():
        value = given.get(name, parameter.default)
        values[name] = value
        if value is None:
            if parameter.default is not None:
                raise FaultError(f"{spec.id}: {name} needs a value")
        elif parameter.choices:
            if value not in parameter.choices:
                raise FaultError(f"{spec.id}: {name} is {value!r}; one of {', '.join(parameter.choices)}")
        elif parameter.kind == "word":
            if not isinstance(value, str):
                raise FaultError(f"{spec.id}: {name} is {value!r}; a word is needed")
        elif isinstance(value, str) or not isfinite(value) or not parameter.low <= value <= parameter.high:
            unit = UNITS[parameter.kind]
            raise FaultError(f"{spec.id}: {name} is {value!r}; {parameter.low:g} to {parameter.high:g} {unit}")
    return values
