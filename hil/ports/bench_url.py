"""The URL of an emulated bench as other programs get it: the serial port, and how to reach its control channel.

`socket://127.0.0.1:7000` alone is enough on the same machine. From another container, or through a tunnel,
`socket://127.0.0.1:7000?control=7001&token=...` says which TCP port the control channel has there, and the
token that it wants; `pumpbench emulate --control` prints it. The host is that of the serial port.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from hil.errors import BenchBroken

LOOPBACK = "127.0.0.1"
_MOST_PORT = 65_535


class BenchUrl(NamedTuple):
    """`line` is what pyserial opens; `control` is host, port and token, None where the socket file is meant."""

    line: str
    control: tuple[str, int, str] | None


def with_control(line: str, port: int, token: str) -> str:
    """The URL for other programs."""
    return f"{line}?{urlencode({'control': port, 'token': token})}"


def split_url(url: str) -> BenchUrl:
    """BenchBroken for a URL that cannot be read, or a control channel without a port of TCP or a token."""
    line, mark, query = url.partition("?")
    try:
        _ = urlsplit(line).port
    except ValueError as error:
        raise BenchBroken(f"{line}: no URL of a port: {error}; one is socket://127.0.0.1:7000") from None
    found = dict(parse_qsl(query, keep_blank_values=True))
    if not mark or "control" not in found:
        return BenchUrl(url, None)
    port, token = found["control"], found.get("token", "")
    if set(found) != {"control", "token"} or not (port.isascii() and port.isdecimal()) or not token:
        raise BenchBroken(f"{line}?...: needs control=PORT and token=WORD, as `emulate --control` prints them")
    if not 0 < int(port) <= _MOST_PORT:
        raise BenchBroken(f"{line}?control={port}: a TCP port is 1 to {_MOST_PORT}")
    host = urlsplit(line).hostname if "://" in line else None
    return BenchUrl(line, (host or LOOPBACK, int(port), token))
