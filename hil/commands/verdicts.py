"""A result for the eye: verdict, expectations with what was seen, alarms, volumes."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from hil.console import out
from hil.run.result import RunResult
from hil.targets.base import BALANCE, OWN_WORD
from hil.words.quantity import NS_PER_S, format_duration, format_factor, format_volume

_STYLES = {
    "pass": "bold green",
    "fail": "bold red",
    "invalid": "bold magenta",
    "infra": "bold yellow",
    "blocked": "bold blue",
}
_MOST_ALARMS = 20


def show(result: RunResult) -> None:
    head = Text(result.verdict.upper(), style=_STYLES[result.verdict])
    head.append(f"  {result.scenario}", style="default")
    out.print(head)
    if result.message and not any(seen.seen and result.message.endswith(seen.seen) for seen in result.expectations):
        out.print(f"  {result.message}", soft_wrap=True)
    for expectation in result.expectations:
        line = Text("  ")
        line.append(f"{expectation.verdict:>7}", style=_STYLES[expectation.verdict])
        line.append(f"  {expectation.text}: {expectation.seen}")
        out.print(line, soft_wrap=True)
    _alarms(result)
    if result.simulated_s:
        out.print(f"  {_figures(result)}", soft_wrap=True)


def show_summary(results: Sequence[RunResult]) -> None:
    """How many ended how, and which did not pass."""
    line = Text()
    for verdict, style in _STYLES.items():
        count = sum(result.verdict == verdict for result in results)
        if count:
            line.append(f"{count} {verdict}", style=style)
            line.append("  ")
    simulated = format_duration(round(sum(result.simulated_s for result in results) * NS_PER_S))
    line.append(f"{len(results)} runs, {simulated} simulated")
    out.print(line)
    for result in results:
        if result.verdict != "pass":
            named = Text("  ")
            named.append(f"{result.verdict:>7}", style=_STYLES[result.verdict])
            named.append(f"  {result.file}: {result.scenario}")
            out.print(named, soft_wrap=True)


def _alarms(result: RunResult) -> None:
    if not result.alarms:
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("  alarm", "priority", "event", "time"):
        table.add_column(column, no_wrap=True)
    for alarm in result.alarms[:_MOST_ALARMS]:
        at = format_duration(round(alarm.t_s * NS_PER_S))
        table.add_row(f"  {alarm.name}", alarm.priority, alarm.event.lower(), at)
    out.print(table)
    if len(result.alarms) > _MOST_ALARMS:
        out.print(f"  and {len(result.alarms) - _MOST_ALARMS} more, all of them in the report")


def _figures(result: RunResult) -> str:
    rate = result.simulated_s / result.wall_s if result.wall_s else 0.0
    volumes = (
        f"programmed {format_volume(result.programmed_nl)}, "
        f"{_delivered(result)}, "
        f"computed by the pump {format_volume(result.computed_nl)}, {result.strokes} strokes"
    )
    simulated = format_duration(round(result.simulated_s * NS_PER_S))
    return f"{volumes}; {simulated} in {result.wall_s:.1f} s ({format_factor(rate)} x real time)"


def _delivered(result: RunResult) -> str:
    """A bench that measures nothing does not say that nothing was delivered."""
    if result.measured_by == OWN_WORD:
        return "delivered: not measured"
    if result.measured_by == BALANCE:
        return f"delivered by balance {format_volume(result.delivered_nl)}"
    return f"truly delivered {format_volume(result.delivered_nl)}"
