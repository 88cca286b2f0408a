"""The pump's files onto a board: leave to the REPL, compare by hash, copy what differs, verify, restart, greet."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import msgspec

from hil.board import config_keys
from hil.board.files import (
    ARCHITECTURE,
    CONFIG,
    FOLDERS,
    MANIFEST,
    compiled,
    with_config_listed,
    with_manifest,
)
from hil.board.image_search import VERSION
from hil.board.repl import BoardIdentity, BoardRepl
from hil.errors import BenchBroken, LinkTimeout, Refused
from hil.pump.client import Client
from hil.pump.readings import Status
from protocols import ids

_BUILDS = ("RPI_PICO",)
_PROBE = "pumpbench_probe"
_PROBE_SOURCE = b"import micropython\n@micropython.viper\ndef f(x: int) -> int:\n return x\n"
_ANSWER_S = 3.0
_SETTLE_S = 1.0  # between a restart and the next word: USB goes down and comes up
_GREET_S = 120.0  # an emulated board boots slowly


class Plan(msgspec.Struct, frozen=True):
    """What makes the board's files the wanted ones. Paths in order."""

    copy: tuple[str, ...]
    remove: tuple[str, ...]
    keep: tuple[str, ...]


class Flashed(msgspec.Struct, frozen=True):
    board: BoardIdentity
    plan: Plan
    status: Status


def plan_of(wanted: dict[str, str], found: dict[str, str]) -> Plan:
    """From hashes by path. Of what is there and not wanted, only the project's own folders are cleared."""
    return Plan(
        copy=tuple(sorted(path for path in wanted if found.get(path) != wanted[path])),
        remove=tuple(sorted(path for path in found if path not in wanted and path.split("/")[1] in FOLDERS)),
        keep=tuple(sorted(path for path in wanted if found.get(path) == wanted[path])),
    )


def check_config(text: bytes) -> bytes:
    """The bench's figures for /config.json, as the pump reads them. `BadConfiguration` when they are no such thing."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise config_keys.BadConfiguration(f"the configuration is no JSON: {error}") from None
    if not isinstance(found, dict) or any(type(value) is not int for value in found.values()):
        raise config_keys.BadConfiguration(
            'the configuration must be one object of whole numbers, e.g. {"low_level_nl": 4000000}'
        )
    config_keys.check(found)
    return json.dumps(found, sort_keys=True).encode()


def check_board(board: BoardIdentity) -> None:
    """`BenchBroken` for another board, and for a MicroPython that is too old."""
    if board.build not in _BUILDS:
        raise BenchBroken(f"expected a {_BUILDS[0]} (Raspberry Pi Pico), found {board}")
    if board.name != "micropython" or board.version < VERSION:
        raise BenchBroken(f"expected MicroPython {'.'.join(map(str, VERSION))} or newer, found {board}")


class Flasher:
    """`open_line(port)` opens the serial link. `tell(line)` is called with each action. `service_key` opens a session
    on a pump that has keys. `patience` multiplies the time-outs, for a board that is emulated slower than real time.
    """

    def __init__(
        self,
        port: str,
        open_line: Callable[[str], Any],
        tell: Callable[[str], None],
        service_key: bytes | None = None,
        patience: float = 1.0,
    ) -> None:
        self._port = port
        self._open_line = open_line
        self._tell = tell
        self._service_key = service_key
        self._answer_s = _ANSWER_S * patience
        self._greet_s = _GREET_S * patience

    def flash(self, files: dict[str, bytes]) -> Flashed:
        """Device path -> content; the firmware's list of them is added. Errors: `BenchBroken`, and `Refused` by
        a pump that delivers.
        """
        files = with_manifest(files)
        self._leave()
        repl = BoardRepl(self._port)
        try:
            board = repl.identity()
            self._tell(f"board: {board}")
            try:
                check_board(board)
                self._check_modules(repl, files)
            except BenchBroken:
                repl.restart()  # what was on the board before goes on
                raise
            plan = self._copy(repl, files)
            repl.restart()
        finally:
            repl.close()
        return Flashed(board, plan, self._greet())

    def _check_modules(self, repl: BoardRepl, files: dict[str, bytes]) -> None:
        """`BenchBroken` for a board that will not run the compiled modules among these files."""
        if not any(path.endswith(".mpy") for path in files):
            return
        try:
            repl.check_import(_PROBE, compiled(_PROBE, _PROBE_SOURCE, ARCHITECTURE))
        except BenchBroken as refusal:
            raise BenchBroken(
                f"{self._port}: this board takes no compiled modules ({refusal}); an emulated pump of target sim or mpy"
                " boots sources: pumpbench flash --source"
            ) from None

    def configure(self, figures: dict[str, int]) -> Status:
        """Change these figures of the board's /config.json and keep its others; restart, and wait for the pump. Errors
        as `flash`. Cut off in the middle it leaves a board whose self-test says so: do it again.
        """
        check_config(json.dumps(figures).encode())
        self._leave()
        repl = BoardRepl(self._port)
        try:
            check_board(repl.identity())
            found = json.loads(repl.read(CONFIG) or b"{}")
            config = check_config(json.dumps({**found, **figures}).encode())
            manifest = repl.read(MANIFEST)
            repl.write(CONFIG, config)
            if manifest is not None:
                repl.write(MANIFEST, with_config_listed(manifest, config))
            self._tell(f"{CONFIG}: {config.decode()}")
            repl.restart()
        except ValueError as error:
            raise BenchBroken(
                f"{self._port}: the board's {CONFIG} or {MANIFEST} is damaged ({error}): flash it"
            ) from None
        finally:
            repl.close()
        return self._greet()

    def _copy(self, repl: BoardRepl, files: dict[str, bytes]) -> Plan:
        wanted = {path: sha256(content).hexdigest() for path, content in files.items()}
        plan = plan_of(wanted, repl.hashes(files))
        self._tell(f"files: {len(plan.copy)} to copy, {len(plan.remove)} to remove, {len(plan.keep)} unchanged")
        for path in plan.remove:
            repl.remove(path)
            self._tell(f"removed {path}")
        for path in plan.copy:
            repl.write(path, files[path])
            self._tell(f"copied {path}, {len(files[path])} bytes")
        left = plan_of(wanted, repl.hashes(files))
        if left.copy or left.remove:
            wrong = ", ".join(left.copy + left.remove)
            raise BenchBroken(f"{self._port}: after copying, these files are not as they should be: {wrong}")
        self._tell(f"verified {len(files)} files by SHA-256")
        return plan

    def _leave(self) -> None:
        """A pump that runs is asked to leave to the REPL; silence means that there is none."""
        with self._open() as line:
            client = Client(line, answer_timeout_s=self._answer_s)
            try:
                major = client.hello().major
                if major != ids.PROTOCOL_MAJOR and self._service_key is None:
                    # The one request of a pump without keys that is the same in each version.
                    client = Client(line, answer_timeout_s=self._answer_s, version=major)
                if self._service_key is not None:
                    client.open_session("SERVICE", self._service_key)
                client.leave_to_repl()
            except LinkTimeout:
                self._tell("no pump answers; looking for a REPL")
                return
            except Refused as refusal:
                if refusal.reason == "WRONG_MODE":
                    self._tell("the pump delivers and does not leave: stop it first")
                raise
        self._tell("the pump has left to the REPL")
        time.sleep(_SETTLE_S)

    def _greet(self) -> Status:
        # A byte 3 in what is sent while the board still executes its restart would interrupt it.
        time.sleep(_SETTLE_S)
        end_s = time.monotonic() + self._greet_s
        while True:
            try:
                with self._open() as line:
                    client = Client(line, answer_timeout_s=self._answer_s)
                    hello = client.hello()
                    self._tell(f"pump: protocol {hello.major}.{hello.minor}, boot {hello.boots}")
                    return client.status()
            except (LinkTimeout, BenchBroken) as silence:
                if time.monotonic() > end_s:
                    raise BenchBroken(f"{self._port}: the pump does not answer after its restart: {silence}") from None
                time.sleep(_SETTLE_S)

    def _open(self) -> Any:
        return self._open_line(self._port)
