"""Writes the generated blocks of protocols/ICD.md from the catalogue, the ids and the golden frames.

`python -m hil.docs.icd` rewrites the file; a test fails when the file and the code disagree.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from struct import calcsize

from hil.docs.blocks import filled
from protocols import alarms, frame, ids
from protocols.codec import COUNT, is_text, pack, size_of
from protocols.messages import BODY, CATALOGUE, DIRECTION, FIELDS, NAME, NUMBER, PUMP, REPEATED, REQUEST, ROLE, TEXT

PROTOCOLS = Path(__file__).resolve().parents[2] / "protocols"
ICD = PROTOCOLS / "ICD.md"
VECTORS = PROTOCOLS / "vectors.txt"

CODE_WORDS = {"<B": "u8", "<H": "u16", "<I": "u32", "<i": "i32"}


def table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join("| " + " | ".join(str(cell) for cell in line) + " |\n" for line in lines)


def golden_frames() -> dict[tuple[str, str], tuple[str, str]]:
    """The first vector of each message: (name, direction) -> (its description, its frame)."""
    lines = [line for line in VECTORS.read_text().splitlines() if line.strip() and not line.startswith("#")]
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for described, data in zip(lines[::2], lines[1::2], strict=True):
        name, direction, _ = described.split(maxsplit=2) if " " in described else (described, "", "")
        found.setdefault((name, direction), (described, data.strip()))
    return found


def layout(fields: tuple, repeated: tuple) -> str:
    """Table of fields with their offsets; the offsets of a list count from the start of each item."""
    rows: list[tuple[object, ...]] = []
    for group, prefix in ((fields, ""), (repeated, "+")):
        offset = 0
        for name, code, unit, low, high in group:
            word = CODE_WORDS.get(code, f"{high} bytes")
            span = "" if code not in CODE_WORDS else f"{low} to {high}"
            rows.append((f"{prefix}{offset}", f"`{name}`", word, unit, span))
            offset += size_of(((name, code, unit, low, high),))
    if not rows:
        return "No fields.\n"
    return table(("offset", "field", "type", "unit", "range"), rows)


def messages_block() -> str:
    golden = golden_frames()
    bodies = {row[NUMBER]: row for row in CATALOGUE if row[DIRECTION] == BODY}
    parts = []
    for row in (row for row in CATALOGUE if row[DIRECTION] != BODY):
        name = row[NAME]
        role = f", role {ids.ROLE_NAMES[row[ROLE]]}" if row[DIRECTION] == REQUEST else ", sent by the pump"
        parts.append(f"### {name} ({row[NUMBER]}){role}\n\n{row[TEXT]}\n\n{layout(row[FIELDS], row[REPEATED])}")
        parts.append(_example(golden, row))
        body = bodies.get(row[NUMBER])
        if body is not None and row[DIRECTION] != PUMP:
            parts.append(f"Body of its answer:\n\n{layout(body[FIELDS], body[REPEATED])}")
            parts.append(_example(golden, body))
    return "\n".join(parts)


def _example(golden: dict[tuple[str, str], tuple[str, str]], row: tuple) -> str:
    """The golden frame of a message. Raises LookupError with lines to add when there is none."""
    name, direction = row[NAME], row[DIRECTION]
    if (name, direction) not in golden:
        lines = "\n".join(proposed(row))
        raise LookupError(
            f"{VECTORS.name} has no frame of {name} {direction}; look at these lines and add them:\n{lines}"
        )
    return "```\n{}\n{}\n```\n".format(*golden[name, direction])


def proposed(row: tuple) -> tuple[str, str]:
    """Two lines for vectors.txt with the least value of each field: a message and its frame, sequence number 0."""
    values = _least(row[FIELDS])
    words = _shown(values)
    if row[REPEATED]:
        item = _least(row[REPEATED])
        values = {key: value for key, value in values.items() if key != COUNT} | {"items": [item]}
        words = [word for word in words if not word.startswith(f"{COUNT}=")] + [";", *_shown(item)]
    payload = pack(row, values)
    if row[DIRECTION] == BODY:
        words.insert(0, "reason=0")
        data = frame.encode(ids.MSG_ANSWER, 0, bytes([row[NUMBER], 0]) + payload)
    else:
        data = frame.encode(row[NUMBER], 0, payload)
    return " ".join([row[NAME], row[DIRECTION], "0", *words]), f"    {data.hex(' ')}"


def _least(fields: tuple) -> dict[str, int | bytes]:
    return {field[0]: bytes(calcsize(field[1])) if is_text(field) else field[3] for field in fields}


def _shown(values: dict[str, int | bytes]) -> list[str]:
    return [
        f"{name}=hex:{value.hex()}" if isinstance(value, bytes) else f"{name}={value}" for name, value in values.items()
    ]


def names_block(names: Iterable[str]) -> str:
    return table(("number", "name"), [(number, name) for number, name in enumerate(names) if name])


def bits_block(names: Iterable[str]) -> str:
    return table(("bit", "name"), [(bit, name) for bit, name in enumerate(names) if name])


def sizes_block() -> str:
    return table(
        ("what", "bytes"),
        [
            ("header", frame.HEADER_LENGTH),
            ("payload, at most", frame.MAX_PAYLOAD),
            ("CRC", frame.CRC_LENGTH),
            ("whole frame on the link, at most", frame.MAX_FRAME),
        ],
    )


BLOCKS: dict[str, Callable[[], str]] = {
    "sizes": sizes_block,
    "messages": messages_block,
    "reasons": lambda: names_block(ids.REASON_NAMES),
    "modes": lambda: names_block(ids.MODE_NAMES),
    "actions": lambda: names_block(ids.ACTION_NAMES),
    "boluses": lambda: names_block(ids.BOLUS_NAMES),
    "alarms": lambda: names_block(alarms.NAMES),
    "priorities": lambda: names_block(ids.PRIORITY_NAMES),
    "log": lambda: names_block(ids.LOG_NAMES),
    "items": lambda: names_block(ids.ITEM_NAMES),
    "roles": lambda: names_block(ids.ROLE_NAMES),
    "flags": lambda: bits_block(ids.FLAG_NAMES),
    "alarm_states": lambda: bits_block(ids.ALARM_STATE_NAMES),
    "capabilities": lambda: bits_block(ids.CAPABILITY_NAMES),
}


def rendered(text: str) -> str:
    """The document with every generated block made anew."""
    return filled(text, BLOCKS)


if __name__ == "__main__":
    try:
        ICD.write_text(rendered(ICD.read_text()))
    except LookupError as missing:
        sys.exit(str(missing))
