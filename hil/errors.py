"""Every error of the host side, one tree.

    PumpbenchError                 exit code 1
    +-- ScenarioError              exit code 2   bad input: file, line, field, found, allowed, nearest word
    +-- OutOfRange                 exit code 2   a value that no message can carry; also a ValueError
    +-- BenchBroken                exit code 3   infrastructure: no port, no image, a line gone dead
    |   +-- Blocked                exit code 5   this bench, as it stands, cannot do what was asked
    +-- LinkTimeout                exit code 3   the pump does not answer; also a TimeoutError
    +-- Refused                    exit code 1   the pump answered: no, and why
    |   +-- OtherVersion                         because host and pump speak different protocols
    +-- Uncertain                  exit code 1   a request that moves fluid may or may not have been taken

A message says what was expected, what was seen and what to do. An infrastructure error is never a test
failure and never green. LinkTimeout stands apart from BenchBroken because only the caller knows whether
a silent pump is a broken bench or the very thing under test.
"""

from __future__ import annotations


class PumpbenchError(Exception):
    """Base of all errors that are shown to a person as one message, without a traceback.

    A message is one line, whatever names of files and ports are in it. `detail`: lines for below it.
    """

    exit_code = 1
    detail = ""

    def __str__(self) -> str:
        return super().__str__().replace("\n", "\\n")


class ScenarioError(PumpbenchError):
    """Bad input by a person. `line` counts from 1; 0: the file as a whole. No `file`: the command line is meant."""

    exit_code = 2

    def __init__(self, file: str, line: int, field: str, found: str, allowed: str = "", nearest: str = "") -> None:
        place = f"{file}:{line}" if line else file
        text = ": ".join(part for part in (place, field, found) if part)
        if allowed:
            text += f"; allowed: {allowed}"
        if nearest:
            text += f'; did you mean "{nearest}"?'
        super().__init__(text)
        self.file = file
        self.line = line
        self.field = field
        self.found = found
        self.allowed = allowed
        self.nearest = nearest


class OutOfRange(PumpbenchError, ValueError):
    """A value that the catalogue of messages does not allow: it was not sent."""

    exit_code = 2


class BenchBroken(PumpbenchError):
    """The bench, not the pump, is at fault: nothing can be said about the firmware."""

    exit_code = 3


class Blocked(BenchBroken):
    """The bench as it stands cannot be what the scenario needs; somebody at the bench can mend that."""

    exit_code = 5


class LinkTimeout(PumpbenchError, TimeoutError):
    """No answer to a request that moves no fluid, after all retransmissions."""

    exit_code = 3


class Refused(PumpbenchError):
    """The pump's own no. `reason` is one of protocols.ids.REASON_NAMES, `request` a message name."""

    def __init__(self, reason: str, request: str = "") -> None:
        super().__init__(f"{request or 'request'} refused by the pump: {reason}")
        self.reason = reason
        self.request = request


class OtherVersion(Refused):
    """Host and pump have different major versions of the protocol: the pump can only be read."""

    def __init__(self, pump_major: int, host_major: int, request: str) -> None:
        super().__init__("NOT_ALLOWED", request)
        self.args = (
            f"{request}: NOT_ALLOWED: the pump speaks protocol {pump_major} and this host {host_major}, so it can only"
            " be read; install a pumpbench and a firmware of one version",
        )


class Uncertain(PumpbenchError):
    """A request that moves fluid got no answer: it may have been taken.

    No bolus is sent until `Client.resolve_uncertain` has asked the pump what became of it.
    """

    def __init__(self, request: str) -> None:
        super().__init__(
            f"{request}: expected an answer, seen none after all retransmissions; the pump may have taken"
            " it. Ask with resolve_uncertain() before sending another."
        )
        self.request = request
