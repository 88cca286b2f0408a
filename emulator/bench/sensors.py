"""The two analogue signals: line pressure and supply voltage, in millivolts at the pin."""

from emulator.bench.config import BenchConfig
from emulator.bench.noise import deviates
from emulator.plant import Plant

ZERO_MV = 200.0  # reference bench: 0 to 200 kPa gauge over 0.2 to 2.9 V
MV_PER_KPA = 2_700.0 / 200.0
RAIL_MV = 3_300
LSB_MV = RAIL_MV / 4_096


class PressureSensor:
    """Ratiometric gauge sensor at the pump's outlet.

    stuck_kpa: shows this for ever. offset_kpa: shows that much more. extra_noise_kpa: one standard
    deviation on top. reads counts conversions; disturbed_reads those that a fault changed.
    """

    def __init__(self, plant: Plant, config: BenchConfig, seed: object) -> None:
        self._plant = plant
        self._line = plant.line
        self._noise = deviates(f"{seed}/pressure")
        self._noise_kpa = config.pressure_noise_kpa
        self._zero_mv = ZERO_MV + config.adc_offset_lsb * LSB_MV
        self.stuck_kpa: float | None = None
        self.offset_kpa = 0.0
        self.extra_noise_kpa = 0.0
        self.disturbed_reads = 0

    def millivolts(self, t_ns: int) -> int:
        """Output at t_ns, 0 to 3300 mV."""
        self._plant.advance(t_ns)
        if self.stuck_kpa is not None:
            self.disturbed_reads += 1
            kpa = self.stuck_kpa
        else:
            line = self._line
            noise_kpa = (self._noise_kpa + self.extra_noise_kpa) * next(self._noise)
            kpa = line.patient_kpa + line.excess_kpa + line.swing_kpa(t_ns) + self.offset_kpa + noise_kpa
            if self.offset_kpa or self.extra_noise_kpa:
                self.disturbed_reads += 1
        mv = round(self._zero_mv + kpa * MV_PER_KPA)
        return mv if 0 <= mv <= RAIL_MV else _limited(mv)


class SupplyDivider:
    """Half of the battery voltage (divider 2:1). reads counts conversions."""

    def __init__(self, plant: Plant, config: BenchConfig, seed: object) -> None:
        self._supply = plant.supply
        self._noise = deviates(f"{seed}/supply")
        self._noise_mv = config.supply_noise_mv
        self._zero_mv = config.adc_offset_lsb * LSB_MV
        self.reads = 0

    def millivolts(self, t_ns: int) -> int:
        """Output at t_ns, 0 to 3300 mV."""
        self.reads += 1
        mv = round(self._zero_mv + self._supply.mv / 2 + self._noise_mv * next(self._noise))
        return mv if 0 <= mv <= RAIL_MV else _limited(mv)


def _limited(mv: int) -> int:
    return 0 if mv < 0 else RAIL_MV
