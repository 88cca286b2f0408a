"""PWM slices: two channels share one frequency (ports/rp2/machine_pwm.c, RP2040 datasheet 4.5).

Only frequency and duty reach the net of a pin, not the edges. The arithmetic is the port's, because firmware reads
back what it makes of its wishes.
"""

from collections.abc import Callable

from emulator.errors import NotModelled
from emulator.mcu.costs import CALL_NS
from emulator.mcu.gpio import PWM, GpioBank, GpioPin
from emulator.mcu.pio import SYSTEM_HZ

NOT_SET = -1
_TOP_MAX = 65_534
_FULL = 65_535
_SECOND_NS = 1_000_000_000
_WORD = 0xFFFF_FFFF


class _Slice:
    def __init__(self) -> None:
        self.sixteenths = 16  # the divider
        self.top = _FULL
        self.has_freq = False

    @property
    def count_hz(self) -> int:
        return (16 * SYSTEM_HZ + self.sixteenths // 2) // self.sixteenths

    @property
    def freq_hz(self) -> int:
        period = self.sixteenths * (self.top + 1)
        return (16 * SYSTEM_HZ + period // 2) // period


class PwmChannel:
    """One of sixteen: two GPIOs, n and n + 16, can put it out. `charge(ns)` lets the time of a call pass."""

    def __init__(self, number: int, slice_: _Slice, charge: Callable[[int], int], gpio: GpioBank) -> None:
        self.slice_number, self.place = divmod(number, 2)
        self.other: PwmChannel | None = None
        self._slice = slice_
        self._charge = charge
        self._gpio = gpio
        self._pins: list[GpioPin] = []
        self._wish: tuple[str, int] | None = None  # ("u16" or "ns", value)
        self._level = 0
        self._is_running = False

    # ---- settings

    def forget_duty(self) -> None:
        self._wish = None

    def set(self, freq_hz: int, duty_u16: int, duty_ns: int) -> None:
        """As PWM.init; what is NOT_SET stays."""
        if freq_hz != NOT_SET:
            self._set_freq(freq_hz)
        if duty_u16 != NOT_SET:
            self._wish = ("u16", min(duty_u16, _FULL))
        if duty_ns != NOT_SET:
            self._wish = ("ns", duty_ns)
        self._refresh()

    def set_freq(self, freq_hz: int) -> None:
        """Of the slice, so of the other channel too. Raises ValueError for what no divider gives."""
        self._set_freq(freq_hz)
        self._refresh()

    def set_duty_u16(self, duty: int) -> None:
        self._wish = ("u16", min(duty, _FULL))
        self._refresh()

    def set_duty_ns(self, duty: int) -> None:
        self._wish = ("ns", duty)
        self._refresh()

    def connect(self, number: int) -> None:
        """The pin puts this channel out from now on."""
        pin = self._gpio.pin(number)
        if pin not in self._pins:
            self._pins.append(pin)
        pin.give_to(PWM)
        self._tell(self._charge(0))

    def stop(self) -> None:
        """The slice stands still, both channels of it."""
        now_ns = self._charge(CALL_NS)
        for channel in (self, self.other):
            if channel is not None:
                channel._is_running = False
                channel._tell(now_ns)

    # ---- what firmware reads back

    @property
    def freq_hz(self) -> int:
        return self._slice.freq_hz if self._slice.has_freq else 0

    @property
    def duty_u16(self) -> int:
        if self._wish is None or not self._slice.has_freq:
            return 0
        counts = self._slice.top + 1
        return (self._level * _FULL + counts // 2) // counts

    @property
    def duty_ns(self) -> int:
        if self._wish is None or not self._slice.has_freq:
            return 0
        count_hz = self._slice.count_hz
        return (self._level * _SECOND_NS + count_hz // 2) // count_hz

    # ---- inside

    def _set_freq(self, freq_hz: int) -> None:
        if freq_hz < 0 or freq_hz > SYSTEM_HZ:
            raise NotModelled(f"machine.PWM at {freq_hz} Hz")
        if freq_hz and (SYSTEM_HZ + freq_hz // 2) // freq_hz < _TOP_MAX:
            sixteenths, top = 16, (SYSTEM_HZ + freq_hz // 2) // freq_hz - 1
        else:
            wanted = _TOP_MAX * freq_hz
            sixteenths = (16 * SYSTEM_HZ + wanted - 1) // wanted if wanted else 256 * 16
            if sixteenths >= 256 * 16:
                raise ValueError("freq too small")
            top = (16 * SYSTEM_HZ + sixteenths * freq_hz // 2) // (sixteenths * freq_hz) - 1
        self._slice.sixteenths, self._slice.top, self._slice.has_freq = sixteenths, top, True

    def _refresh(self) -> None:
        now_ns = self._charge(CALL_NS)
        for channel in (self, self.other):
            if channel is not None and channel._wish is not None:
                channel._compute()
                channel._is_running = channel._is_running or self._slice.has_freq
                channel._tell(now_ns)

    def _compute(self) -> None:
        assert self._wish is not None
        kind, value = self._wish
        counts = self._slice.top + 1
        if kind == "u16":
            self._level = (value * counts + _FULL // 2 & _WORD) // _FULL & 0xFFFF
        else:
            self._level = min((value * self._slice.count_hz + _SECOND_NS // 2) // _SECOND_NS & _WORD, counts)

    def _tell(self, now_ns: int) -> None:
        for pin in self._pins:
            if pin.function == PWM:
                if self._is_running and self._wish is not None:
                    kind, value = self._wish
                    pin.net.tone(self.freq_hz, max(0, value) if kind == "u16" else self.duty_u16, now_ns)
                else:
                    pin.net.tone(0, 0, now_ns)


class PwmBank:
    """The sixteen channels of one power-on."""

    def __init__(self, gpio: GpioBank, charge: Callable[[int], int]) -> None:
        slices = [_Slice() for _ in range(8)]
        self._channels = [PwmChannel(number, slices[number // 2], charge, gpio) for number in range(16)]
        for number, channel in enumerate(self._channels):
            channel.other = self._channels[number ^ 1]

    def channel(self, number: int) -> PwmChannel:
        return self._channels[number]
