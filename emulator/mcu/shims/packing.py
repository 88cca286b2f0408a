"""`struct` as the board has it (extmod/modstruct.c): numbers are cut to their size, a short list is filled with zeros.

Formats are turned into those of CPython's `struct` once, with the alignment of the RP2040, and kept.
"""

import struct
from typing import Any, NamedTuple

from emulator.mcu.dialect_calls import cut
from emulator.mcu.shims.arguments import integer, readable, writable

_SIZES = {
    "b": 1,
    "B": 1,
    "h": 2,
    "H": 2,
    "i": 4,
    "I": 4,
    "l": 4,
    "L": 4,
    "q": 8,
    "Q": 8,
    "P": 4,
    "f": 4,
    "d": 8,
    "e": 2,
}
_NATIVE = "@"
_ORDERS = {"<": "<", ">": ">", "!": ">", "@": "<"}


class _Format(NamedTuple):
    struct: struct.Struct
    codes: tuple[tuple[str, int], ...]  # (code, length of a text)


_known: dict[str, _Format] = {}


def _format_of(text: Any) -> _Format:
    """Raises ValueError for a type code that the board has not."""
    found = _known.get(text) if type(text) is str else None
    if found is None:
        key = text.decode() if isinstance(text, (bytes, bytearray)) else text
        found = _known[key] = _parsed(key)
    return found


def _parsed(text: str) -> _Format:
    order, codes = (text[0], text[1:]) if text[:1] in _ORDERS else (_NATIVE, text)
    layout, members, size, count = _ORDERS[order], [], 0, ""
    for code in codes:
        if code.isdigit():
            count += code
            continue
        times = int(count or 1)
        count = ""
        if code in "sx":
            layout += f"{times}{code}"
            size += times
            if code == "s":
                members.append((code, times))
            continue
        width = _SIZES.get(code)
        if width is None:
            raise ValueError("bad typecode")
        if order == _NATIVE and times:
            gap = -size % width
            layout += f"{gap}x" if gap else ""
            size += gap
        layout += f"{times}{'I' if code == 'P' else code}"
        size += times * width
        members += [(code, 0)] * times
    return _Format(struct.Struct(layout), tuple(members))


def calcsize(text: Any, /) -> int:
    return _format_of(text).struct.size


def pack(text: Any, /, *values: Any) -> bytes:
    form = _format_of(text)
    try:
        return form.struct.pack(*values)
    except (struct.error, OverflowError):
        return form.struct.pack(*_fitting(form, values))


def pack_into(text: Any, buffer: Any, offset: int, /, *values: Any) -> None:
    form = _format_of(text)
    try:
        form.struct.pack_into(buffer, offset, *values)
    except (struct.error, OverflowError, TypeError):
        _check(form, writable(buffer), offset)
        form.struct.pack_into(buffer, offset, *_fitting(form, values))


def unpack(text: Any, data: Any, /) -> tuple[Any, ...]:
    return unpack_from(text, data)


def unpack_from(text: Any, data: Any, offset: int = 0, /) -> tuple[Any, ...]:
    form = _format_of(text)
    try:
        return form.struct.unpack_from(data, offset)
    except (struct.error, TypeError):
        content = readable(data)
        _check(form, content, offset)
        return form.struct.unpack_from(content, offset)


def _check(form: _Format, buffer: Any, offset: int) -> None:
    """Raises ValueError for a buffer in which there is no room."""
    size, place = len(buffer), integer(offset)
    start = place + size if place < 0 else place
    if start < 0 or start + form.struct.size > size:
        raise ValueError("buffer too small")


def _fitting(form: _Format, values: tuple[Any, ...]) -> list[Any]:
    """As many values as the format has, each cut to its place."""
    fitting: list[Any] = []
    for place, (code, length) in enumerate(form.codes):
        value = values[place] if place < len(values) else b"" if code == "s" else 0
        if code == "s":
            value = readable(value)[:length]
        elif isinstance(value, int):
            value = cut(value, "I" if code == "P" else "i" if code == "l" else "I" if code == "L" else code)
        elif code not in "fde":
            raise TypeError(f"can't convert {type(value).__name__} to int")
        fitting.append(value)
    return fitting
