"""`make chip-library`: the library on the emulated chip, its verdicts beside those of sim and mpy.

A scenario that is longer than the limit is run for that long, if one of its steps comes by then, and judged by
what is asked of that time. What sim says is CONFIRMED when the chip comes to the same verdict by the same alarms,
and SIM-ONLY when it does not. Volumes are shown: on the chip a stroke comes some milliseconds later, so the last
one may fall outside.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence

import msgspec

from hil.board.image_search import require_image
from hil.campaign.batch import Job, run_jobs
from hil.campaign.compare import shortened
from hil.console import err, error, out
from hil.errors import PumpbenchError
from hil.run.result import RunResult
from hil.scenario.model import Expectation, NeverExpectation, Scenario
from hil.scenario.reader import library_names, read_file
from hil.targets.chip import require_parts
from hil.words.quantity import NS_PER_MINUTE, format_duration, format_factor, format_volume

TARGETS = ("sim", "mpy", "chip")
CONFIRMED, SIM_ONLY, UNDECIDED = "CONFIRMED", "SIM-ONLY", "UNDECIDED"
_MINUTES = 20


class Row(msgspec.Struct, frozen=True):
    """One scenario on each of TARGETS that it is for."""

    scenario: Scenario
    results: dict[str, RunResult]

    @property
    def word(self) -> str:
        """CONFIRMED or SIM_ONLY; UNDECIDED when the time was too short for sim to say anything."""
        sim, chip = self.results["sim"], self.results["chip"]
        if sim.verdict == chip.verdict == "invalid":
            return UNDECIDED
        return CONFIRMED if (sim.verdict, raised(sim)) == (chip.verdict, raised(chip)) else SIM_ONLY

    @property
    def why(self) -> str:
        """What the chip shows instead; empty when it is confirmed."""
        sim, chip = self.results["sim"], self.results["chip"]
        if sim.verdict != chip.verdict:
            failed = next((seen for seen in chip.expectations if seen.verdict == chip.verdict), None)
            return f"{failed.text}: {failed.seen}" if failed is not None else chip.message
        if raised(sim) != raised(chip):
            return f"alarms {', '.join(raised(chip)) or 'none'} instead of {', '.join(raised(sim)) or 'none'}"
        return ""


def raised(result: RunResult) -> list[str]:
    """Names of the alarms that were raised, each once, in order of the first time."""
    return list(dict.fromkeys(alarm.name for alarm in result.alarms if alarm.event == "RAISED"))


def chosen(names: Sequence[str], limit_ns: int) -> list[Scenario]:
    """Of the library, or of these names, what there is to run on sim and chip in `limit_ns`."""
    scenarios = [scenario for name in names or library_names() for scenario in read_file(name)]
    return [
        beginning(scenario, limit_ns)
        for scenario in scenarios
        if {"sim", "chip"} <= set(scenario.targets)
        and (scenario.duration_ns <= limit_ns or any((step.at_ns or limit_ns) < limit_ns for step in scenario.steps))
    ]


def beginning(scenario: Scenario, limit_ns: int) -> Scenario:
    """The scenario, or its first `limit_ns` with what is asked of that time; what must never be must not be so far."""
    if scenario.duration_ns <= limit_ns:
        return scenario
    expectations: list[Expectation] = []
    for asked in scenario.expectations:
        if isinstance(asked, NeverExpectation) and asked.start_ns < limit_ns:
            expectations.append(msgspec.structs.replace(asked, end_ns=min(asked.end_ns, limit_ns)))
        elif (asked.end_ns if asked.at_ns is None else asked.at_ns) <= limit_ns:
            expectations.append(asked)
    return msgspec.structs.replace(shortened(scenario, limit_ns), expectations=tuple(expectations))


def rows(scenarios: Sequence[Scenario], workers: int) -> list[Row]:
    """Each scenario on each target that it is for."""
    jobs = [Job(scenario, target) for scenario in scenarios for target in TARGETS if target in scenario.targets]
    left = len(jobs)

    def done() -> None:
        nonlocal left
        left -= 1
        err.print(f"{left} runs left")

    results = iter(run_jobs(jobs, workers, done))
    return [
        Row(scenario, {target: next(results) for target in TARGETS if target in scenario.targets})
        for scenario in scenarios
    ]


def shown(row: Row) -> tuple[str, ...]:
    """Cells of the table."""
    name = row.scenario.file + (f" ({row.scenario.variant})" if row.scenario.variant else "")
    verdicts = [row.results[target].verdict if target in row.results else "-" for target in TARGETS]
    volumes = [format_volume(row.results[target].delivered_nl) for target in ("sim", "chip")]
    return (row.word, name, *verdicts, *volumes, row.why)


def main() -> int:
    """0 when nothing is SIM-ONLY, 1 when something is, 3 when the chip will not run here."""
    reader = argparse.ArgumentParser(prog="python -m hil.campaign.chip_library", description=__doc__)
    reader.add_argument("names", nargs="*", help="names or files; the whole library without any")
    reader.add_argument("--minutes", type=float, default=_MINUTES, help="simulated, of each scenario")
    reader.add_argument("-j", "--workers", type=int, default=1)
    arguments = reader.parse_args()
    begin_s = time.monotonic()
    try:
        require_parts()
        image = require_image()
        found = rows(chosen(arguments.names, round(arguments.minutes * NS_PER_MINUTE)), arguments.workers)
    except PumpbenchError as problem:
        error(str(problem))
        return problem.exit_code
    cells = [("", "scenario", *TARGETS, "delivered, sim", "chip", "what the chip shows instead"), *map(shown, found)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    for row in cells:
        out.print(
            "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip(), soft_wrap=True
        )
    chip = [row.results["chip"] for row in found]
    speed = sum(result.simulated_s for result in chip) / max(sum(result.wall_s for result in chip), 1e-9)
    words = Counter(row.word for row in found)
    out.print(
        f"of {len(found)}: {', '.join(f'{words[word]} {word}' for word in (CONFIRMED, SIM_ONLY, UNDECIDED))}; chip"
        f" {format_duration(round(sum(result.simulated_s for result in chip) * 1e9))} at {format_factor(speed)} x real"
        f" time, all in {time.monotonic() - begin_s:.0f} s; {image.facts}, SHA-256 {image.sha256[:16]}",
        soft_wrap=True,
    )
    return 1 if words[SIM_ONLY] else 0


if __name__ == "__main__":
    sys.exit(main())
