"""`pumpbench compare`: one scenario on several targets, and the first moment at which they differ."""

from __future__ import annotations

from typing import Annotated

import typer

from hil.campaign.compare import SIGNALS, Comparison, Divergence, Entry, compare, run_on, shortened
from hil.console import error, out
from hil.errors import ScenarioError
from hil.run.record import Record
from hil.run.result import EXIT_BAD_INPUT, EXIT_CODES
from hil.run.runner import Options
from hil.scenario.model import Scenario
from hil.scenario.reader import read_file
from hil.targets.factory import TARGET_WORDS, kind_of
from hil.words.quantity import format_duration, format_factor, parse_duration_ns

EXAMPLES = """
Examples:

  pumpbench compare demo_week --targets sim,mpy

  pumpbench compare stall_permanent --targets sim,mpy,chip --first "60 s"

The first target is the reference. Exit code: 0 the same, 1 they part, 2 usage, 3 a target is not there.
"""


def compare_command(
    name: Annotated[str, typer.Argument(metavar="FILE|NAME", help="A scenario file, or a name in the library.")],
    targets: Annotated[str, typer.Option(help="Two or more of sim, mpy, chip.")] = "sim,mpy",
    first: Annotated[
        str | None, typer.Option(help="Compare only the beginning, e.g. '60 s': chip is slower than real time.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Use this seed instead of the one in the file.")] = None,
) -> None:
    """Run a scenario on several targets and report where their events, alarms and strokes first differ."""
    words = targets.split(",")
    unknown = [word for word in words if kind_of(word) is None]
    if len(words) < 2 or unknown:
        error(f"--targets: found {targets}; allowed: two or more of {', '.join(TARGET_WORDS)}")
        raise typer.Exit(EXIT_BAD_INPUT)
    scenarios = [_cut(scenario, first) for scenario in read_file(name, seed)]
    codes = [_compare_one(scenario, words) for scenario in scenarios]
    raise typer.Exit(max(codes))


def _cut(scenario: Scenario, first: str | None) -> Scenario:
    if first is None:
        return scenario
    try:
        return shortened(scenario, parse_duration_ns(first))
    except ValueError as problem:
        raise ScenarioError("--first", 0, "", str(problem)) from None


def _compare_one(scenario: Scenario, words: list[str]) -> int:
    out.print(f"{scenario.name}, {format_duration(scenario.duration_ns)}")
    records: list[tuple[str, Record]] = []
    for word in words:
        result, record = run_on(scenario, word, Options())
        if result.verdict == "infra" or record is None:
            error(f"target {word}: {result.message}")
            return EXIT_CODES["infra"]
        rate = result.simulated_s / result.wall_s if result.wall_s else 0.0
        out.print(f"  {word}: {result.strokes} strokes in {result.wall_s:.1f} s, {format_factor(rate)} x real time")
        records.append((word, record))
    reference, left = records[0]
    is_same = True
    for word, right in records[1:]:
        found = compare((reference, word), left, right)
        is_same = is_same and found.divergence is None
        _show(scenario, reference, found)
    return 0 if is_same else EXIT_CODES["fail"]


def _show(scenario: Scenario, reference: str, found: Comparison) -> None:
    agreed = ", ".join(
        f"{found.entries[signal]} {signal}s within {found.shift_ns[signal] / 1e6:.3f} ms" for signal in SIGNALS
    )
    out.print(f"  {reference} and {found.target} agree on {agreed}", soft_wrap=True)
    if found.divergence is not None:
        for line in describe(scenario, found.divergence):
            out.print(f"  {line}", soft_wrap=True)


def describe(scenario: Scenario, divergence: Divergence) -> list[str]:
    """The divergence for a person: time, both values, and the last thing that the scenario did before."""
    at = format_duration(divergence.t_ns)
    lines = [f"first divergence at {at}, {divergence.signal}: {divergence.why}"]
    for target, entry in zip(divergence.targets, divergence.entries, strict=True):
        lines.append(f"  {target:>5}: {_entry_text(entry)}")
    before = [step for step in scenario.steps if step.at_ns is not None and step.at_ns <= divergence.t_ns]
    if before:
        step = max(before, key=lambda step: (step.at_ns, step.index))
        lines.append(f"  after step {step.index}, {scenario.file}:{step.line}")
    else:
        lines.append(f"  before any step of {scenario.file}")
    return lines


def _entry_text(entry: Entry | None) -> str:
    if entry is None:
        return "nothing more"
    numbers = f" ({', '.join(map(str, entry.numbers))})" if entry.numbers else ""
    return f"{format_duration(entry.t_ns)}  {entry.what}{numbers}, {entry.source}"
