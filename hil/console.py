"""Where commands write: results to stdout, all else to stderr, so that output can be piped."""

from __future__ import annotations

from rich.console import Console

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

BANNER = "pumpbench: test equipment and a teaching bench, never a medical device"


def banner() -> None:
    err.print(BANNER, style="dim")


def error(message: str) -> None:
    """One message for a person. It is printed as it is: a path in brackets is no markup."""
    err.print(f"error: {message}", style="red", markup=False, soft_wrap=True)
