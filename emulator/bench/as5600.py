"""AS5600 magnetic angle sensor as its bus sees it.

Register addresses and bits: AS5600 datasheet, "Register Description"; address pointer: "I2C Interface".
"""

from math import pi, sin
from random import Random

from emulator.bench.config import BenchConfig
from emulator.bench.noise import deviates
from emulator.plant import Plant

STATUS, RAW_ANGLE, ANGLE, AGC, MAGNITUDE = 0x0B, 0x0C, 0x0E, 0x1A, 0x1B
MAGNET_DETECTED, MAGNET_WEAK = 0x20, 0x10
COUNTS_PER_REV = 4_096
_ZPOS = 0x01
_CONFIGURATION = range(0x01, 0x09)
# Pairs that the pointer does not leave by itself, so that an angle can be read again and again.
_STAYS_AT = {RAW_ANGLE + 1: RAW_ANGLE, ANGLE + 1: ANGLE, MAGNITUDE + 1: MAGNITUDE}
_AGC_MIDDLE, _AGC_MAXIMUM = 0x40, 0x80  # 3.3 V operation
_MAGNITUDE_NOMINAL = 0x06B0


class As5600:
    """Angle of the rotor, 12 bits, with mounting offset, eccentricity, non-linearity and noise.

    is_dead: answers nothing. stuck_counts: gives this angle for ever. extra_noise_counts: one standard
    deviation on top. has_magnet: False and the angle is that of stray fields.
    Counters are the evidence of faults: unanswered, stuck_reads, noisy_reads, magnetless_reads.
    """

    def __init__(self, plant: Plant, config: BenchConfig, seed: object) -> None:
        self._plant = plant
        self._motor = plant.motor
        self._random = Random(f"{seed}/as5600")
        self._noise = deviates(f"{seed}/as5600")
        self._noise_counts = config.rotor_noise_counts
        self._offset_counts = config.magnet_offset_counts
        self._eccentricity_counts = config.magnet_eccentricity_deg * COUNTS_PER_REV / 360
        self._linearity_counts = config.magnet_linearity_deg * COUNTS_PER_REV / 360
        # The rotor stands most of the time: the angle of the last position is kept.
        self._position_millisteps: int | None = None
        self._true_counts = 0.0
        self._pointer = 0
        self._configuration = {register: 0 for register in _CONFIGURATION}
        self.is_dead = False
        self.stuck_counts: int | None = None
        self.extra_noise_counts = 0.0
        self.has_magnet = True
        self.unanswered = 0
        self.stuck_reads = 0
        self.noisy_reads = 0
        self.magnetless_reads = 0

    def write(self, data: bytes, t_ns: int) -> bool:
        """Pointer, then register contents. False when nobody acknowledges."""
        if self.is_dead:
            self.unanswered += 1
            return False
        if data:
            self._pointer = data[0]
        if len(data) > 1:
            for value in data[1:]:
                if self._pointer in self._configuration:
                    self._configuration[self._pointer] = value
                self._pointer += 1
        return True

    def read_from(self, pointer: int, n: int, t_ns: int) -> bytes | None:
        """`n` bytes from `pointer` on, in one transfer. None when nobody acknowledges."""
        if pointer == STATUS and n == 3 and self.has_magnet and not self.is_dead:
            # What a pump reads at each stroke: status and angle. The same bytes as `read` gives, sooner.
            self._pointer = RAW_ANGLE
            raw = self.sample(t_ns)
            return bytes((MAGNET_DETECTED, raw >> 8, raw & 0xFF))
        return self.read(n, t_ns) if self.write(bytes((pointer,)), t_ns) else None

    def read(self, n: int, t_ns: int) -> bytes | None:
        """`n` bytes from the pointer on; one angle is sampled per transfer."""
        if self.is_dead:
            self.unanswered += 1
            return None
        raw = self.sample(t_ns)
        pointer = self._pointer
        out = bytearray(n)
        for i in range(n):
            out[i] = self._byte(pointer, raw)
            pointer = _STAYS_AT.get(pointer, pointer + 1)
        self._pointer = pointer
        return bytes(out)

    def true_counts(self, t_ns: int) -> float:
        """The angle without noise, 0 to 4096."""
        self._plant.settle(t_ns)
        if self._motor.position_millisteps != self._position_millisteps:
            self._turn()
        return self._true_counts

    def _turn(self) -> None:
        self._position_millisteps = self._motor.position_millisteps
        turn = self._motor.rotor_rev
        eccentric = self._eccentricity_counts * sin(2 * pi * turn)
        # A magnet that is tilted or too large bends the angle twice a turn (AS5600 datasheet, "Magnet").
        bent = self._linearity_counts * sin(4 * pi * turn)
        self._true_counts = (self._offset_counts + turn * COUNTS_PER_REV + eccentric + bent) % COUNTS_PER_REV

    def sample(self, t_ns: int) -> int:
        """What the sensor makes of the angle now, 0 to 4095."""
        if self._plant.may_turn:
            self._plant.advance(t_ns)
        if self._motor.position_millisteps != self._position_millisteps:
            self._turn()
        true = self._true_counts
        if not self.has_magnet:
            self.magnetless_reads += 1
            return self._random.randrange(COUNTS_PER_REV)
        if self.stuck_counts is not None:
            if abs((true - self.stuck_counts + 2048) % COUNTS_PER_REV - 2048) > 3:
                self.stuck_reads += 1
            return self.stuck_counts
        noise = self._noise_counts
        if self.extra_noise_counts:
            noise += self.extra_noise_counts
            self.noisy_reads += 1
        return round(true + noise * next(self._noise)) % COUNTS_PER_REV

    def _byte(self, register: int, raw: int) -> int:
        if register == RAW_ANGLE:
            return raw >> 8
        if register == RAW_ANGLE + 1:
            return raw & 0xFF
        if register == STATUS:
            return MAGNET_DETECTED if self.has_magnet else MAGNET_WEAK
        if register in (ANGLE, ANGLE + 1):
            zero = (self._configuration[_ZPOS] << 8 | self._configuration[_ZPOS + 1]) & 0x0FFF
            angle = (raw - zero) % COUNTS_PER_REV
            return angle >> 8 if register == ANGLE else angle & 0xFF
        if register == AGC:
            return _AGC_MIDDLE if self.has_magnet else _AGC_MAXIMUM
        if register in (MAGNITUDE, MAGNITUDE + 1):
            magnitude = _MAGNITUDE_NOMINAL if self.has_magnet else 0
            return magnitude >> 8 if register == MAGNITUDE else magnitude & 0xFF
        return self._configuration.get(register, 0)
