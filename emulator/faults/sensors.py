"""Faults of the sensors: rotor angle, line pressure, and the I2C bus."""

from emulator.faults.base import UNTIL_CLEARED, Fault, Parameter, catalogued

_ROTOR_VERDICT = "SENSOR_FAULT, minimum rate"
_PRESSURE_VERDICT = "SENSOR_FAULT where implausible"


@catalogued("sensor.rotor_dead", "AS5600 does not answer", _ROTOR_VERDICT, duration=UNTIL_CLEARED)
class RotorDead(Fault):
    """Evidence: a transfer that was not acknowledged."""

    def _start(self) -> None:
        self._before = self.world.bench.rotor_sensor.unanswered
        self.world.bench.rotor_sensor.is_dead = True

    def _stop(self) -> None:
        self.world.bench.rotor_sensor.is_dead = False

    def _evidence(self) -> bool:
        return self.world.bench.rotor_sensor.unanswered > self._before


@catalogued(
    "sensor.rotor_stuck",
    "AS5600 gives the same angle for ever",
    _ROTOR_VERDICT + ", or MOTOR_STALL as the pump cannot tell them apart",
    duration=UNTIL_CLEARED,
    counts=Parameter("angle", None, 0, 4095),
)
class RotorStuck(Fault):
    """`counts`: the angle, default the one at that moment. Evidence: a read wrong by over 3 counts."""

    def _start(self) -> None:
        sensor = self.world.bench.rotor_sensor
        self._before = sensor.stuck_reads
        given = self.parameters["counts"]
        true_counts = sensor.true_counts(self.world.env.now)
        sensor.stuck_counts = round(true_counts if given is None else self.number("counts")) % 4096

    def _stop(self) -> None:
        self.world.bench.rotor_sensor.stuck_counts = None

    def _evidence(self) -> bool:
        return self.world.bench.rotor_sensor.stuck_reads > self._before


@catalogued(
    "sensor.rotor_noisy",
    "AS5600 angle jumps about",
    _ROTOR_VERDICT,
    duration=UNTIL_CLEARED,
    sigma=Parameter("angle", 200.0, 0.0, 2048.0),
)
class RotorNoisy(Fault):
    """`sigma`: one standard deviation on top of the sensor's own noise."""

    def _start(self) -> None:
        self._before = self.world.bench.rotor_sensor.noisy_reads
        self.world.bench.rotor_sensor.extra_noise_counts = self.number("sigma")

    def _stop(self) -> None:
        self.world.bench.rotor_sensor.extra_noise_counts = 0.0

    def _evidence(self) -> bool:
        return self.world.bench.rotor_sensor.noisy_reads > self._before


@catalogued("sensor.rotor_magnet_lost", "the magnet has come off", _ROTOR_VERDICT, duration=UNTIL_CLEARED)
class MagnetLost(Fault):
    """Status says no magnet; the angle is that of stray fields."""

    def _start(self) -> None:
        self._before = self.world.bench.rotor_sensor.magnetless_reads
        self.world.bench.rotor_sensor.has_magnet = False

    def _stop(self) -> None:
        self.world.bench.rotor_sensor.has_magnet = True

    def _evidence(self) -> bool:
        return self.world.bench.rotor_sensor.magnetless_reads > self._before


class _Pressure(Fault):
    """Base: evidence is a conversion that came out different."""

    _before = 0

    def _start(self) -> None:
        self._before = self.world.bench.pressure_sensor.disturbed_reads

    def _evidence(self) -> bool:
        return self.world.bench.pressure_sensor.disturbed_reads > self._before


@catalogued(
    "sensor.pressure_stuck",
    "pressure sensor shows the same for ever",
    _PRESSURE_VERDICT,
    duration=UNTIL_CLEARED,
    pressure=Parameter("pressure", None, -14.0, 229.0),
)
class PressureStuck(_Pressure):
    """`pressure`: what it shows, default the pressure at that moment."""

    def _start(self) -> None:
        super()._start()
        given = self.parameters["pressure"]
        now_kpa = self.world.plant.line.pressure_kpa
        self.world.bench.pressure_sensor.stuck_kpa = now_kpa if given is None else self.number("pressure")

    def _stop(self) -> None:
        self.world.bench.pressure_sensor.stuck_kpa = None


@catalogued(
    "sensor.pressure_offset",
    "pressure sensor shows too much or too little",
    _PRESSURE_VERDICT,
    duration=UNTIL_CLEARED,
    offset=Parameter("pressure", 20.0, -200.0, 200.0),
)
class PressureOffset(_Pressure):
    """`offset` on top of the true pressure."""

    def _start(self) -> None:
        super()._start()
        self.world.bench.pressure_sensor.offset_kpa = self.number("offset")

    def _stop(self) -> None:
        self.world.bench.pressure_sensor.offset_kpa = 0.0


@catalogued(
    "sensor.pressure_noisy",
    "pressure sensor is noisy",
    _PRESSURE_VERDICT,
    duration=UNTIL_CLEARED,
    sigma=Parameter("pressure", 10.0, 0.0, 200.0),
)
class PressureNoisy(_Pressure):
    """`sigma`: one standard deviation on top of the sensor's own noise."""

    def _start(self) -> None:
        super()._start()
        self.world.bench.pressure_sensor.extra_noise_kpa = self.number("sigma")

    def _stop(self) -> None:
        self.world.bench.pressure_sensor.extra_noise_kpa = 0.0


@catalogued(
    "sensor.i2c_hang",
    "a part holds SDA low",
    "bus recovery, else SENSOR_FAULT",
    duration=UNTIL_CLEARED,
    clocks=Parameter("count", 9, 0, 1_000),
)
class BusHang(Fault):
    """`clocks`: pulses on SCL that free the bus (UM10204: at most nine), 0 = none ever does.

    Evidence: SDA was held low. It acts from the next transfer on.
    """

    def _start(self) -> None:
        self._before = self.world.bench.bus_hold.holds
        self.world.bench.bus_hold.hold(int(self.number("clocks")), self.world.env.now)

    def _stop(self) -> None:
        self.world.bench.bus_hold.let_go(self.world.env.now)

    def _evidence(self) -> bool:
        return self.world.bench.bus_hold.holds > self._before
