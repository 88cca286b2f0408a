"""The tables of docs/campaigns.md, from the folders of campaigns that have ended.

Example: python -m hil.campaign.tables out/campaign-stall_delay
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from hil.campaign.findings import findings
from hil.campaign.page import read_rows
from hil.campaign.series import Row
from hil.console import out

_HEAD = "| part of the sweep | trials, worlds | passed | detected | delay, median | 95 % | dose error |"


def table(rows: Sequence[Row]) -> list[str]:
    """One line of Markdown for each combination of the sweep."""
    parts: dict[str, list[Row]] = {}
    for row in rows:
        parts.setdefault(row.label.partition("trial ")[0].rstrip(", ") or "all", []).append(row)
    lines = [_HEAD, "|" + "---|" * (_HEAD.count("|") - 1)]
    for name, members in parts.items():
        found = findings(members)
        told = found.found
        error = found.dose_error
        cells = (
            name,
            f"{len(members)}, {len({row.seed for row in members})}",
            found.passed.text,
            "" if told is None else f"{told.seen} of {told.seen + told.missed}",
            "" if told is None else _seconds(told.median_s),
            "" if told is None else _seconds(told.p95_s),
            "" if error is None else f"{error[0]:+.2%} ± {error[1]:.2%}, {error[2]:+.2%} to {error[3]:+.2%}",
        )
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def main() -> int:
    reader = argparse.ArgumentParser(prog="python -m hil.campaign.tables", description=__doc__)
    reader.add_argument("folders", nargs="+", type=Path)
    for folder in reader.parse_args().folders:
        for line in table(read_rows(folder)):
            out.print(line, soft_wrap=True, markup=False, highlight=False)
        out.print()
    return 0


def _seconds(value: float | None) -> str:
    return "never so many" if value is None else f"{value:.0f} s"


if __name__ == "__main__":
    sys.exit(main())
