"""The fault catalogue: one registry of all faults, and the injector that puts them into a world.

`FAULTS` describes, `FaultInjector` acts. Parameters are handed over in the units of `UNITS`.
"""

from difflib import get_close_matches

from emulator.faults import buttons, clock, fluid, link, memory, motor, patient, refill, sensors, supply
from emulator.faults.base import (
    CLASSES,
    FAULTS,
    UNITS,
    Fault,
    FaultError,
    FaultSpec,
    Parameter,
    Value,
    checked,
)
from emulator.world import World

__all__ = ["ALIASES", "FAULTS", "UNITS", "Fault", "FaultError", "FaultInjector", "FaultSpec", "Parameter", "spec_of"]

# Each of these modules enters its faults into FAULTS when imported.
SUBJECTS = (motor, fluid, patient, refill, sensors, clock, supply, memory, buttons, link)

# The name by which the sensor's other faults are called.
ALIASES = {"sensor.magnet_lost": "sensor.rotor_magnet_lost"}


def spec_of(fault_id: str) -> FaultSpec:
    """The catalogue's entry. Raises FaultError with the nearest id for one that is not in it."""
    known = ALIASES.get(fault_id, fault_id)
    if known not in FAULTS:
        nearest = get_close_matches(fault_id, FAULTS, 1)
        hint = f"; did you mean {nearest[0]}?" if nearest else ""
        raise FaultError(f"there is no fault {fault_id!r}{hint}")
    return FAULTS[known]


class FaultInjector:
    """Puts faults into one world. `injected` keeps all of them, in order, also after they have ended."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.injected: list[Fault] = []

    @property
    def active(self) -> list[Fault]:
        """Those that still act."""
        return [fault for fault in self.injected if fault.is_active]

    def inject(self, fault_id: str, **parameters: Value) -> Fault:
        """Begin a fault now. Raises FaultError for an unknown id or a bad parameter, or when the same fault
        is active and cannot be there twice; NotModelled for what this world cannot do."""
        spec = spec_of(fault_id)
        values = checked(spec, parameters)
        kind = CLASSES[spec.id]
        if not kind.may_overlap and any(fault.id == spec.id for fault in self.active):
            raise FaultError(f"{spec.id} is active already; clear it first")
        fault = kind(self._world, values)
        fault.begin()
        self.injected.append(fault)
        return fault
