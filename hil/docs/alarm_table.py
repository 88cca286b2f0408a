"""Writes the blocks of firmware/DESIGN.md that follow from the alarm catalogue and the table of modes.

`python -m hil.docs.alarm_table` rewrites them; a test fails when document and firmware disagree. The firmware's
core is plain Python: its files are executed here, never imported.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hil.docs.blocks import filled
from hil.docs.icd import table
from protocols import ids

CORE = Path(__file__).resolve().parents[2] / "firmware" / "core"
DESIGN = CORE.parent / "DESIGN.md"


def core(name: str) -> SimpleNamespace:
    """The names of one module of firmware/core that imports ids and `const` alone."""

    def import_module(wanted: str, *arguments: Any) -> Any:
        if wanted == "micropython":
            return SimpleNamespace(const=lambda value: value)
        return builtins.__import__(wanted, *arguments)

    names: dict[str, Any] = {"__builtins__": {**vars(builtins), "__import__": import_module}, "__name__": name}
    exec(compile((CORE / f"{name}.py").read_text(encoding="utf-8"), f"{name}.py", "exec"), names)
    return SimpleNamespace(**names)


def alarms_block() -> str:
    """A row per alarm and notice, in the order of the numbers."""
    catalogue = core("alarm_catalogue")
    clearing = {
        catalogue.LATCHED: "by a person",
        catalogue.SELF_CLEARING: "with its cause",
        catalogue.NOTICE_ONLY: "is only announced",
    }
    rows = []
    for number, (priority, action, inhibits, clears) in enumerate(catalogue.CATALOGUE):
        if number == 0:
            continue
        kinds = [kind for kind in range(1, len(ids.BOLUS_NAMES)) if inhibits >> kind & 1]
        boluses = "all" if len(kinds) == len(ids.BOLUS_NAMES) - 1 else ", ".join(ids.BOLUS_NAMES[k] for k in kinds)
        who = (number, ids.ALARM_NAMES[number], ids.PRIORITY_NAMES[priority], ids.ACTION_NAMES[action])
        rows.append((*who, boluses, clearing[clears], catalogue.TEXTS[number]))
    return table(("number", "alarm", "priority", "delivery", "boluses inhibited", "cleared", "text for a person"), rows)


def modes_block() -> str:
    """The table of modes as a diagram: events with the same way share an arrow; ways back to itself are left out."""
    delivery = core("delivery")
    ways: dict[tuple[int, int], list[str]] = {}
    stays: dict[int, list[str]] = {}
    for mode, event, following in delivery.ROWS:
        name = delivery.EVENT_NAMES[event]
        if mode == following:
            stays.setdefault(mode, []).append(name)
        else:
            ways.setdefault((mode, following), []).append(name)
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {ids.MODE_NAMES[ids.BOOT]}"]
    for (mode, following), events in ways.items():
        lines.append(f"    {ids.MODE_NAMES[mode]} --> {ids.MODE_NAMES[following]}: {', '.join(events)}")
    lines += ["```", "", "Accepted without a change of mode:", ""]
    rows = [(ids.MODE_NAMES[mode], ", ".join(events)) for mode, events in stays.items()]
    return "\n".join(lines) + "\n" + table(("mode", "events"), rows)


BLOCKS: dict[str, Callable[[], str]] = {"alarms": alarms_block, "modes": modes_block}


def rendered(text: str) -> str:
    """The document with both blocks made anew."""
    return filled(text, BLOCKS)


if __name__ == "__main__":
    DESIGN.write_text(rendered(DESIGN.read_text(encoding="utf-8")), encoding="utf-8")
