"""The physical truth: volumes, torque, pressure, drug. No pins, no registers, no firmware.

`Plant` ties the parts together and is advanced lazily: nothing happens between two moments at which
somebody asks or an edge counts, because every part has a closed solution for the time in between.
"""

from emulator.plant.config import DRUGS, DrugKinetics, PlantConfig
from emulator.plant.plant import Plant
from emulator.plant.refill_site import Port, RefillSite
from emulator.plant.train import StepTrain

__all__ = ["DRUGS", "DrugKinetics", "Plant", "PlantConfig", "Port", "RefillSite", "StepTrain"]
