"""A URL or device name to an open line: what `pumpbench ctl` and `inject` are given as --port."""

from __future__ import annotations

from typing import Protocol, cast

import hil.ports as _ports  # noqa: F401  pyserial learns pump:// from it
from hil.ports.bench_url import split_url
from hil.pump.exchange import Clock, Stream, WallClock
from hil.targets.board_line import opened


class OpenLine(Stream, Protocol):
    """The part of an open serial.SerialBase that is used."""

    def close(self) -> None: ...


def open_line(url: str) -> OpenLine:
    """The open port; what the URL says of a control channel is left aside (bench_url.py). BenchBroken as `opened`."""
    return cast(OpenLine, opened(split_url(url).line, "pump://[SCENARIO]"))


def clock_of(line: object) -> Clock:
    """The clock that time-outs on this line count by: the pump's own for pump://, else the wall."""
    return getattr(line, "clock", None) or WallClock()
