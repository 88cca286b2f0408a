"""`python -m hil.quality.canaries [ID...]`: the table of canaries. Exit code 1 when one of them is not caught."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hil.quality import edited_run
from hil.quality.canaries.catalogue import Canary, canaries
from hil.quality.canaries.check import Finding, check, failing_without

_STYLES = {
    "caught": "green",
    "survived": "bold red",
    "broken": "bold yellow",
    "useless": "bold magenta",
    "outdated": "bold magenta",
}
_TAIL = 15


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m hil.quality.canaries", description=__doc__)
    parser.add_argument("ids", nargs="*", metavar="ID", help="only these canaries")
    parser.add_argument(
        "--swarm", type=Path, metavar="FILE", help="a column of what `python -m hil.swarm.guard` wrote there"
    )
    parser.add_argument("--list", action="store_true", help="list them and try nothing")
    chosen = parser.parse_args(arguments)
    known = {canary.id: canary for canary in canaries()}
    unknown = [name for name in chosen.ids if name not in known]
    if unknown:
        parser.error(f"no canary {', '.join(unknown)}; there are {', '.join(known)}")
    wanted = [known[name] for name in chosen.ids] or list(known.values())
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 150)
    if chosen.list:
        console.print(_list(wanted))
        return 0
    swarm = _swarm(chosen.swarm)
    edited_run.prepare()
    failing = failing_without(wanted)
    findings = check(wanted, failing, lambda finding: print(f"{finding.state:>9}  {finding.canary.id}", flush=True))
    console.print(_table(findings, swarm))
    escaped = [finding for finding in findings if finding.state != "caught"]
    for finding in escaped:
        tail = "\n".join(finding.output.splitlines()[-_TAIL:])
        console.print(f"{finding.canary.id}: {finding.state}\n{tail}", markup=False)
    console.print(f"{len(findings) - len(escaped)} of {len(findings)} broken firmwares caught")
    return 1 if escaped else 0


def _list(wanted: list[Canary]) -> Table:
    table = Table("canary", "file", "why it is dangerous", box=None, pad_edge=False)
    for canary in wanted:
        table.add_row(canary.id, canary.file.removeprefix("firmware/"), canary.why)
    return table


def _swarm(file: Path | None) -> dict[str, str]:
    """What the swarm says of each canary. Empty without a file; raises OSError for one that cannot be read."""
    if file is None:
        return {}
    return {name: row["shown"] for name, row in json.loads(file.read_text(encoding="utf-8")).items()}


def _table(findings: list[Finding], swarm: dict[str, str]) -> Table:
    columns = ["canary", "state", "caught by", *(["found by the swarm"] if swarm else []), "why it is dangerous"]
    table = Table(*columns, box=None, pad_edge=False)
    for finding in findings:
        state = f"[{_STYLES[finding.state]}]{finding.state}[/]"
        name = finding.by.rpartition("/")[2]
        seen = [escape(swarm.get(finding.canary.id, "not asked"))] if swarm else []
        table.add_row(finding.canary.id, state, escape(name), *seen, escape(finding.canary.why))
    return table


if __name__ == "__main__":
    sys.exit(main())
