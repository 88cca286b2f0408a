"""The serial line of a real board: it may vanish at any moment, and come back under another name.

A port is a pyserial URL or a device, or `usb=NUMBER`: the serial number of the board's USB, or its beginning.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import cast

import serial
from serial.tools import list_ports

from hil.errors import BenchBroken

BAUD = 115_200
_USB = "usb="
_TRY_EVERY_S = 0.5
_NOTHING = b""


def device_of(port: str) -> str:
    """The device or URL behind `port`, at this moment. BenchBroken when no board, or more than one, has the number."""
    if not port.startswith(_USB):
        return port
    wanted = port[len(_USB) :].lower()
    found = [(number, device) for number, device in _usb_ports() if number.lower().startswith(wanted)]
    if len(found) == 1:
        return found[0][1]
    there = ", ".join(f"{number} at {device}" for number, device in (found or _usb_ports())) or "none"
    if found:
        raise BenchBroken(f"{port}: {len(found)} boards have a number that begins so: {there}; give more of it")
    raise BenchBroken(f"{port}: no board with this USB serial number; boards that are there: {there}")


class BoardLine:
    """A stream as pyserial's (`hil.pump.exchange.Stream`). While the port is gone nothing arrives, and what is written
    is lost, as on a cable that was pulled.
    """

    def __init__(self, port: str) -> None:
        self.timeout: float | None = None
        self.gone_since_s: float | None = None
        self.device = device_of(port)
        self._port = port
        self._usb_number = _number_of(self.device)
        self._is_wanted = True
        self._next_try_s = 0.0
        self._line: serial.Serial | None = opened(self.device)
        self._listeners: list[Callable[[], None]] = []

    @property
    def in_waiting(self) -> int:
        line = self._there()
        if line is None:
            return 0
        try:
            return line.in_waiting
        except OSError:
            self._lost()
            return 0

    def read(self, size: int = 1, /) -> bytes:
        line = self._there()
        if line is None:
            time.sleep(self.timeout or 0.0)
            return _NOTHING
        try:
            line.timeout = self.timeout
            return line.read(size)
        except OSError:
            self._lost()
            return _NOTHING

    def write(self, data: bytes, /) -> int:
        line = self._there()
        if line is not None:
            try:
                line.write(data)
            except OSError:
                self._lost()
        return len(data)

    def on_receive(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def wait(self, seconds: float) -> None:
        """Until bytes are there, at most so long; then the listeners are called."""
        until_s = time.monotonic() + seconds
        while not self.in_waiting:
            left_s = until_s - time.monotonic()
            if left_s <= 0:
                return
            time.sleep(min(left_s, 0.002))
        for listener in self._listeners:
            listener()

    def set_connected(self, is_connected: bool) -> None:
        """Close the port, as a host that goes away, or open it again."""
        self._is_wanted = is_connected
        if is_connected:
            self._next_try_s = 0.0
            self._there()
        else:
            self.close()

    def close(self) -> None:
        if self._line is not None:
            with suppress(OSError):  # the board has gone first
                self._line.close()
            self._line = None
        self.gone_since_s = None

    def _there(self) -> serial.Serial | None:
        """The open line; a port that has gone is looked for again now and then."""
        if self._line is not None or not self._is_wanted or time.monotonic() < self._next_try_s:
            return self._line
        self._next_try_s = time.monotonic() + _TRY_EVERY_S
        try:
            self.device = device_of(f"{_USB}{self._usb_number}" if self._usb_number else self._port)
            self._line = opened(self.device)
        except BenchBroken:
            return None
        self.gone_since_s = None
        return self._line

    def _lost(self) -> None:
        self.close()
        self.gone_since_s = time.monotonic()
        self._next_try_s = self.gone_since_s + _TRY_EVERY_S


def opened(device: str, other: str = "usb=NUMBER") -> serial.Serial:
    """The open port, locked against a second program where the system can. `other` is what may be given beside ports.

    BenchBroken names the port, what is wrong, and what to try.
    """
    try:
        exclusive = None if "://" in device else True
        return cast(serial.Serial, serial.serial_for_url(device, baudrate=BAUD, timeout=0.05, exclusive=exclusive))
    except (OSError, ValueError, re.error) as error:  # SerialException is an OSError; hwgrep:// takes a pattern
        raise BenchBroken(
            f"{device}: cannot be opened: {error}; give a serial port, socket://HOST:PORT, rfc2217://HOST:PORT"
            f" or {other}, and see that no other program holds it"
        ) from error


def _usb_ports() -> list[tuple[str, str]]:
    """(serial number, device) of each port that has one."""
    return [(port.serial_number, port.device) for port in list_ports.comports() if port.serial_number]


def _number_of(device: str) -> str:
    """By which a board is found when it comes back elsewhere; empty where there is no such number."""
    return next((number for number, known in _usb_ports() if known == device), "")
