"""The motor driver: STEP, DIR and EN in, winding current out, DIAG when the rotor does not follow.

A TMC2209 or an A4988: its indexer counts STEP whether EN gives current or not (A4988 datasheet, "Enable Input":
translator inputs and internal sequencing remain active independent of it). A DRV8825 does not (datasheet, pin
nENBL: high disables outputs and indexer operation) and is no driver of this bench.
"""

from emulator.nets import DigitalNet, Nets, PulseTrain
from emulator.plant import Plant


class StepDriver:
    """One microstep of the indexer per rising edge, direction as DIR is at the edge, current while EN is low.

    DIAG is high from the first edge that the rotor did not follow until a later train turns it
    (TMC2209 datasheet, StallGuard4 and DIAG output). A rising edge made by hand, not as a train, raises NotModelled.
    """

    def __init__(self, nets: Nets, plant: Plant) -> None:
        self._plant = plant
        self._diag = nets.digital("DIAG")
        step, direction, enable = nets.digital("STEP"), nets.digital("DIR"), nets.digital("EN")
        plant.motor.set_enabled(enable.level == 0)
        plant.motor.set_forward(direction.level == 1)
        step.on_train(self._train)
        step.by_trains_only = True
        direction.on_edge(self._direction_edge)
        enable.on_edge(self._enable_edge)
        plant.on_stall(self._stalled)

    def _train(self, net: DigitalNet, train: PulseTrain) -> None:
        if self._diag.level and self._plant.motor.gain:  # without current it turns nothing
            self._diag.drive(0, train.start_ns)
        self._plant.begin_train(train)

    def _direction_edge(self, net: DigitalNet, level: int, t_ns: int) -> None:
        self._plant.set_forward(level == 1, t_ns)

    def _enable_edge(self, net: DigitalNet, level: int, t_ns: int) -> None:
        self._plant.set_enabled(level == 0, t_ns)

    def _stalled(self, t_ns: int) -> None:
        if not self._diag.level:
            self._diag.drive(1, t_ns)
