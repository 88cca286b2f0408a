"""All parts of the reference bench on their nets (docs/wiring.md)."""

from emulator.bench.annunciators import Buzzer, Lamp
from emulator.bench.as5600 import As5600
from emulator.bench.buttons import Button
from emulator.bench.config import BenchConfig
from emulator.bench.ds3231 import Ds3231
from emulator.bench.i2c_hold import BusHold
from emulator.bench.sensors import PressureSensor, SupplyDivider
from emulator.bench.step_driver import StepDriver
from emulator.bench.wiring import PULLED_UP
from emulator.env import WorldEnvironment
from emulator.nets import Nets
from emulator.plant import Plant


class Bench:
    """Each part has its own noise, derived from the seed, so that one part's reads never move another's."""

    def __init__(self, env: WorldEnvironment, nets: Nets, plant: Plant, config: BenchConfig, seed: object) -> None:
        for name in PULLED_UP:
            nets.digital(name, 1)
        self.step_driver = StepDriver(nets, plant)
        self.rotor_sensor = As5600(plant, config, seed)
        self.clock = Ds3231(config, env.now)
        self.bus_hold = BusHold(nets)
        self.pressure_sensor = PressureSensor(plant, config, seed)
        self.supply_divider = SupplyDivider(plant, config, seed)
        nets.analog("PRESSURE").source = self.pressure_sensor.millivolts
        nets.analog("SUPPLY").source = self.supply_divider.millivolts
        self.patient_button = Button(env, nets.digital("PATIENT_BUTTON"), seed)
        self.silence_button = Button(env, nets.digital("SILENCE_BUTTON"), seed)
        self.buzzer = Buzzer(nets.digital("BUZZER"))
        self.alarm_lamp = Lamp(nets.digital("ALARM_LAMP"))
        self.ready_lamp = Lamp(nets.digital("READY_LAMP"))
