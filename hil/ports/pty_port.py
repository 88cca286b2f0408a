"""A pseudo terminal as the pump's serial port: any program opens it as a device, by name."""

from __future__ import annotations

import os
import termios
import tty
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from hil.errors import BenchBroken
from hil.ports.loop import Loop

_PIECE = 4096


class PtyPort:
    """`take(data)` gets what the host writes. `link` is a name of your choice for the device.

    What nobody reads is thrown away, oldest first: a program that opens the port later finds at most one
    terminal buffer of it. Our own end of the host's side stays open, because the terminal would otherwise
    fall back to echoing when its last program leaves.
    """

    def __init__(self, loop: Loop, take: Callable[[bytes], None], link: Path | None = None) -> None:
        self._loop = loop
        self._take = take
        self._link = link
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.device = os.ttyname(self._slave)
        if link is not None:
            self._make_link(link)
        self.urls = (str(link or self.device),)
        loop.add(self._master, self._readable)

    def _make_link(self, link: Path) -> None:
        try:
            if _is_dead_device(link):
                link.unlink()  # of an emulation that was killed
            link.symlink_to(self.device)
        except OSError as error:
            os.close(self._master)
            os.close(self._slave)
            found = _what_is_at(link) if isinstance(error, FileExistsError) else str(error.strerror)
            raise BenchBroken(f"--link: {link} cannot become a name for {self.device}: {found}") from error

    def send(self, data: bytes) -> None:
        """To whoever has the port open."""
        for attempt in range(2):
            try:
                os.write(self._master, data)
                return
            except BlockingIOError:
                if attempt == 0:
                    termios.tcflush(self._slave, termios.TCIFLUSH)

    def tick(self, now_s: float) -> None:
        """Nothing here depends on time."""

    def close(self) -> None:
        self._loop.remove(self._master)
        os.close(self._master)
        os.close(self._slave)
        if self._link is not None:
            with suppress(OSError):
                if os.readlink(self._link) == self.device:  # another emulation may have the name by now
                    self._link.unlink()

    def _readable(self) -> None:
        with suppress(BlockingIOError):
            self._take(os.read(self._master, _PIECE))


def _is_dead_device(link: Path) -> bool:
    """A symlink to a pseudo terminal that is no more. A link to anything else is somebody's own."""
    return link.is_symlink() and os.readlink(link).startswith("/dev/pts/") and not link.exists()


def _what_is_at(link: Path) -> str:
    if link.is_symlink() and os.readlink(link).startswith("/dev/pts/"):
        return f"it is the name of another pump, at {os.readlink(link)}, that is still there; choose another name"
    return "something of yours is there; choose another name, or remove it"
