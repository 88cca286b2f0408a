"""A scenario table as the text of a scenario file, in the form that people write them."""

from __future__ import annotations

import datetime
import json
from typing import Any


def toml_text(table: dict[str, Any]) -> str:
    """Scalars first, then tables, then arrays of tables. What `tomllib` reads from it is the same table."""
    lines = [f"{_key(key)} = {_value(value)}" for key, value in table.items() if not _is_block(value)]
    for key, value in table.items():
        if isinstance(value, dict):
            lines += ["", f"[{_key(key)}]", *(f"{_key(name)} = {_value(item)}" for name, item in value.items())]
    for key, value in table.items():
        if _is_block(value) and isinstance(value, list):
            for item in value:
                lines += ["", f"[[{_key(key)}]]", *(f"{_key(name)} = {_value(part)}" for name, part in item.items())]
    return "\n".join(lines) + "\n"


def _is_block(value: object) -> bool:
    if isinstance(value, dict):
        return True
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _key(key: str) -> str:
    return key if key and all(char.isalnum() or char in "_-" for char in key) else json.dumps(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)
