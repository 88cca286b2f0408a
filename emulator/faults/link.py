"""Faults of the serial link. None of them may affect therapy (LNK-03)."""

from collections.abc import Callable
from random import Random

from emulator.errors import NotModelled
from emulator.faults.base import UNTIL_CLEARED, Fault, Parameter, catalogued

_VERDICT = "no effect on therapy, counted"


class _LinkFault(Fault):
    """Base: both directions pass through _to_device and _to_host; touched counts bytes changed or made."""

    may_overlap = True
    touched = 0

    def _start(self) -> None:
        self._random = Random(f"{self.world.seed}/{self.id}/{self.at_ns}")
        # Bound methods are made anew at each access; the cable must get the same ones back.
        self._filters = (self._to_device, self._to_host)
        self.world.cable.insert(*self._filters)

    def _stop(self) -> None:
        self.world.cable.remove(*self._filters)

    def _evidence(self) -> bool:
        return self.touched > 0

    def _to_device(self, data: bytes) -> bytes:
        return data

    def _to_host(self, data: bytes) -> bytes:
        return data

    def _noise(self, count: int) -> bytes:
        self.touched += count
        return self._random.randbytes(count)

    def _every(self, period_s: float, act: Callable[[], None]) -> None:
        """Call `act` each period while active."""

        def tick() -> None:
            if self.is_active:
                act()
                self.after(period_s, tick)

        self.after(period_s, tick)


@catalogued(
    "link.noise",
    "bytes are altered, and some come from nowhere",
    _VERDICT,
    duration=UNTIL_CLEARED,
    fraction=Parameter("fraction", 0.05, 0.0, 1.0),
    spurious=Parameter("number", 1.0, 0.0, 10_000.0),
)
class Noise(_LinkFault):
    """`fraction` of bytes altered, both ways; `spurious` random bytes per second into the device."""

    def _start(self) -> None:
        super()._start()
        if self.number("spurious"):
            self._every(1.0 / self.number("spurious"), self._make_up)

    def _make_up(self) -> None:
        self.world.cable.push_to_device(self._noise(1))

    def _alter(self, data: bytes) -> bytes:
        out = bytearray(data)
        for i in range(len(out)):
            if self._random.random() < self.number("fraction"):
                out[i] ^= self._random.randrange(1, 256)
                self.touched += 1
        return bytes(out)

    _to_device = _alter
    _to_host = _alter


@catalogued(
    "link.drop",
    "bytes vanish; all of them when the cable is out",
    _VERDICT,
    duration=UNTIL_CLEARED,
    fraction=Parameter("fraction", 1.0, 0.0, 1.0),
)
class Drop(_LinkFault):
    """`fraction` of bytes lost, both ways."""

    def _lose(self, data: bytes) -> bytes:
        kept = bytes(byte for byte in data if self._random.random() >= self.number("fraction"))
        self.touched += len(data) - len(kept)
        return kept

    _to_device = _lose
    _to_host = _lose


@catalogued(
    "link.flood",
    "random bytes without end",
    _VERDICT,
    duration=Parameter("duration", 10.0, 0.0, 86_400.0),
    rate=Parameter("number", 11_520.0, 1.0, 1_000_000.0),
)
class Flood(_LinkFault):
    """`rate`: bytes per second into the device, in pieces of 10 ms. Where the link makes its sender wait, as
    USB does, there are only as many as the device takes.
    """

    _PERIOD_S = 0.01

    def _start(self) -> None:
        super()._start()
        self._every(self._PERIOD_S, self._pour)

    def _pour(self) -> None:
        cable = self.world.cable
        count = min(max(round(self.number("rate") * self._PERIOD_S), 1), cable.room)
        if count:
            cable.push_to_device(self._noise(count))


@catalogued(
    "link.stall",
    "nothing gets through; it all comes when the fault ends",
    _VERDICT,
    duration=Parameter("duration", 60.0, 0.0, 86_400.0),
)
class Stall(_LinkFault):
    """Bytes are held, both ways."""

    def _start(self) -> None:
        super()._start()
        self._held_to_device = bytearray()
        self._held_to_host = bytearray()

    def _to_device(self, data: bytes) -> bytes:
        self.touched += len(data)
        self._held_to_device += data
        return b""

    def _to_host(self, data: bytes) -> bytes:
        self.touched += len(data)
        self._held_to_host += data
        return b""

    def _stop(self) -> None:
        super()._stop()
        self.world.cable.push_to_device(bytes(self._held_to_device))
        self.world.cable.push_to_host(bytes(self._held_to_host))


@catalogued(
    "link.replay",
    "somebody sends again what the host sent",
    _VERDICT,
    duration=UNTIL_CLEARED,
    delay=Parameter("duration", 1.0, 0.001, 86_400.0),
    times=Parameter("count", 1, 1, 1_000),
)
class Replay(_LinkFault):
    """Each write of the host while active comes again `times` times, `delay` apart."""

    def _to_device(self, data: bytes) -> bytes:
        for i in range(int(self.number("times"))):
            self.after(self.number("delay") * (i + 1), lambda: self._again(data))
        return data

    def _again(self, data: bytes) -> None:
        if self.is_active:
            self.touched += len(data)
            self.world.cable.push_to_device(data)


@catalogued("link.wrong_key", "a host with a wrong key tries to open a session", _VERDICT)
class WrongKey(Fault):
    """The link alone cannot forge a session: a caller that knows the protocol sets `World.stranger`.

    Evidence: the pump refused the stranger's key.
    """

    def _start(self) -> None:
        if self.world.stranger is None:
            raise NotModelled("link.wrong_key", "World.stranger needs a host that knows the session protocol")
        self._stranger = self.world.stranger(self.world.cable)

    def _stop(self) -> None:
        self._stranger.stop()

    def _evidence(self) -> bool:
        return self._stranger.refusals > 0
