"""An I2C bus between emulated chips: the controller of one, targets on any, itself included.

Bytes take their 9 bits on the controller's clock. What one chip does reaches the other on the other's own
clock, with the intervals kept: a chip that has run ahead by a step of the lockstep is served late, which looks
like a stretched clock, and nothing falls together that was apart. While a transfer runs the chips take
small steps.
"""

from collections.abc import Callable, Sequence

from rp2040py.peripherals._i2c import I2CMode

from emulator.chip.device import ChipMcu

_BITS_PER_BYTE = 9
_STEP_NS = 2_000  # less than a bit of 400 kHz


class TargetEnd:
    """A controller of a chip that acts as a target. A chip without power acknowledges nothing."""

    def __init__(self, mcu: ChipMcu, number: int) -> None:
        self.mcu = mcu
        self.block = mcu.processor.i2c[number]
        self._sent_ns = 0
        self._arrived_ns = 0

    def send(self, t_ns: int, action: Callable[[], None]) -> None:
        """Act on the target's clock at `t_ns`, or as long after what was sent before as it was sent later; not at all
        without power.
        """
        if not self.mcu.is_powered:
            return
        arrives_ns = max(t_ns, self._arrived_ns + (t_ns - self._sent_ns))
        self._sent_ns = t_ns
        self._arrived_ns = self.mcu.lockstep.call_at(arrives_ns, action)

    def answered(self, t_ns: int) -> None:
        """An answer was waited for: both are at one time again."""
        self._sent_ns = self._arrived_ns = t_ns


class I2cWire:
    """Takes the controller `number` of `mcu` off its bench bus and puts it on a wire with `targets`."""

    def __init__(self, mcu: ChipMcu, number: int, targets: Sequence[TargetEnd]) -> None:
        self._mcu = mcu
        self._block = block = mcu.processor.i2c[number]
        self._targets = targets
        self._addressed: TargetEnd | None = None
        self._request = 0  # of the answer that is waited for; others come too late
        self._free_ns = 0  # before that the bus is not free for a START
        block.on_start = mcu.lockstep.guarded(self._start)
        block.on_connect = mcu.lockstep.guarded(self._connect)
        block.on_write_byte = mcu.lockstep.guarded(self._write)
        block.on_read_byte = mcu.lockstep.guarded(self._read)
        block.on_stop = mcu.lockstep.guarded(self._stop)

    # ---- what the controller does

    def _start(self, is_repeated: bool) -> None:
        self._step(_STEP_NS)
        request = self._new_request()
        t_ns = max(self._mcu.lockstep.chip_ns + self._bit_ns, self._free_ns)
        for target in self._targets:
            target.send(t_ns, lambda block=target.block: block.bus_start(is_repeated))
        self._later(request, t_ns, self._block.complete_start)

    def _connect(self, address: int, mode: I2CMode) -> None:
        request = self._new_request()
        t_ns = self._mcu.lockstep.chip_ns + self._byte_ns
        asked = [target for target in self._targets if target.mcu.is_powered]
        silent = len(asked)

        def ask(target: TargetEnd) -> None:
            nonlocal silent
            silent -= 1
            if target.block.bus_address(address, mode == I2CMode.READ):
                self._addressed = target
            if self._addressed is not None or silent == 0:
                is_there = self._addressed is not None
                self._answer(request, target, 0, lambda: self._block.complete_connect(is_there))

        self._addressed = None
        for target in asked:
            target.send(t_ns, lambda target=target: ask(target))
        if not asked:
            self._later(request, t_ns, lambda: self._block.complete_connect(False))

    def _write(self, value: int) -> None:
        target, request = self._target(), self._new_request()

        def acknowledge(is_taken: bool) -> None:
            self._answer(request, target, 0, lambda: self._block.complete_write(is_taken))

        t_ns = self._mcu.lockstep.chip_ns + self._byte_ns
        target.send(t_ns, lambda: target.block.bus_write(value, acknowledge))

    def _read(self, is_acknowledged: bool) -> None:
        target, request = self._target(), self._new_request()

        def answer(value: int) -> None:
            if not is_acknowledged:
                target.mcu.lockstep.call_at(target.mcu.lockstep.chip_ns + self._byte_ns, target.block.bus_read_over)
            self._answer(request, target, self._byte_ns, lambda: self._block.complete_read(value))

        target.send(self._mcu.lockstep.chip_ns, lambda: target.block.bus_read(answer))

    def _stop(self) -> None:
        request = self._new_request()
        t_ns = self._mcu.lockstep.chip_ns + self._bit_ns
        self._free_ns = t_ns + self._bit_ns
        for target in self._targets:
            target.send(t_ns, target.block.bus_stop)
        self._later(request, t_ns, self._block.complete_stop)
        self._step(None)

    # ---- time

    @property
    def _bit_ns(self) -> int:
        block = self._block
        return round((block.scl_high_period + block.scl_low_period) * 1e9 / self._mcu.processor.rp2040.clk_sys)

    @property
    def _byte_ns(self) -> int:
        return _BITS_PER_BYTE * self._bit_ns

    def _answer(self, request: int, target: TargetEnd, delay_ns: int, action: Callable[[], None]) -> None:
        """From the target's clock back to the controller's."""
        target.answered(self._later(request, target.mcu.lockstep.chip_ns + delay_ns, action))

    def _later(self, request: int, t_ns: int, action: Callable[[], None]) -> int:
        """On the controller's clock, if it has not given up by then and asked for something else."""

        def act() -> None:
            if request == self._request:
                action()

        return self._mcu.lockstep.call_at(t_ns, act)

    def _new_request(self) -> int:
        self._request += 1
        return self._request

    def _target(self) -> TargetEnd:
        assert self._addressed is not None, "a byte without an address"
        return self._addressed

    def _step(self, step_ns: int | None) -> None:
        for mcu in {id(end): end for end in (self._mcu, *(target.mcu for target in self._targets))}.values():
            mcu.lockstep.step(step_ns)
