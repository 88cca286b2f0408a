"""The emulated RP2040 in the place of the emulated Pico: the same switches, nets and cables."""

from collections.abc import Callable
from types import ModuleType

from emulator.chip.console import Console
from emulator.chip.converter import connect_converter
from emulator.chip.flash import ChipFlash
from emulator.chip.i2c import I2cBridge
from emulator.chip.lockstep import Lockstep
from emulator.chip.pins import Listen, Pins, see_at_once
from emulator.chip.processor import BY_WATCHDOG, Processor
from emulator.chip.tone_pwm import ToneListener, TonePwm
from emulator.chip.usb import ChipUsb
from emulator.env import WorldEnvironment
from emulator.errors import NotModelled
from emulator.mcu.gpio import Wiring
from emulator.mcu.i2c import I2cBus
from emulator.nets import DigitalNet, Nets

PowerListener = Callable[[str, int], None]
ByteListener = Callable[[bytes, int], None]


class ChipMcu:
    """One board. Off until `power_on`. `resets` lists (t_ns, cause) of the chip's own restarts: cause
    BY_WATCHDOG or BY_REQUEST.
    """

    def __init__(
        self,
        env: WorldEnvironment,
        nets: Nets,
        wiring: Wiring,
        flash: ChipFlash,
        processor: Processor,
        listen: Listen = see_at_once,
    ) -> None:
        self.env = env
        self.nets = nets
        self.flash = flash
        self.processor = processor
        self.lockstep = Lockstep(env, processor)
        self.resets: list[tuple[int, int]] = []
        self.i2c = (I2cBus(0), I2cBus(1))
        rp2040 = processor.rp2040
        self._pins = Pins(processor, self.lockstep, nets, wiring, listen)
        wires = (nets.digital("I2C0_SDA"), nets.digital("I2C0_SCL"))
        self._bridges = [
            I2cBridge(processor.i2c[0], self.i2c[0], wires, self.lockstep),
            I2cBridge(processor.i2c[1], self.i2c[1], None, self.lockstep),
        ]
        connect_converter(rp2040.adc, self.lockstep, nets, wiring)
        self._pwm = TonePwm(rp2040)
        tones = getattr(wiring, "TONES", ())
        self._tones = [nets.digital(name) for name in tones]
        for pin, name in wiring.PINS.items():
            if name in tones:
                self._pwm.listen(pin, self._tone_on(nets.digital(name)))
        self.usb = ChipUsb(rp2040, self.lockstep.guarded(self._wrote))
        self._console = Console()
        self._byte_listeners: tuple[ByteListener, ...] = ()
        self._power_listeners: tuple[PowerListener, ...] = ()
        self.is_powered = False
        processor.on_restart = self.lockstep.guarded(self._restarted)
        flash.connect(self.lockstep.guarded(self.power_off))

    # ---- power

    def power_on(self) -> None:
        """Connect the supply; nothing happens when it is connected."""
        if not self.is_powered:
            self.is_powered = True
            self._console.restarted()
            self.processor.power_up()
            self.lockstep.start()
            self._tell("on")

    def power_off(self) -> None:
        """Cut the supply now, wherever the chip is; flash keeps what was written."""
        if self.is_powered:
            self.lockstep.now()
            self.is_powered = False
            self.flash.interrupt()
            self.lockstep.stop()
            self._let_go()
            self._tell("off")

    def reset(self) -> None:
        """The RUN pin; without effect while off."""
        if self.is_powered:
            self.processor.pull_run_low()
            self._begin_again()

    def on_power(self, listener: PowerListener) -> None:
        """`listener(event, t_ns)`, event one of on, off, reset."""
        self._power_listeners += (listener,)

    @property
    def is_running(self) -> bool:
        """Powered, and the core is not hung."""
        return self.is_powered and not self.processor.is_frozen

    def freeze(self) -> None:
        """The core hangs: no instruction, no handler; time, PIO and the watchdog go on."""
        self.processor.is_frozen = self.is_powered
        self.processor.stop()

    def thaw(self) -> None:
        """The core goes on where it hung."""
        self.processor.is_frozen = False
        self.processor.stop()

    @property
    def frozen(self) -> bool:
        return self.processor.is_frozen

    # ---- serial and console

    def stdin_feed(self, data: bytes) -> None:
        """Bytes from the host over USB; a device that is off hears nothing."""
        if self.is_powered:
            self.usb.feed(data)

    @property
    def stdin_room(self) -> int:
        """How many bytes of the host find room now."""
        return self.usb.room

    def on_stdout(self, listener: ByteListener) -> None:
        """`listener(data, t_ns)`: everything the device writes to USB."""
        self._byte_listeners += (listener,)

    @property
    def console(self) -> str:
        """What the board said in words, over all restarts."""
        return self._console.text

    @property
    def crash(self) -> str | None:
        """A traceback that the board printed in this power-on."""
        return self._console.crash

    @property
    def modules(self) -> dict[str, ModuleType]:
        """Raises NotModelled: the firmware's objects are MicroPython's, on its own heap."""
        raise NotModelled("a look into the chip's RAM", "use target sim for faults in RAM")

    _chip = modules  # where emulator.faults.memory reaches for it

    # ---- inside

    def _wrote(self, data: bytes) -> None:
        t_ns = self.lockstep.now()
        self._console.keep(data)
        for listener in self._byte_listeners:
            listener(data, t_ns)

    def _restarted(self, cause: int) -> None:
        self.lockstep.now()
        self.resets.append((self.env.now, cause))
        self._begin_again()

    def _begin_again(self) -> None:
        self._console.restarted()
        self._let_go()
        self._tell("reset")

    def _let_go(self) -> None:
        t_ns = self.env.now
        self._pwm.reset()
        self._pins.release(t_ns)
        for net in self._tones:
            net.tone(0, 0, t_ns)

    def _tone_on(self, net: DigitalNet) -> ToneListener:
        def tell(freq_hz: int, duty_u16: int) -> None:
            net.tone(freq_hz, duty_u16, self.lockstep.now())

        return self.lockstep.guarded(tell)

    def _tell(self, event: str) -> None:
        for listener in self._power_listeners:
            listener(event, self.env.now)


__all__ = ["BY_WATCHDOG", "ChipMcu"]
