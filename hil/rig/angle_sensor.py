"""The AS5600 that the pump reads, as a target on I2C0: status and raw angle, registers 0x0B to 0x0D.

The angle is set in the interrupt at the address of a read, while the clock is held: all of it belongs to one moment.

Four bytes of memory, so that register 0x0B is the last of them, and one read of three bytes ends where the next begins
(MicroPython 1.28 puts one byte more into the FIFO after a read, and the RP2040 throws both FIFOs away at the next one,
IC_TX_ABRT_SOURCE.ABRT_SLVFLUSH_TXFIFO). A register number that is lost because another handler ran is then not missed.
"""

from machine import I2CTarget, Pin
from micropython import const

from hil.rig.noise import Noise

ADDRESS = const(0x36)
_BYTES = const(4)
_STATUS = const(3)  # register 0x0B, modulo 4
_ANGLE_HIGH = const(0)  # 0x0C
_ANGLE_LOW = const(1)  # 0x0D
_MAGNET_DETECTED = const(0x20)
_MAGNET_WEAK = const(0x10)
_COUNTS = const(4_096)
# Counts a thousandth of a microstep: 4096 / 3 200 000 = 16 / 12 500.
_NUMERATOR = const(16)
_DENOMINATOR = const(12_500)
_NEAR = const(3)

NOT_STUCK = const(-1)


class AngleSensor:
    """stuck_counts: gives this angle for ever. sigma_counts: noise on top. has_magnet: else stray fields.

    Counters are the evidence of faults: stuck_reads, noisy_reads, magnetless_reads.
    """

    def __init__(self, drive, sda, scl, seed):
        self.offset_counts = 1_234
        self.stuck_counts = NOT_STUCK
        self.sigma_counts = 0
        self.has_magnet = True
        self.reads = 0
        self.stuck_reads = 0
        self.noisy_reads = 0
        self.magnetless_reads = 0
        self._drive = drive
        self._sda = sda
        self._scl = scl
        self._noise = Noise(seed)
        self._registers = bytearray(_BYTES)
        self._handler = self._told
        self._target = None
        self._show_magnet()
        self.connect()

    @property
    def is_dead(self):
        return self._target is None

    def connect(self):
        """On the bus; harmless when it is there."""
        if self._target is None:
            self._target = I2CTarget(0, ADDRESS, mem=self._registers, scl=Pin(self._scl), sda=Pin(self._sda))
            self._target.irq(self._handler, I2CTarget.IRQ_ADDR_MATCH_READ, hard=True)

    def disconnect(self):
        """Dead: nobody acknowledges its address."""
        if self._target is not None:
            self._target.deinit()
            self._target = None

    def show_magnet(self, has_magnet):
        self.has_magnet = has_magnet
        self._show_magnet()

    def _show_magnet(self):
        self._registers[_STATUS] = _MAGNET_DETECTED if self.has_magnet else _MAGNET_WEAK

    def true_counts(self):
        """The angle without noise. Belongs to handlers, and to others with interrupts off."""
        self._drive.update()
        return (self.offset_counts + self._drive.motor.angle * _NUMERATOR // _DENOMINATOR) % _COUNTS

    def _told(self, _target):
        counts = self.true_counts()
        self.reads += 1
        if not self.has_magnet:
            self.magnetless_reads += 1
            counts = self._noise.word() % _COUNTS
        elif self.stuck_counts != NOT_STUCK:
            away = (counts - self.stuck_counts + _COUNTS // 2) % _COUNTS - _COUNTS // 2
            if away > _NEAR or away < -_NEAR:
                self.stuck_reads += 1
            counts = self.stuck_counts
        elif self.sigma_counts:
            self.noisy_reads += 1
            counts = (counts + self._noise.deviate(self.sigma_counts)) % _COUNTS
        self._registers[_ANGLE_HIGH] = counts >> 8
        self._registers[_ANGLE_LOW] = counts & 0xFF
