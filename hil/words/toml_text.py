"""A table as the text of a TOML file, in the form that people write scenarios: tomlkit does the writing."""

from __future__ import annotations

from typing import Any

import tomlkit
from tomlkit.items import Item


def toml_text(table: dict[str, Any]) -> str:
    """Scalars first, then tables, then arrays of tables; what is nested deeper stands inline. What `tomllib` reads from
    it is the same table.
    """
    document = tomlkit.document()
    for key, value in sorted(table.items(), key=lambda row: _depth(row[1])):
        if isinstance(value, dict):
            document.add(key, _table(value))
        elif _is_array_of_tables(value):
            array = tomlkit.aot()
            for row in value:
                array.append(_table(row))
            document.add(key, array)
        else:
            document.add(key, _inline(value))
    return tomlkit.dumps(document)


def _is_array_of_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _depth(value: object) -> int:
    return 1 if isinstance(value, dict) else 2 if _is_array_of_tables(value) else 0


def _table(values: dict[str, Any]) -> Item:
    table = tomlkit.table()
    for key, value in values.items():
        table.add(key, _inline(value))
    return table


def _inline(value: Any) -> Item:
    if isinstance(value, dict):
        table = tomlkit.inline_table()
        for key, item in value.items():
            table.append(key, _inline(item))
        return table
    if isinstance(value, list):
        array = tomlkit.array()
        for item in value:
            array.append(_inline(item))
        return array.multiline(_is_array_of_tables(value))
    return tomlkit.item(value)
