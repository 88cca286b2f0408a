"""Writes protocols/layouts.py, what the board needs of the catalogue, from messages.py and fields.py.

`python -m hil.docs.layouts` rewrites it; a test fails when the two disagree.
"""

from __future__ import annotations

from pathlib import Path

from protocols import fields
from protocols.codec import is_text, size_of
from protocols.messages import CATALOGUE, DIRECTION, FIELDS, NAME, NUMBER, REPEATED, REQUEST, ROLE

LAYOUTS = Path(__file__).resolve().parents[2] / "protocols" / "layouts.py"
LONGEST_LINE = 120

_HEAD = '''"""What the pump itself needs of the catalogue: roles, layouts and ranges, without words for people.

Written by `python -m hil.docs.layouts` from messages.py and fields.py, never by hand. Those two are not on the
board, where their rows would take 14 KiB of heap.
"""

'''
_BODIES = (
    ("SNAPSHOT", fields.SNAPSHOT_FIELDS),
    ("LINK_COUNTS", fields.LINK_COUNT_FIELDS),
    ("LAST_COMMAND", fields.LAST_COMMAND_FIELDS),
    ("CONFIG", fields.CONFIG_BODY),
    ("PRESCRIPTION", fields.DRUG + fields.PATIENT_BOLUS + fields.DOSE_LIMIT),
)
_SIZES = (("LOG_ENTRY", fields.LOG_ENTRY), ("SEGMENT", fields.SEGMENT), ("ALARM_ENTRY", fields.ALARM_ENTRY))


def text() -> str:
    """The file as it should be."""
    requests = [row for row in CATALOGUE if row[DIRECTION] == REQUEST]
    return "\n".join((_HEAD + _roles(requests), _requests(requests), _bodies(), _sizes()))


def _roles(requests: list[tuple]) -> str:
    roles = bytearray(b"\xff" * (1 + max(row[NUMBER] for row in requests)))
    for row in requests:
        roles[row[NUMBER]] = row[ROLE]
    pieces = [bytes(roles[at : at + 16]) for at in range(0, len(roles), 16)]
    lines = "".join('    b"' + "".join(f"\\x{byte:02x}" for byte in piece) + '"\n' for piece in pieces)
    return f"# The role that a request needs, by its number.\nNO_REQUEST = 255\nROLES = (\n{lines})\n"


def _requests(requests: list[tuple]) -> str:
    """A row per request that has fields."""
    lines = [
        "# By number: layout, then least and most of each field (of text two zeros); the same of an item of its list,",
        "# whose length is the second byte. A request that is not here has no fields.",
        "REQUESTS = {",
    ]
    for row in requests:
        if row[FIELDS]:
            parts = _layout(row[FIELDS]) + (_layout(row[REPEATED]) if row[REPEATED] else ())
            lines += [f"    # {row[NAME]}", f"    {row[NUMBER]}: ({', '.join(parts)}),"]
    return "\n".join(lines) + "\n}\n"


def _layout(group: tuple) -> tuple[str, str]:
    limits = [number for field in group for number in ((0, 0) if is_text(field) else field[3:5])]
    return f'"<{_codes(group)}"', f"({', '.join(map(str, limits))})"


def _codes(group: tuple) -> str:
    return "".join(field[1].removeprefix("<") for field in group)


def _bodies() -> str:
    """A text first, then numbers: its length, the codes of the numbers, the attribute of each field in order."""
    lines = ["# Bodies of answers: a code for each number, and the attributes that they are. Texts stand before them."]
    for name, group in _BODIES:
        numbers = tuple(field for field in group if not is_text(field))
        assert group[len(group) - len(numbers) :] == numbers, f"{name}: a text stands behind a number"
        words = " ".join(field[0] for field in numbers)
        lines += [f"{name} = (", f'    "{_codes(numbers)}",', *_wrapped(words), ")"]
    return "\n".join(lines) + "\n"


def _wrapped(words: str) -> list[str]:
    lines, line = [], ""
    for word in words.split():
        if len(line) + len(word) > LONGEST_LINE - 10:
            lines.append(line)
            line = ""
        line += word + " "
    lines.append(line.rstrip())
    return [f'    "{line}"' + ("," if line is lines[-1] else "") for line in lines]


def _sizes() -> str:
    return "# Bytes of an item of a list.\n" + "".join(f"{name}_BYTES = {size_of(group)}\n" for name, group in _SIZES)


def main() -> None:
    LAYOUTS.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
