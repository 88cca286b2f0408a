"""A pump behind a real port, served by a thread of its own, and the command line in this process."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

from hil import cli
from hil.ports.emulated import EmulatedPump
from hil.ports.server import PumpServer
from hil.scenario.reader import read_file


class ServedPump:
    """`make_port(loop, take)` as PumpServer takes it. The thread makes the pump: a greenlet stays where it
    was born. A context manager; what the thread dies of is raised at the end.
    """

    def __init__(
        self,
        make_port: Callable[..., Any],
        speed: float | str = "asked",
        scenario: str | None = None,
        is_in_maintenance: bool = False,
        prepare: Callable[[EmulatedPump], object] = lambda pump: None,
    ) -> None:
        self._arguments = (make_port, speed, scenario, is_in_maintenance, prepare)
        self._is_ready = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> ServedPump:
        self._thread.start()
        assert self._is_ready.wait(60)
        if self._error:
            raise self._error
        return self

    def __exit__(self, *_error: object) -> None:
        self.server.stop()
        self._thread.join(30)
        assert not self._thread.is_alive()
        if self._error:
            raise self._error

    @property
    def url(self) -> str:
        return self.server.port.urls[0]

    def _serve(self) -> None:
        make_port, speed, scenario, is_in_maintenance, prepare = self._arguments
        try:
            found = read_file(scenario)[0] if scenario else None
            pump = EmulatedPump(found, is_in_maintenance=is_in_maintenance)
            prepare(pump)
            with PumpServer(pump, make_port, speed) as self.server:
                self._is_ready.set()
                self.server.serve()
        except BaseException as error:
            self._error = error
        finally:
            self._is_ready.set()


def pumpbench(monkeypatch: Any, capsys: Any, *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `pumpbench ARGUMENTS`."""
    monkeypatch.setattr(sys, "argv", ["pumpbench", *arguments])
    monkeypatch.setattr(cli.signal, "signal", lambda *_: None)
    capsys.readouterr()
    try:
        cli.main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    seen = capsys.readouterr()
    return code, seen.out, seen.err
