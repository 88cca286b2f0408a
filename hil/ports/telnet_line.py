"""RFC 2217 on a connection: data out of the telnet stream and into it, line settings accepted as they come.

pyserial's own server side does the protocol; a port of an emulated pump has no line whose speed would
matter.
"""

from __future__ import annotations

from collections.abc import Callable

from serial import EIGHTBITS, PARITY_NONE, STOPBITS_ONE
from serial.rfc2217 import DO, DONT, IAC, SB, WILL, WONT, PortManager

from hil.ports.peers import BadPeer

_OPENINGS = (DO, DONT, WILL, WONT, SB)
_LONGEST_NEGOTIATION = 1024  # RFC 2217 has none longer than a signature
_PIECE = 256


class BadTelnet(BadPeer):
    """What came is no telnet as RFC 2217 has it: the connection is to end."""


class _Settings:
    """What PortManager believes to be a serial port."""

    def __init__(self) -> None:
        self.baudrate = 115_200
        self.bytesize = EIGHTBITS
        self.parity = PARITY_NONE
        self.stopbits = STOPBITS_ONE
        self.xonxoff = self.rtscts = self.break_condition = False
        self.dtr = self.rts = True
        self.cts = self.dsr = self.cd = True
        self.ri = False

    def reset_input_buffer(self) -> None:
        """There is none."""

    reset_output_buffer = reset_input_buffer


class TelnetLine:
    """`write(data)` sends on the connection; negotiations go out through it by themselves."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self.write = write
        self._manager = PortManager(_Settings(), self)  # type: ignore[arg-type]

    def data_in(self, received: bytes) -> bytes:
        """The payload in what the host sent. BadTelnet for a negotiation that is malformed or does not end."""
        return b"".join(self._piece_in(received[at : at + _PIECE]) for at in range(0, len(received), _PIECE))

    def data_out(self, data: bytes) -> bytes:
        """Payload for the host, as it goes on the connection."""
        return b"".join(self._manager.escape(data))

    def _piece_in(self, received: bytes) -> bytes:
        try:
            payload = b"".join(self._manager.filter(received))
        except Exception as error:  # pyserial checks no length and no value: struct, key, type, index and value errors
            raise BadTelnet(f"a negotiation that cannot be read: {error}") from error
        if len(self._manager.suboption or b"") > _LONGEST_NEGOTIATION:
            raise BadTelnet("a negotiation that does not end")
        return payload


def is_telnet(opening: bytes) -> bool:
    """Does a host that begins like this speak RFC 2217? A frame begins with 0, a person types text."""
    return opening[:1] == IAC and (len(opening) == 1 or opening[1:2] in _OPENINGS)
