"""Results in, one self-contained HTML file out."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
import msgspec
from plotly.offline import get_plotlyjs

from hil.report.figure import curves_of, figure
from hil.report.matrix import requirement_rows
from hil.report.recipe import embedded
from hil.report.thinning import cap
from hil.run.result import EXIT_CODES, RunResult
from hil.words.quantity import clock_text, duration_text, percent_text, volume_text

TEMPLATES = Path(__file__).with_name("templates")
FILE_NAME = "report.html"

# plotly.js takes 4.8 MB; with the curves of all scenarios in this many bytes the file stays near 6 MB.
CURVE_BYTES = 1_100_000

# Points per curve, from all that a screen can show down to where a shape is still a shape.
POINT_LIMITS = (6000, 3000, 1500, 1000, 700, 500, 350, 250, 180)

MOST_LOG_LINES = 200
MOST_ALARM_ROWS = 300


def encoded_figures(results: Sequence[RunResult]) -> list[str]:
    """One JSON text per result, with as many points per curve as the budget of the file allows.

    The last limit is used even where it does not fit. `<` is escaped: the text stands inside a script
    element.
    """
    every_curve = [curves_of(result, POINT_LIMITS[0]) for result in results]
    texts: list[str] = []
    for most_points in POINT_LIMITS:
        every_curve = [{key: cap(curve, most_points) for key, curve in curves.items()} for curves in every_curve]
        texts = [
            msgspec.json.encode(figure(result, curves)).decode()
            for result, curves in zip(results, every_curve, strict=True)
        ]
        if sum(map(len, texts)) <= CURVE_BYTES:
            break
    return [text.replace("<", "\\u003c") for text in texts]


def excerpt(lines: Sequence[Any], most: int) -> tuple[Sequence[Any], int, Sequence[Any]]:
    """(head, number left out, tail): the first and the last lines where there are too many."""
    if len(lines) <= most:
        return lines, 0, []
    return lines[: most // 2], len(lines) - 2 * (most // 2), lines[-(most // 2) :]


def scenario_view(number: int, result: RunResult, figure_text: str, alone: bool) -> dict[str, Any]:
    """What the template shows of one run; see `templates/scenario.html.j2`."""
    failed = [expectation for expectation in result.expectations if expectation.verdict != "pass"]
    dead_faults = [fault for fault in result.faults if not fault.took_effect]
    speed = result.simulated_s / result.wall_s if result.wall_s > 0 else 0.0
    return {
        "anchor": f"run-{number}",
        "result": result,
        "figure": figure_text,
        "is_open": alone or result.verdict != "pass",
        # The message of a run that came to its end is its first failure, which stands there by itself.
        "message": "" if failed and failed[0].seen and failed[0].seen in result.message else result.message,
        "first_failed": failed[0] if failed else None,
        "dead_faults": dead_faults,
        "held": len(result.expectations) - len(failed),
        "speed": f"{speed:,.0f}".replace(",", "\u202f"),
        "alarms": excerpt(result.alarms, MOST_ALARM_ROWS),
        "log": excerpt(result.log, MOST_LOG_LINES),
    }


def environment() -> jinja2.Environment:
    """The templates, with the units that they write; an undefined name is an error, not a blank."""
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(clock=clock_text, duration=duration_text, volume=volume_text)
    templates.globals.update(percent=percent_text)
    return templates


def write_report(results: Sequence[RunResult], directory: str | Path) -> Path:
    """Write `report.html` into `directory` (made if missing) and return its path.

    Raises OSError when the directory cannot be written.
    """
    target = Path(directory)
    target.mkdir(parents=True, exist_ok=True)
    figures = encoded_figures(results)
    verdicts = [result.verdict for result in results]
    rows, untouched = requirement_rows(results)
    page = (
        environment()
        .get_template("report.html.j2")
        .render(
            written=datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
            counts=[(verdict, verdicts.count(verdict)) for verdict in EXIT_CODES],
            simulated_s=sum(result.simulated_s for result in results),
            scenarios=[
                scenario_view(number, result, figures[number], len(results) == 1)
                for number, result in enumerate(results)
            ],
            requirement_rows=rows,
            untouched=untouched,
            reproduction=embedded(results),
            plotly_js=get_plotlyjs().replace("</script", "<\\/script"),
        )
    )
    path = target / FILE_NAME
    path.write_text(page, encoding="utf-8")
    return path
