"""Finds a device that keeps the processor without letting virtual time pass.

Every shim call moves virtual time, so only a loop without any shim call can stand still. A thread looks
a few times a second; what counts is processor time of the simulating thread, not wall time, so a machine
that is slow, loaded or suspended never looks like a deadlock. Where the platform cannot tell the
processor time of another thread, wall time counts.
"""

import ctypes
import os
import threading
import time
import weakref
from collections.abc import Callable
from typing import Protocol

from emulator.env import WorldEnvironment
from emulator.errors import Deadlock, EmulatorError, HostStop, Unwind

DEFAULT_LIMIT_S = 20.0
_LINGER_S = 1.0


class Watched(Protocol):
    """The processor, as the guard sees it."""

    is_executing: bool
    doom: Unwind | None

    def fail(self, error: EmulatorError) -> Unwind: ...


class DeviceStuck(HostStop):
    """Raised asynchronously inside the device; the host sees Deadlock."""

    def __init__(self) -> None:
        super().__init__("no virtual time passes")


def _thread_clock(thread_id: int) -> Callable[[], float]:
    """A clock of seconds of processor time of that thread, or of wall time."""
    try:
        clock_id = time.pthread_getcpuclockid(thread_id)
        time.clock_gettime(clock_id)
    except (AttributeError, OSError):
        return time.monotonic
    return lambda: time.clock_gettime(clock_id)


class DeadlockGuard:
    """Watches one device; `limit_s` of processor time without virtual time is the end.

    Its thread lives only while the environment runs, and a little longer.
    """

    def __init__(self, env: WorldEnvironment, limit_s: float = DEFAULT_LIMIT_S) -> None:
        self.limit_s = limit_s
        self._env = env
        self._cpu: weakref.ref[Watched] | None = None
        self._thread: threading.Thread | None = None
        self._simulating_thread_id = 0
        self._clock_of = (0, 0)
        self._read_clock_s: Callable[[], float] = time.monotonic
        self._still_since: tuple[int, float] | None = None
        env.on_run(self._wake_up)

    def watch(self, cpu: Watched) -> None:
        """From now on watch this one. Called in the thread that simulates."""
        self._cpu = weakref.ref(cpu)
        self._still_since = None
        self._wake_up()

    def look(self) -> bool:
        """Compare with the last look; False when there is no device to watch any more."""
        cpu = self._cpu() if self._cpu is not None else None
        if cpu is None or cpu.doom is not None:
            return False
        now_ns = self._env.now
        if not cpu.is_executing or self._still_since is None or self._still_since[0] != now_ns:
            self._still_since = (now_ns, self._read_clock_s()) if cpu.is_executing else None
        elif self._read_clock_s() - self._still_since[1] >= self.limit_s:
            self._still_since = None
            cpu.fail(Deadlock(f"no virtual time passed at {now_ns} ns in {self.limit_s} s of processor time"))
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(self._simulating_thread_id), ctypes.py_object(DeviceStuck)
            )
        return True

    def _wake_up(self) -> None:
        thread_id = threading.get_ident()
        # A forked copy of the process keeps the thread's number, but not its clock.
        identity = (os.getpid(), thread_id)
        if identity != self._clock_of:
            self._clock_of = identity
            self._simulating_thread_id = thread_id
            self._read_clock_s = _thread_clock(thread_id)
        if self._cpu is not None and (self._thread is None or not self._thread.is_alive()):
            self._thread = threading.Thread(target=self._watch_on, daemon=True)
            self._thread.start()

    def _watch_on(self) -> None:
        pause_s = min(0.25, self.limit_s / 4)
        idle_since_s = time.monotonic()
        while self.look():
            if self._env.is_running:
                idle_since_s = time.monotonic()
            elif time.monotonic() - idle_since_s > _LINGER_S:
                return
            time.sleep(pause_s)
