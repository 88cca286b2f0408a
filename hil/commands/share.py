"""`pumpbench share`: one serial line for a host and for observers."""

from __future__ import annotations

import signal
from typing import Annotated

import typer

from hil.console import err, out

EXAMPLES = """
Examples:

  pumpbench share /dev/ttyACM0 --tcp 7000 --observers 7001

  pumpbench ctl --port socket://127.0.0.1:7001 status --watch       in one window, all the time

  pumpbench ctl --port socket://127.0.0.1:7000 acknowledge MOTOR_STALL    in another

Observers hear events and read; whatever else they ask for is NOT_ALLOWED. While a host has the line at --tcp they are
told what it was just told of status and alarms, else BUSY.
"""


def share(
    port: Annotated[
        str,
        typer.Argument(metavar="PORT", help="The pump's serial port, usb=NUMBER, or a socket:// or rfc2217:// URL."),
    ],
    tcp: Annotated[
        int,
        typer.Option(min=0, max=65_535, metavar="PORT", help="For the host that has the line; 0 takes a free port."),
    ] = 0,
    observers: Annotated[
        int, typer.Option(min=0, max=65_535, metavar="PORT", help="For observers; 0 takes a free port.")
    ] = 0,
) -> None:
    """Serve one pump's line to a host and to observers until Ctrl-C."""
    from hil.ports.shared_line import SharedLine

    with SharedLine(port, tcp, observers, lambda text: err.print(f"{port}: {text}")) as line:
        signal.signal(signal.SIGINT, lambda number, frame: line.stop())
        signal.signal(signal.SIGTERM, lambda number, frame: line.stop())
        for url in line.host.urls:
            out.print(f"port: {url}", soft_wrap=True)
        for url in line.observers.urls:
            out.print(f"observers: {url}", soft_wrap=True)
        out.file.flush()
        line.serve()
