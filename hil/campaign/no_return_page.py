"""P(harm) over time beside the alarms, as one self-contained HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
import msgspec
from plotly.offline import get_plotlyjs

from hil.campaign.point_of_no_return import NoReturn
from hil.report.figure import ALARM_COLOURS
from hil.report.page import TEMPLATES as REPORT_TEMPLATES
from hil.scenario.model import Scenario
from hil.words.quantity import NS_PER_S, format_duration

TEMPLATES = Path(__file__).with_name("templates")
_MARKS = (("inevitable_s", "#c62828"), ("knowable_s", "#6b46c1"), ("spoke_s", "#12876f"))


def write_page(scenario: Scenario, found: NoReturn, file: Path) -> None:
    """Raises OSError."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([TEMPLATES, REPORT_TEMPLATES]), autoescape=True, undefined=jinja2.StrictUndefined
    )
    times = [
        (words, "never" if value is None else format_duration(round(value * NS_PER_S)))
        for words, value in (
            ("harm became inevitable", found.inevitable_s),
            ("the pump could first know", found.knowable_s),
            ("the pump spoke", found.spoke_s),
        )
    ]
    figure = msgspec.json.encode(_figure(found)).decode().replace("<", "\\u003c")
    text = environment.get_template("no_return.html.j2").render(
        title=scenario.name, found=found, times=times, figure=figure, plotly=get_plotlyjs()
    )
    file.write_text(text, encoding="utf-8")


def _figure(found: NoReturn) -> dict[str, Any]:
    judged = [moment for moment in found.moments if moment.futures]
    parts = [moment.harmed / moment.futures for moment in judged]
    curve = {
        "x": [moment.t_s / 60 for moment in judged],
        "y": parts,
        "name": "P(harm)",
        "mode": "lines+markers",
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [moment.high - part for moment, part in zip(judged, parts, strict=True)],
            "arrayminus": [part - moment.low for moment, part in zip(judged, parts, strict=True)],
        },
    }
    raised = [alarm for alarm in found.alarms if alarm.event == "RAISED"]
    colours = [ALARM_COLOURS.get(alarm.priority, "#667085") for alarm in raised]
    alarms = {
        "x": [alarm.t_s / 60 for alarm in raised],
        "y": [-0.1] * len(raised),
        "text": [alarm.name for alarm in raised],
        "mode": "markers+text",
        "textposition": "bottom center",
        "name": "alarms",
        "marker": {"symbol": "triangle-up", "color": colours},
    }
    lines = [
        {"type": "line", "x0": t_s / 60, "x1": t_s / 60, "y0": 0, "y1": 1, "line": {"color": colour, "dash": "dash"}}
        for field, colour in _MARKS
        if (t_s := getattr(found, field)) is not None
    ]
    layout = {
        "xaxis": {"title": {"text": "the world is let go free at, min"}},
        "yaxis": {"title": {"text": "P(harm)"}, "range": [-0.25, 1.05]},
        "shapes": lines,
        "height": 480,
    }
    return {"data": [curve, alarms], "layout": layout}
