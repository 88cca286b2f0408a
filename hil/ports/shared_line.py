"""One serial line for several programs: a host at one TCP port, observers at another (observers.py)."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from hil.errors import BenchBroken
from hil.ports.loop import Loop
from hil.ports.observers import Observers
from hil.ports.tcp_port import TcpPort
from hil.targets.board_line import BoardLine

_TICK_S = 0.1
_READ_S = 0.1
_PIECE = 4096


class SharedLine:
    """Holds the line at `url` (board_line.py) and serves it until `stop`. A context manager.

    What the host writes and reads passes unchanged. A line that goes away is opened again when it is back; `tell(text)`
    hears of both. BenchBroken when the line or a TCP port cannot be had.
    """

    def __init__(self, url: str, host_port: int, observers_port: int, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._loop = Loop()
        self._received: deque[bytes] = deque()
        self._is_stopping = False
        self._was_gone = False
        self._line = BoardLine(url)
        self._line.timeout = _READ_S
        try:
            self.host = TcpPort(self._loop, self._take_from_host, host_port)
        except BenchBroken:
            self._close_line()
            raise
        try:
            self.observers = Observers(self._loop, self._line.write, lambda: self.host.is_held, observers_port)
        except BenchBroken:
            self.host.close()
            self._close_line()
            raise
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> SharedLine:
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_stopping = True
        self._reader.join()
        self.host.close()
        self.observers.close()
        self._close_line()

    def serve(self) -> None:
        while not self._is_stopping:
            self._loop.turn(_TICK_S)
            while self._received:
                data = self._received.popleft()
                self.host.send(data)
                self.observers.take_from_pump(data)
            now_s = time.monotonic()
            self.host.tick(now_s)
            self.observers.tick(now_s)
            self._look()

    def stop(self) -> None:
        """End `serve`; from any thread or a signal handler."""
        self._is_stopping = True
        self._loop.wake()

    def _take_from_host(self, data: bytes) -> None:
        self._line.write(data)
        self.observers.take_from_host(data)

    def _read(self) -> None:
        while not self._is_stopping:
            data = self._line.read(min(max(1, self._line.in_waiting), _PIECE))
            if data:
                self._received.append(data)
                self._loop.wake()

    def _look(self) -> None:
        is_gone = self._line.gone_since_s is not None
        if is_gone != self._was_gone:
            self._was_gone = is_gone
            self._tell("the line is gone; it is opened again when it is back" if is_gone else "the line is back")

    def _close_line(self) -> None:
        self._line.close()
        self._loop.close()
