"""Requests to the rig over its own serial line, by the names of protocols/rig.py."""

from __future__ import annotations

from typing import Any

from hil.errors import BenchBroken, LinkTimeout
from hil.pump.exchange import Clock, Exchange, Stream
from protocols import codec, ids
from protocols import rig as table

_Row = tuple[int, str, str, int, tuple, tuple, str]


def _row(number: int, fields: tuple, items: tuple = ()) -> _Row:
    """As codec.py takes rows."""
    return (number, table.MESSAGES[number][0], "", 0, fields, items, "")


class RigLink:
    """`stream` is pyserial-like. Every failure is `BenchBroken`: a rig says nothing about a pump."""

    def __init__(self, stream: Stream, clock: Clock) -> None:
        self._exchange = Exchange(stream, clock, lambda event: None)

    def hello(self) -> dict[str, Any]:
        """Who is there. BenchBroken for a pump, another version, or nobody."""
        found = self.ask(table.RIG_HELLO)
        if found["version"] != table.VERSION:
            raise BenchBroken(
                f"the rig speaks version {found['version']} of its messages, this host {table.VERSION}:"
                " copy the files of this version to the rig (hil/rig/README.md, Onto the board)"
            )
        return found

    def ask(self, request: int, /, **values: Any) -> dict[str, Any]:
        """The body of the answer; the items of a list under `items`."""
        name, fields, body, items = table.MESSAGES[request]
        payload = codec.pack(_row(request, fields), values)
        try:
            answer = self._exchange.ask(request, payload)
        except LinkTimeout as error:
            raise BenchBroken(f"the rig does not answer {name}: check its port, its cable and its power") from error
        if answer.reason == ids.UNKNOWN:
            raise BenchBroken(
                f"{name} is answered by UNKNOWN: this is a pump, or an older rig; are the ports of --target and --rig"
                " swapped?"
            )
        if answer.reason != ids.OK:
            raise BenchBroken(f"the rig refuses {name}({_shown(values)}): {ids.REASON_NAMES[answer.reason]}")
        return codec.unpack(_row(request, body, items), answer.body)


def _shown(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())
