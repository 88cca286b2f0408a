"""`pumpbench bench`: how fast the emulated pump runs here."""

from __future__ import annotations

from hil.commands.console import out

EXAMPLES = "Example: pumpbench bench"


def bench() -> None:
    """Simulated seconds per wall second for 30 days of a flex programme, beside a bare SimPy loop."""
    from hil.bench_speed import measure

    for line in measure().lines():
        out.print(line, markup=False)
