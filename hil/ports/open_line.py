"""A URL or device name to an open line: what `pumpbench ctl` and `inject` are given as --port."""

from __future__ import annotations

import re
from typing import Protocol, cast

import serial

import hil.ports as _ports  # noqa: F401  pyserial learns pump:// from it
from hil.errors import BenchBroken
from hil.ports.bench_url import split_url
from hil.pump.exchange import Clock, Stream, WallClock
from hil.targets.board_line import BAUD


class OpenLine(Stream, Protocol):
    """The part of an open serial.SerialBase that is used."""

    def close(self) -> None: ...


def open_line(url: str) -> OpenLine:
    """The open port; what the URL says of a control channel is left aside (bench_url.py). It is locked against a
    second program where the system can.

    BenchBroken names the port, what is wrong, and what to try.
    """
    url = split_url(url).line
    try:
        exclusive = None if "://" in url else True
        return cast(OpenLine, serial.serial_for_url(url, baudrate=BAUD, timeout=0.05, exclusive=exclusive))
    except (OSError, ValueError, re.error) as error:  # serial.SerialException is an OSError; hwgrep:// takes a pattern
        raise BenchBroken(
            f"{url}: cannot be opened: {error}; give a serial port, socket://HOST:PORT, rfc2217://HOST:PORT"
            " or pump://[SCENARIO], and see that no other program holds it"
        ) from error


def clock_of(line: object) -> Clock:
    """The clock that time-outs on this line count by: the pump's own for pump://, else the wall."""
    return getattr(line, "clock", None) or WallClock()
