"""`pumpbench emulate`: an emulated pump behind a serial port that any program can open."""

from __future__ import annotations

import secrets
import signal
from pathlib import Path
from typing import Annotated

import typer

from hil.board.image_search import use_image
from hil.console import err, error, out
from hil.run.result import EXIT_BAD_INPUT
from hil.targets.factory import EMULATED_WORDS, RIGGED_WORDS

EXAMPLES = """
Examples:

  pumpbench emulate --link /tmp/pump                   then: pumpbench ctl --port /tmp/pump status --watch

  pumpbench emulate --tcp 7000 --scenario demo_week    then: pumpbench ctl --port socket://127.0.0.1:7000 log

  pumpbench emulate --tcp 7000 --speed asked           time moves only while the pump answers

  pumpbench emulate --tcp 7000 --control 7001          prints a bench: URL that ctl and inject take from elsewhere

  pumpbench emulate --target chip --link /tmp/pump     then: pumpbench flash /tmp/pump

  pumpbench emulate --rig --link /tmp/pump --rig-link /tmp/rig    two boards: the rig gives power, faults and truth

Beside the port there is a control channel for pumpbench inject: faults, buttons, power, truth.
"""

_LAST = 65_535
_SPEEDS = "1, 60 or another number of pump seconds per second; max; asked"


def emulate(
    pty: Annotated[bool, typer.Option("--pty", help="A pseudo terminal; this is the default.")] = False,
    tcp: Annotated[
        int | None, typer.Option(min=0, max=_LAST, metavar="PORT", help="Raw TCP, RFC 2217; 0 takes a free port.")
    ] = None,
    link: Annotated[Path | None, typer.Option(help="Symlink to the pseudo terminal.")] = None,
    speed: Annotated[str, typer.Option(help=f"{_SPEEDS}.")] = "1",
    scenario: Annotated[
        str | None,
        typer.Option(metavar="FILE|NAME", help="Scenario that gives the bench, the therapy and the faults."),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of the noise and of the chip's number.")] = None,
    control: Annotated[
        int | None,
        typer.Option(
            min=0, max=65_535, metavar="PORT", help="The control channel over TCP on the loopback, too; 0 a free port."
        ),
    ] = None,
    token: Annotated[
        str,
        typer.Option(
            envvar="PUMPBENCH_TOKEN", metavar="WORD", help="What --control wants to be told; else one is made up."
        ),
    ] = "",
    target: Annotated[str, typer.Option(help=f"{', '.join(EMULATED_WORDS)}: what runs the firmware.")] = "sim",
    image: Annotated[Path | None, typer.Option(help="MicroPython image (.uf2) for target chip.")] = None,
    rig: Annotated[
        bool, typer.Option("--rig", help="A second board plays the bench, at a port of its own; for sim and chip.")
    ] = False,
    rig_link: Annotated[Path | None, typer.Option(help="With --rig: symlink to the rig's pseudo terminal.")] = None,
    rig_tcp: Annotated[int | None, typer.Option(min=0, max=_LAST, metavar="PORT", help="With --rig: TCP port.")] = None,
    balance_link: Annotated[
        Path | None,
        typer.Option(help="An emulated balance under the reservoir, MT-SICS: symlink to its pseudo terminal."),
    ] = None,
    maintenance: Annotated[bool, typer.Option("--maintenance", help="Silence button held: the REPL answers.")] = False,
) -> None:
    """Serve an emulated pump at a port until Ctrl-C."""
    if tcp is not None and (pty or link is not None):
        error("--tcp: found together with --pty or --link; allowed: one of them")
        raise typer.Exit(EXIT_BAD_INPUT)
    if target not in EMULATED_WORDS:
        error(f"--target: found {target}; allowed: {', '.join(EMULATED_WORDS)}")
        raise typer.Exit(EXIT_BAD_INPUT)
    pace = _speed(speed)
    if rig:
        _check_rig(target, scenario, maintenance, pace, balance_link)
    elif rig_link is not None or rig_tcp is not None:
        error("--rig-link, --rig-tcp: found without --rig")
        raise typer.Exit(EXIT_BAD_INPUT)
    if image is not None:
        use_image(image)

    from hil.ports.bench_url import with_control
    from hil.ports.emulated import EmulatedPump
    from hil.ports.emulated_rig import EmulatedPumpAndRig
    from hil.ports.server import PumpServer
    from hil.ports.tcp_port import TcpPort
    from hil.scenario.reader import read_file

    found = read_file(scenario, seed)[0] if scenario else None
    if rig:
        pump: EmulatedPump = EmulatedPumpAndRig(seed=seed or 0, target=target)
    else:
        pump = EmulatedPump(found, seed=seed or 0, is_in_maintenance=maintenance, target=target)
    for line in pump.left_out:
        err.print(f"left to you: {line}")

    def port_at(at_tcp: int | None, at_link: Path | None):
        def make(loop, take):
            if at_tcp is not None:
                return TcpPort(loop, take, at_tcp)
            from hil.ports.pty_port import PtyPort

            return PtyPort(loop, take, at_link)

        return make

    token = token or secrets.token_urlsafe(16)
    rig_port = port_at(rig_tcp, rig_link) if rig else None
    balance_port = port_at(None, balance_link) if balance_link is not None else None
    with PumpServer(pump, port_at(tcp, link), pace, control, token, rig_port, balance_port) as server:
        signal.signal(signal.SIGINT, lambda number, frame: server.stop())
        signal.signal(signal.SIGTERM, lambda number, frame: server.stop())
        for url in server.port.urls:
            out.print(f"port: {url}", soft_wrap=True)
        if server.rig_port is not None:
            for url in server.rig_port.urls:
                out.print(f"rig: {url}", soft_wrap=True)
        if server.balance_port is not None:
            out.print(f"balance: {server.balance_port.urls[0]}", soft_wrap=True)
        out.print(f"control: {server.control.path}", soft_wrap=True)
        if server.control.tcp_port is not None:
            out.print(f"bench: {with_control(server.port.urls[0], server.control.tcp_port, token)}", soft_wrap=True)
        out.file.flush()
        server.serve()


def _check_rig(
    target: str, scenario: str | None, maintenance: bool, pace: float | str, balance_link: Path | None
) -> None:
    """A second board is there for pumps that have pins, and its host does what a scenario does here."""
    if target not in RIGGED_WORDS:
        error(f"--rig: found with --target {target}; allowed: {', '.join(RIGGED_WORDS)}")
    elif scenario is not None or maintenance:
        error("--rig: found together with --scenario or --maintenance; the rig's host gives bench, power and buttons")
    elif balance_link is not None:
        error("--balance-link: found together with --rig; a rig moves no fluid that could be weighed")
    elif pace == "asked":
        error("--rig: found together with --speed asked; allowed: a number or max")
    else:
        return
    raise typer.Exit(EXIT_BAD_INPUT)


def _speed(word: str) -> float | str:
    if word in ("max", "asked"):
        return word
    try:
        speed = float(word)
    except ValueError:
        speed = 0.0
    if not 1e-6 <= speed < 1e12:
        error(f"--speed: found {word}; allowed: {_SPEEDS}")
        raise typer.Exit(EXIT_BAD_INPUT)
    return speed
