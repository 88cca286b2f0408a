"""Forked processes in a tree, of which only so many work at once.

Each process forks its own children and looks after them. A process works while it holds a slot; it lends its own to
a child when no other is free. A child that hangs is ended by its own alarm clock, in C code as well. POSIX only.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import sys
from collections.abc import Callable
from contextlib import suppress

from hil.campaign.workers import end_with

FINISHED = 0  # exit code: the work is done and the slot given back
NOT_ALONE = 3  # a part of the work has to be done again, alone
NOT_WRITTEN = 5  # a result could not be written: the disk is full
_LOOK_S = 0.05


def can_fork() -> bool:
    return hasattr(os, "fork")


class Slots:
    """A pipe that holds one byte for each further process that may work."""

    def __init__(self, count: int) -> None:
        self.reading, self._writing = os.pipe()
        os.set_blocking(self.reading, False)
        os.write(self._writing, b"." * count)

    def take(self) -> bool:
        """False when none is free."""
        try:
            return bool(os.read(self.reading, 1))
        except BlockingIOError:
            return False

    def give(self) -> None:
        os.write(self._writing, b".")

    def refill(self, count: int) -> None:
        """When nobody works: a process that was killed has taken its slot along."""
        while self.take():
            pass
        os.write(self._writing, b"." * count)

    def close(self) -> None:
        os.close(self.reading)
        os.close(self._writing)


class Ended(Exception):
    """A child could not write its result."""


class Children:
    """The children of this process. `timeout_s`: wall time that one may work without forking or ending."""

    def __init__(self, slots: Slots, timeout_s: float) -> None:
        self._slots = slots
        self._timeout_s = timeout_s
        self._is_root = True
        self._running: dict[int, Callable[[str], None]] = {}

    def __len__(self) -> int:
        return len(self._running)

    def fork(self, lost: Callable[[str], None]) -> bool:
        """Fork once a slot is free; True in the child. `lost(how)` is called in the parent by `reap` when the child
        ends without having finished its work.
        """
        self._rest()
        if not self._is_root:
            self._slots.give()  # lent: the child may be the only one that works
        self._wait_for_slot()
        is_child = self._fork(lost)
        if not is_child and not self._is_root:
            self._wait_for_slot()
            self._work()
        return is_child

    def try_fork(self, lost: Callable[[str], None]) -> bool | None:
        """As `fork`, by a process that holds no slot itself; None when no slot is free."""
        return self._fork(lost) if self._slots.take() else None

    def _fork(self, lost: Callable[[str], None]) -> bool:
        sys.stdout.flush()
        sys.stderr.flush()
        gc.freeze()  # the collector would touch, and so duplicate, every page
        parent = os.getpid()
        child = os.fork()
        if child:
            if self._is_root:
                with suppress(OSError):  # it has done so itself, or has ended
                    os.setpgid(child, child)
                gc.unfreeze()
            self._running[child] = lost
            return False
        if self._is_root:
            os.setpgid(0, 0)  # Ctrl-C is for the first of all, which ends the group
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        end_with(parent)
        self._is_root = False
        self._running = {}
        self._work()
        return True

    def reap(self) -> None:
        """Look after children that have ended. Raises `Ended` when one could not write."""
        for child in list(self._running):
            ended, status = os.waitpid(child, os.WNOHANG)
            if not ended:
                continue
            lost = self._running.pop(child)
            code = os.waitstatus_to_exitcode(status)
            if code < 0 and self._is_root:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(child, signal.SIGKILL)  # its own children do not go on without it
            if code == FINISHED:
                continue
            self._slots.give()
            if code == NOT_WRITTEN:
                raise Ended
            lost(_how(code, self._timeout_s))

    def finish(self, code: int = FINISHED) -> None:
        """End this process, once its own children have ended."""
        self._rest()
        if code != NOT_WRITTEN:
            if code == FINISHED:
                self._slots.give()
            try:
                while self._running:
                    os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
                    self.reap()
            except Ended:
                code = NOT_WRITTEN
        os._exit(code)

    def kill(self) -> None:
        """End all of them and theirs at once. Of the first process of the tree."""
        for child in self._running:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(child, signal.SIGKILL)
        for child in self._running:
            with suppress(ChildProcessError):
                os.waitpid(child, 0)
        self._running.clear()

    def _wait_for_slot(self) -> None:
        while not self._slots.take():
            select.select([self._slots.reading], [], [], _LOOK_S)
            self.reap()
        self.reap()

    def _work(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, self._timeout_s)

    def _rest(self) -> None:
        if not self._is_root:
            signal.setitimer(signal.ITIMER_REAL, 0)


def _how(code: int, timeout_s: float) -> str:
    """Empty for one that asks for another try, alone."""
    if code == NOT_ALONE:
        return ""
    if code == -signal.SIGALRM:
        return f"the process of this run hung: it was ended after {timeout_s:g} s"
    if code < 0:
        return f"the process of this run was ended by signal {-code}"
    return f"the process of this run ended by exit code {code}"
