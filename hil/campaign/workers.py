"""Worker processes that each carry out one call at a time: a worker that dies loses that call and no other.

`concurrent.futures` gives up all calls when one worker is killed, and does not say which of them was running.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from typing import Any

_PR_SET_PDEATHSIG = 1


class WorkerDied(Exception):
    """The process that carried out a call ended without an answer: killed, or out of memory."""


def call_all(
    function: Callable[[Any], Any], arguments: Sequence[Any], workers: int, done: Callable[[int, Any], None]
) -> None:
    """`function(argument)` for each, in the order given, on so many processes.

    `done(number, answer)` comes as each ends. The answer is an exception when the call raised one, and `WorkerDied`
    when its process ended. Whatever ends this call itself ends the workers first.
    """
    context = _context()
    waiting = deque(range(len(arguments)))
    pool = [_Worker(context, function) for _ in range(min(workers, len(arguments)))]
    try:
        busy: list[_Worker] = []
        while waiting or busy:
            for worker in pool:
                if waiting and worker not in busy:
                    worker.begin(waiting.popleft(), arguments)
                    busy.append(worker)
            ready = wait([worker.connection for worker in busy])
            for worker in [worker for worker in busy if worker.connection in ready]:
                answer = worker.answer()
                busy.remove(worker)
                if isinstance(answer, WorkerDied):
                    pool[pool.index(worker)] = _Worker(context, function)
                done(worker.number, answer)
    finally:
        for worker in pool:
            worker.end()


class _Worker:
    """One process and the line to it."""

    def __init__(self, context: BaseContext, function: Callable[[Any], Any]) -> None:
        self.connection, other = context.Pipe()
        self.process = context.Process(  # type: ignore[attr-defined]
            target=_work, args=(other, self.connection, function, os.getpid()), daemon=True
        )
        self.process.start()
        other.close()
        self.number = -1

    def begin(self, number: int, arguments: Sequence[Any]) -> None:
        self.number = number
        with suppress(OSError):  # it has just been killed: `answer` says so
            self.connection.send(arguments[number])

    def answer(self) -> Any:
        try:
            return self.connection.recv()
        except (EOFError, OSError):
            self.process.join(1)
            code = self.process.exitcode
            how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
            self.connection.close()
            return WorkerDied(f"the worker process of this run ended by {how}")

    def end(self) -> None:
        self.process.terminate()
        self.process.join()
        self.connection.close()


def _context() -> BaseContext:
    """A forked worker has all modules already; elsewhere it starts anew."""
    has_fork = "fork" in multiprocessing.get_all_start_methods()
    return multiprocessing.get_context("fork" if has_fork else None)


def _work(connection: Connection, parents_end: Connection, function: Callable[[Any], Any], parent: int) -> None:
    if multiprocessing.get_start_method(allow_none=True) != "spawn":
        parents_end.close()  # so that the end of the parent ends the line
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends its workers
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    end_with(parent)
    while True:
        try:
            argument = connection.recv()
        except (EOFError, OSError):
            return
        try:
            answer = function(argument)
        except Exception as error:
            answer = error
        connection.send(answer)


def end_with(parent: int) -> None:
    """Where the system can: a parent that is killed takes its workers along, in the middle of a run, too."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)
