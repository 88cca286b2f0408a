"""`pumpbench requirements`: what shows each requirement, on which target, and what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from hil.commands.outputs import check_outputs
from hil.console import error, out
from hil.traceability.evidence import read_evidence
from hil.traceability.matrix import REPOSITORY, Row, as_markdown, cell_text, claims_of_library, claims_of_tests, matrix

EXAMPLES = """
Examples:

  pumpbench requirements

  pumpbench run --all --evidence out/evidence, then: pumpbench requirements --evidence out/evidence --check
"""


def requirements(
    evidence: Annotated[Path, typer.Option(help="Folder that --evidence of run and pytest wrote.")] = Path(
        "out/evidence"
    ),
    check: Annotated[bool, typer.Option(help="Exit code 1 when a requirement has no good evidence.")] = False,
    markdown: Annotated[Path | None, typer.Option(help="Write the matrix as Markdown.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the matrix as JSON.")] = None,
) -> None:
    """List every requirement with its tests, scenarios, targets and last verdicts; holes are named."""
    for file in (markdown, json_file):
        if file is not None and file.parent != Path("."):
            check_outputs({}, {"folder": file.parent})
    check_outputs({"--markdown": markdown, "--json": json_file}, {})
    tests = REPOSITORY / "tests"
    claims = claims_of_tests(tests) if tests.is_dir() else {}
    rows = matrix(claims, claims_of_library(), read_evidence(evidence))
    out.print(_table(rows))
    holes = [row for row in rows if row.hole]
    out.print(f"{len(rows) - len(holes)} of {len(rows)} requirements shown")
    if markdown is not None:
        markdown.write_text(as_markdown(rows), encoding="utf-8")
    if json_file is not None:
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(rows)) + b"\n")
    if check and holes:
        for row in holes:
            error(f"{row.requirement.id}: {row.hole}")
        raise typer.Exit(1)


def _table(rows: list[Row]) -> Table:
    targets = sorted({target for row in rows for target in row.targets})
    table = Table(box=None, pad_edge=False)
    for name in ("requirement", "tests", "scenarios", *targets):
        table.add_column(name, no_wrap=True)
    table.add_column("missing")
    for row in rows:
        cells = [cell_text(row.targets.get(target)) for target in targets]
        counts = [str(len(row.tests)), str(len(row.scenarios))]
        table.add_row(row.requirement.id, *counts, *cells, row.hole)
    return table
