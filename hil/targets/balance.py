"""Reads a laboratory balance over its serial port by MT-SICS, the protocol of Mettler-Toledo and of many others.

A command and its answer are one line each, ended by CR LF. `S` waits for a stable weight, `SI` takes the present
one: S (stable) or D (dynamic), a number and a unit. Port settings of most balances as delivered: 9600 baud, 8 data
bits, no parity. Run as a program it writes weighings for `pumpbench accuracy --weighings`:

    python -m hil.targets.balance PORT weighings.csv --every 30 --hours 2
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from pathlib import Path
from typing import Any, cast

import msgspec

from hil.errors import BenchBroken
from hil.pump.exchange import Clock, Stream, WallClock

BAUD = 9600
ANSWER_TIMEOUT_S = 5.0
_READ_S = 0.1
_GRAMS = {"g": 1.0, "mg": 1e-3, "kg": 1e3, "ug": 1e-6}
_REFUSALS = {
    "I": "it is busy or the weight does not settle",
    "L": "it does not take this parameter",
    "+": "the pan is overloaded",
    "-": "the pan is not in its place (underload)",
}
_ERRORS = {"ES": "it does not know this command", "ET": "it was disturbed on the line", "EL": "it cannot do this now"}


class Weight(msgspec.Struct, frozen=True):
    """One weighing in grams; `is_stable` as the balance said."""

    grams: float
    is_stable: bool


class Balance:
    """`stream` is pyserial-like. Every failure is `BenchBroken`: a balance says nothing about a pump."""

    def __init__(self, stream: Stream, clock: Clock | None = None) -> None:
        self._stream = stream
        self._clock = clock or WallClock()
        self._received = bytearray()
        self._stream.timeout = _READ_S

    def close(self) -> None:
        """Close the stream, where it can be closed."""
        close = getattr(self._stream, "close", None)
        if close is not None:
            close()

    def reset(self) -> str:
        """Cancel what was going on; returns the serial number of the balance."""
        self._received.clear()
        waiting = self._stream.in_waiting
        if waiting:
            self._stream.read(waiting)
        words = self._ask("@")
        if words[:2] != ["I4", "A"] or len(words) < 3:
            raise BenchBroken(f'balance: expected I4 A "serial number" after a reset, got {" ".join(words)}')
        return words[2].strip('"')

    def weigh(self) -> Weight:
        """The present weight, stable or not."""
        return self._weight("SI", self._ask("SI"))

    def weigh_stable(self) -> Weight:
        """The next stable weight. Raises when the balance does not settle."""
        return self._weight("S", self._ask("S"))

    def tare(self) -> Weight:
        """Count from the present load on; returns the tare weight."""
        words = self._ask("T")
        self._check("T", "T", words)
        return _parsed("T", words)

    def zero(self) -> None:
        """Set a new zero; the tare is forgotten."""
        words = self._ask("Z")
        self._check("Z", "Z", words)

    def _weight(self, command: str, words: list[str]) -> Weight:
        self._check(command, "S", words)
        return _parsed(command, words)

    def _check(self, command: str, word: str, words: list[str]) -> None:
        if words and words[0] in _ERRORS:
            raise BenchBroken(f"balance refused {command}: {_ERRORS[words[0]]}")
        if len(words) < 2 or words[0] != word:
            raise BenchBroken(f"balance: {command} was answered by {' '.join(words)!r}")
        if words[1] in _REFUSALS:
            raise BenchBroken(f"balance refused {command}: {_REFUSALS[words[1]]}")

    def _ask(self, command: str) -> list[str]:
        self._stream.write(command.encode() + b"\r\n")
        deadline_s = self._clock.now_s() + ANSWER_TIMEOUT_S
        while b"\n" not in self._received:
            chunk = self._stream.read(max(1, self._stream.in_waiting))
            self._received += chunk
            if not chunk and self._clock.now_s() >= deadline_s:
                raise BenchBroken(
                    f"balance did not answer {command} within {ANSWER_TIMEOUT_S:g} s: check port, {BAUD} baud and cable"
                )
        line, _, rest = bytes(self._received).partition(b"\n")
        self._received[:] = rest
        return line.decode("ascii", "replace").split()


def _parsed(command: str, words: list[str]) -> Weight:
    try:
        grams = float(words[2]) * _GRAMS[words[3]]
    except (IndexError, ValueError, KeyError):
        raise BenchBroken(f"balance: no weight in the answer to {command}: {' '.join(words)!r}") from None
    return Weight(grams, words[1] == "S")


def open_port(port: str) -> Balance:
    """A balance on a serial port or a pyserial URL. Raises `BenchBroken` when there is none."""
    import serial

    try:
        return Balance(cast(Any, serial.serial_for_url(port, baudrate=BAUD)))
    except (serial.SerialException, ValueError) as error:
        raise BenchBroken(f"balance: {port} cannot be opened: {error}") from None


def record(balance: Balance, file: Path, every_s: float, duration_s: float) -> int:
    """Write seconds,grams of a weighing every `every_s` by wall time; returns their number."""
    zero_s = time.monotonic()
    count = 0
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("seconds", "grams", "is_stable"))
        while count * every_s <= duration_s:
            time.sleep(max(0.0, zero_s + count * every_s - time.monotonic()))
            weight = balance.weigh()
            writer.writerow((f"{time.monotonic() - zero_s:.3f}", f"{weight.grams:.7g}", int(weight.is_stable)))
            stream.flush()
            count += 1
    return count


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m hil.targets.balance", description="Write weighings of a pump to a file."
    )
    parser.add_argument("port", help="serial port or pyserial URL")
    parser.add_argument("file", type=Path)
    parser.add_argument("--every", type=float, default=30.0, metavar="SECONDS")
    parser.add_argument("--hours", type=float, default=2.0)
    chosen = parser.parse_args()
    try:
        balance = open_port(chosen.port)
        print(f"balance {balance.reset()}", file=sys.stderr)
        count = record(balance, chosen.file, chosen.every, chosen.hours * 3600)
    except BenchBroken as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    print(f"{count} weighings in {chosen.file}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
