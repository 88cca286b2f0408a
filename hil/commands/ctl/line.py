"""Shared by all commands of `ctl`: the link, the session, confirmation, and how they end.

With --json a command prints one JSON object (or one a line): what it found, or {"ok": true}; when it fails,
{"ok": false, "error": ..., "reason": ..., "message": ...}. Exit codes are those of `pumpbench`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import msgspec
import typer

from hil.board.key_files import read_key
from hil.console import err, error, out
from hil.errors import BenchBroken, LinkTimeout, PumpbenchError, Refused, Uncertain
from hil.ports.open_line import OpenLine, clock_of, open_line
from hil.pump.client import Client
from hil.run.result import EXIT_BAD_INPUT

Json = Annotated[bool, typer.Option("--json", help="One JSON object instead of words.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")]

_AGAIN_S = 0.25

_HINTS = {
    "BUSY": "another host has this line (`pumpbench share` lets others read), or the pump is writing its flash",
    "NOT_ALLOWED": "this role may not: a pump with keys wants --role and --key",
    "SESSION_EXPIRED": "3 minutes without a request end a session",
    "SOFT_LIMIT": "over a soft limit: repeat with --confirm-soft-limit if that is meant",
    "LOCKOUT": "too early since the last one; status tells how long",
    "WRONG_MODE": "not in the mode that status shows",
    "NO_REFILL": "the pump does not know what is in its reservoir; `ctl refill` enters it",
    "BOLUS_ACTIVE": "one is running; `ctl bolus cancel` ends it",
}
# Where the same word means something else.
_HINTS_OF = {
    ("SILENCE", "NOT_ALLOWED"): "there is no alarm to silence, or this role may not",
    ("ACKNOWLEDGE", "UNKNOWN"): "no such alarm is active",
    ("ACKNOWLEDGE", "ALARM_ACTIVE"): "its cause is still there",
    ("SELF_TEST", "WRONG_MODE"): "only while nothing is delivered; `ctl stop` first",
    ("SESSION_BEGIN", "BAD_KEY"): "this pump has no key for that role; one without keys wants neither --role nor --key",
    ("SESSION_PROVE", "BAD_KEY"): "this is not the pump's key of that role",
    ("SESSION_PROVE", "LOCKOUT"): "5 wrong keys lock the role for a minute, to all but stop with the right key",
    ("GIVE_PATIENT_BOLUS", "NOT_ALLOWED"): "none is prescribed, or this role may not: --role and --key",
}


class Line(msgspec.Struct, frozen=True):
    """What stands between `ctl` and the command."""

    url: str
    role: str | None = None
    key: Path | None = None
    wait_s: float = 0.0

    def open(self) -> OpenLine:
        """The port. Ends the command when none was named; BenchBroken when it cannot be opened."""
        if not self.url:
            bad_usage("--port: missing; allowed: a serial port, socket://HOST:PORT, pump://[SCENARIO], ...")
        return open_line(self.url)

    def meet(self) -> Client:
        """The pump at the port, greeted. Tries again for `wait_s` while there is no port or no answer: it boots."""
        end_s = time.monotonic() + self.wait_s
        while True:
            try:
                stream = self.open()
                client = Client(stream, clock_of(stream))
                try:
                    client.hello()
                except BaseException:
                    stream.close()
                    raise
                return client
            except (BenchBroken, LinkTimeout):
                if time.monotonic() >= end_s:
                    raise
                time.sleep(_AGAIN_S)


@contextmanager
def talk(context: typer.Context, as_json: bool) -> Iterator[Client]:
    """An open conversation, under the session that was asked for. Errors end the command."""
    line: Line = context.obj
    with ending(as_json), closing(line.meet()) as client:
        if client.other_version:
            err.print(client.other_version, style="yellow")
        if line.role is not None and line.key is not None:
            client.open_session(line.role.upper(), read_key(line.key))
        yield client


@contextmanager
def ending(as_json: bool) -> Iterator[None]:
    """Turn an error into its exit code; with --json into an object too."""
    try:
        yield
    except PumpbenchError as problem:
        reason = problem.reason if isinstance(problem, Refused) else ""
        request = problem.request if isinstance(problem, Refused) else ""
        hint = _HINTS_OF.get((request, reason)) or _HINTS.get(reason, "")
        message = f"{problem} ({hint})" if hint else str(problem)
        if as_json:
            kind = type(problem).__name__
            say({"ok": False, "error": kind, "reason": reason, "message": message}, True)
        else:
            error(message)
        raise typer.Exit(problem.exit_code) from None


def settled(client: Client, request: Callable[[], Any]) -> None:
    """Send a request that may move fluid. When its answer was lost, the pump is asked what became of it.

    Uncertain only when it cannot say; Refused when it had refused.
    """
    try:
        request()
    except Uncertain as lost:
        try:
            resolution = client.resolve_uncertain()
        except LinkTimeout:
            raise lost from None
        if resolution is None or resolution.was_taken is None:
            raise
        if not resolution.was_taken:
            raise Refused(resolution.reason or "not taken, it never arrived", lost.request) from None
        err.print("the answer was lost; the pump says that it has taken the request", style="yellow")


def over_soft_limit(client: Client, request: Callable[[], Any], is_confirmed: bool) -> None:
    """As `settled`; a soft limit is passed when the person has said so (--confirm-soft-limit)."""
    try:
        settled(client, request)
    except Refused as refusal:
        if refusal.reason != "SOFT_LIMIT" or not is_confirmed:
            raise
        client.confirm_soft_limit()
        settled(client, request)


def confirm(what: str, word: str, is_sure: bool) -> None:
    """The second step before fluid moves: a person types the word. Ends the command when he does not."""
    if is_sure:
        return
    if not sys.stdin.isatty():
        bad_usage(f"{what}: nobody is there to confirm; give --yes if that is meant")
    err.print(what, style="bold")
    typed = input(f"type {word} to do it: ")
    if typed.strip() != word:
        error("not confirmed, nothing was sent")
        raise typer.Exit(1)


def bad_usage(message: str) -> NoReturn:
    error(message)
    raise typer.Exit(EXIT_BAD_INPUT)


def say(found: Any, as_json: bool, words: str = "") -> None:
    """The object as JSON, or the words."""
    if as_json:
        text = json.dumps(msgspec.to_builtins(found))
        out.print(text, soft_wrap=True)
    elif words:
        out.print(words, soft_wrap=True)


def done(as_json: bool, words: str) -> None:
    say({"ok": True}, as_json, words)
