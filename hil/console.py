"""Output of the commands: results go to stdout, all else to stderr, so that results can be piped.

What is shown comes from files and from pumps: it is printed as it is, never taken for markup, and control
characters in it are shown instead of sent to the terminal (`plain`).
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable
from io import TextIOWrapper
from typing import Any, NoReturn, TextIO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment


class _PlainConsole(Console):
    """A console on which text from elsewhere stays text."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(plain(segment.text), segment.style)


out = _PlainConsole(highlight=False, markup=False, emoji=False)
err = _PlainConsole(stderr=True, highlight=False, markup=False, emoji=False)

BANNER = "pumpbench: test equipment and a teaching bench, never a medical device"


class OutputLost(Exception):
    """Standard output takes no more. `is_pipe`: its reader has gone, which is no fault (`| head`)."""

    def __init__(self, problem: OSError) -> None:
        super().__init__(f"standard output cannot be written: {problem.strerror}")
        self.is_pipe = problem.errno in (errno.EPIPE, errno.ESHUTDOWN)


class _Guarded:
    """A stream whose failure is an `OutputLost`, once; after it whatever is still written is dropped."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError as problem:
            self._lose(problem)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as problem:
            self._lose(problem)

    def _lose(self, problem: OSError) -> NoReturn:
        # What waits in the buffers would fail again at the end of the process, with a traceback.
        with open(os.devnull, "wb") as nothing:
            os.dup2(nothing.fileno(), self._stream.fileno())
        raise OutputLost(problem) from None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def guard_output() -> None:
    """For the whole process: a character that the terminal cannot show is replaced, a lost output is `OutputLost`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if sys.stdout is not None:
        sys.stdout = _Guarded(sys.stdout)  # type: ignore[assignment]


def plain(text: str) -> str:
    """`text` for a terminal: control characters, which could move its cursor or set its title, as escapes."""
    return "".join(char if char.isprintable() or char in "\n\t" else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    return char if char.isspace() and ord(char) > 0xFF else char.encode("unicode_escape").decode("ascii")


def banner() -> None:
    err.print(BANNER, style="dim")


def error(message: str, detail: str = "") -> None:
    """One line for a person, and what stands below it. It is printed as it is: a path in brackets is no markup."""
    line = message.replace("\n", "\\n")
    below = f":\n{detail}" if detail else ""
    err.print(f"error: {plain(line + below)}", style="red", soft_wrap=True)
