"""The USB port of an emulated chip on a TCP socket, for tools that want a port of the operating system.

Chip time never runs ahead of the wall clock: the tools' own time-outs are in seconds of the wall.
"""

from __future__ import annotations

import select
import socket
import time
from threading import Event, Thread
from types import TracebackType

from tests.chip.chip_pump import ChipPump

_SLICE_NS = 2_000_000


class ChipPort:
    """While entered, a thread of its own runs the pump; nobody else may. `url` is for pyserial.

    `error` is what ended the thread early. One host at a time; the next one may connect when it has gone.
    """

    def __init__(self, pump: ChipPump) -> None:
        self._pump = pump
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._host: socket.socket | None = None
        self._end = Event()
        self._thread = Thread(target=self._serve)
        self.error: BaseException | None = None
        self.url = f"socket://127.0.0.1:{self._listener.getsockname()[1]}"
        pump.world.cable.on_data(self._to_host)

    def __enter__(self) -> ChipPort:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()
        self._listener.close()
        if self._host is not None:
            self._host.close()
        if self.error is not None and error is None:
            raise self.error

    def _serve(self) -> None:
        clock = self._pump.clock
        ahead_s = time.monotonic() - clock.now_s()
        try:
            while not self._end.is_set():
                self._from_host()
                clock.run_until(clock.now_ns + _SLICE_NS)
                early_s = clock.now_s() + ahead_s - time.monotonic()
                if early_s > 0:
                    time.sleep(early_s)
                else:
                    ahead_s = time.monotonic() - clock.now_s()
        except BaseException as error:
            self.error = error

    def _from_host(self) -> None:
        waiting = self._listener if self._host is None else self._host
        if not select.select([waiting], [], [], 0)[0]:
            return
        if self._host is None:
            self._host, _ = self._listener.accept()
            return
        try:
            data = self._host.recv(4096)
        except OSError:
            data = b""
        if data:
            self._pump.world.cable.write(data)
        else:
            self._host.close()
            self._host = None

    def _to_host(self, data: bytes, _t_ns: int) -> None:
        if self._host is not None:
            try:
                self._host.sendall(data)
            except OSError:
                self._host.close()
                self._host = None
