"""Payloads as the pump sees them, by the numbers of layouts.py: reason numbers, no exceptions.

Hosts and tools pack and unpack by names instead, with codec.py.
"""

from struct import calcsize, pack_into, unpack_from

from protocols.ids import OK, OUT_OF_RANGE, UNKNOWN
from protocols.layouts import REQUESTS

# Positions in a row of REQUESTS.
_LAYOUT = 0
_LIMITS = 1
_ITEM_LAYOUT = 2
_ITEM_LIMITS = 3
_COUNT_AT = 1  # in a payload with a list

_MOST_U8 = 0xFF
_MOST_U16 = 0xFFFF
# Every integer stays a small one on a 32 bit MicroPython.
MOST = 0x3FFFFFFF


def check(request, buffer, at, length):
    """Is the payload at `at` one of this request? OK, OUT_OF_RANGE, or UNKNOWN for its length."""
    row = REQUESTS.get(request)
    if row is None:
        return UNKNOWN if length else OK
    fixed = calcsize(row[_LAYOUT])
    if length < fixed:
        return UNKNOWN
    items = item = 0
    if len(row) > _ITEM_LAYOUT:
        items = buffer[at + _COUNT_AT]
        item = calcsize(row[_ITEM_LAYOUT])
    if length != fixed + items * item:
        return UNKNOWN
    if not _is_within(row[_LAYOUT], row[_LIMITS], buffer, at):
        return OUT_OF_RANGE
    at += fixed
    for _ in range(items):
        if not _is_within(row[_ITEM_LAYOUT], row[_ITEM_LIMITS], buffer, at):
            return OUT_OF_RANGE
        at += item
    return OK


def _is_within(layout, limits, buffer, at):
    place = 0
    for value in unpack_from(layout, buffer, at):
        if isinstance(value, int) and not limits[place] <= value <= limits[place + 1]:
            return False
        place += 2
    return True


def size_of(request):
    """Bytes of its fixed fields."""
    row = REQUESTS.get(request)
    return 0 if row is None else calcsize(row[_LAYOUT])


def read_values(request, buffer, at):
    """The values of its fixed fields in their order."""
    row = REQUESTS.get(request)
    return unpack_from("" if row is None else row[_LAYOUT], buffer, at)


def write_values(body, buffer, at, source):
    """Write the attributes of `source` that a body names; returns where the next byte goes.

    A number that does not fit its bytes is written as the nearest that does: a status with one wrong figure is
    worth more than none.
    """
    codes, names = body
    values = []
    for name in names.split():
        value = getattr(source, name)
        code = codes[len(values)]
        least = -MOST if code == "i" else 0
        most = _MOST_U8 if code == "B" else _MOST_U16 if code == "H" else MOST
        values.append(least if value < least else most if value > most else value)
    layout = "<" + codes
    pack_into(layout, buffer, at, *values)
    return at + calcsize(layout)
