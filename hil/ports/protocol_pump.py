"""pyserial's handler for `pump://[scenario][?seed=N][&maintenance]`: an emulated pump inside the process.

The scenario is a name of the library (`pump://demo_week`) or a file (`pump:///home/me/test.toml`); without
one the pump is as new. Time is the pump's own and moves only while somebody reads: a read waits in virtual
time, so that a program which asks for a day's worth of answers has them in a moment. Each opening makes a
new pump; `pump` and `clock` are there for programs that know what they talk to.
"""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

from serial.serialutil import PortNotOpenError, SerialBase, SerialException

from hil.errors import PumpbenchError
from hil.ports.emulated import EmulatedPump
from hil.scenario.reader import read_file
from hil.targets.sim_serial import SimClock

_FOREVER_NS = 365 * 86_400_000_000_000


class Serial(SerialBase):
    """A port as pyserial has it. Line settings are accepted and mean nothing, as on USB CDC."""

    def __init__(self, *arguments: object, **settings: object) -> None:
        self._received = bytearray()
        self.pump: EmulatedPump | None = None
        super().__init__(*arguments, **settings)  # type: ignore[arg-type]

    @property
    def clock(self) -> SimClock:
        return self._opened().clock

    def open(self) -> None:
        """SerialException for a URL or a scenario that cannot be."""
        if self.is_open:
            raise SerialException("the port is open already")
        if self.port is None:
            raise SerialException("no port is set")
        self.pump = _pump_of(self.port)
        self.pump.on_data(self._arrived)
        self._received.clear()
        self.is_open = True

    def close(self) -> None:
        if self.pump is not None:
            self.pump.close()
        self.is_open = False

    def _opened(self) -> EmulatedPump:
        if not self.is_open or self.pump is None:
            raise PortNotOpenError
        return self.pump

    def _arrived(self, data: bytes) -> None:
        self._received += data
        self._opened().clock.wake()

    @property
    def in_waiting(self) -> int:
        self._opened()
        return len(self._received)

    def read(self, size: int = 1, /) -> bytes:
        """As pyserial: `size` bytes, or fewer when the time-out has passed, in the pump's own time."""
        pump = self._opened()
        wait_ns = _FOREVER_NS if self.timeout is None else round(self.timeout * 1e9)
        pump.run_until(pump.clock.now_ns + wait_ns, lambda: len(self._received) >= size)
        data = bytes(self._received[:size])
        del self._received[:size]
        return data

    def write(self, data: bytes, /) -> int:
        self._opened().write(bytes(data))
        return len(data)

    def reset_input_buffer(self) -> None:
        self._opened()
        self._received.clear()

    def reset_output_buffer(self) -> None:
        self._opened()

    def flush(self) -> None:
        self._opened()

    def _reconfigure_port(self) -> None:
        """Nothing to set."""

    _update_rts_state = _update_dtr_state = _update_break_state = _reconfigure_port

    @property
    def cts(self) -> bool:
        return True

    dsr = cd = cts

    @property
    def ri(self) -> bool:
        return False


def _pump_of(url: str) -> EmulatedPump:
    parts = urlsplit(url)
    options = parse_qs(parts.query, keep_blank_values=True)
    name = unquote(parts.netloc + parts.path)
    try:
        if unknown := set(options) - {"seed", "maintenance"}:
            raise ValueError(f"no option {', '.join(sorted(unknown))}; there are seed=N and maintenance")
        seed = int(options["seed"][0]) if "seed" in options else None
        scenario = read_file(name, seed)[0] if name else None
        return EmulatedPump(scenario, seed=seed or 0, is_in_maintenance="maintenance" in options)
    except (PumpbenchError, ValueError) as error:
        raise SerialException(f"{url}: {error}") from error
