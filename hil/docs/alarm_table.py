"""Writes what follows from the alarm table and the table of modes: blocks of firmware/DESIGN.md and the pump's rows.

`python -m hil.docs.alarm_table` rewrites both; a test fails when one of them disagrees with its table. The firmware's
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
from protocols import alarms, ids

CORE = Path(__file__).resolve().parents[2] / "firmware" / "core"
DESIGN = CORE.parent / "DESIGN.md"
ROWS = CORE / "alarm_rows.py"


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
    clearing = {ids.LATCHED: "by a person", ids.SELF_CLEARING: "with its cause", ids.NOTICE_ONLY: "is only announced"}
    rows = []
    for number, name, priority, action, inhibits, clears, text in alarms.ALARMS:
        kinds = [kind for kind in range(1, len(ids.BOLUS_NAMES)) if inhibits >> kind & 1]
        boluses = "all" if len(kinds) == len(ids.BOLUS_NAMES) - 1 else ", ".join(ids.BOLUS_NAMES[k] for k in kinds)
        who = (number, name, ids.PRIORITY_NAMES[priority], ids.ACTION_NAMES[action])
        rows.append((*who, boluses, clearing[clears], text))
    return table(("number", "alarm", "priority", "delivery", "boluses inhibited", "cleared", "text for a person"), rows)


def pump_rows() -> str:
    """firmware/core/alarm_rows.py. ValueError when a row of the table is not at the place of its number."""
    numbers = [row[alarms.NUMBER] for row in alarms.ALARMS]
    if numbers != list(range(1, len(numbers) + 1)):
        raise ValueError(f"protocols/alarms.py: numbers must be 1, 2, 3 ... in this order, got {numbers}")
    nothing = (0, "", ids.NOTICE, ids.CONTINUE, 0, ids.NOTICE_ONLY, "")
    columns = {
        "PRIORITIES": alarms.PRIORITY,
        "ACTIONS": alarms.ACTION,
        "INHIBITS": alarms.INHIBITS,
        "CLEARINGS": alarms.CLEARING,
    }
    lines = [f"LAST_ALARM = {len(numbers)}"]
    for name, place in columns.items():
        figures = "".join(f"\\x{row[place]:02x}" for row in (nothing, *alarms.ALARMS))
        lines.append(f'{name} = b"{figures}"')
    return _ROWS_HEAD + "\n".join(lines) + "\n"


_ROWS_HEAD = '''"""The alarms as the pump needs them, one byte each by number; 0 is no alarm.

Written by `python -m hil.docs.alarm_table` from protocols/alarms.py, never by hand.
"""

# fmt: off
'''


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
    ROWS.write_text(pump_rows(), encoding="utf-8")
    DESIGN.write_text(rendered(DESIGN.read_text(encoding="utf-8")), encoding="utf-8")
