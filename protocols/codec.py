"""Payloads: from bytes to dictionaries and back, by the rows of the catalogue, with ValueError.

For hosts, tools and golden vectors; runs under both interpreters. The pump uses payload.py.
"""

from struct import calcsize, pack_into, unpack_from

from protocols.messages import FIELDS, NAME, REPEATED

COUNT = "count"


def size_of(fields):
    """Bytes that these fields take."""
    size = 0
    for field in fields:
        size += calcsize(field[1])
    return size


def is_text(field):
    """A field of bytes, whose last two numbers are lengths."""
    return field[1].endswith("s")


def count_in(row, buffer, at):
    """How many items follow the fixed part: its field `count`, 0 for a row without a list."""
    if not row[REPEATED]:
        return 0
    for field in row[FIELDS]:
        value = unpack_from(field[1], buffer, at)[0]
        if field[0] == COUNT:
            return value
        at += calcsize(field[1])
    return 0


def pack(row, values):
    """Payload of a message as bytes. The items of a list are dictionaries under the key `items`.

    ValueError names the message, the field, the value and the range, or the fields that are missing or
    too many.
    """
    items = values.get("items", ())
    fixed = {COUNT: len(items)} if row[REPEATED] else {}
    fixed.update(values)
    fixed.pop("items", None)
    payload = _pack_fields(row[NAME], row[FIELDS], fixed)
    for item in items:
        payload += _pack_fields(row[NAME], row[REPEATED], item)
    return payload


def _pack_fields(message, fields, values):
    names = [field[0] for field in fields]
    for name in values:
        if name not in names:
            raise ValueError("%s has no field %s; its fields are %s" % (message, name, names))
    payload = bytearray(size_of(fields))
    at = 0
    for field in fields:
        name, code, unit, low, high = field
        if name not in values:
            raise ValueError("%s needs the field %s (%s)" % (message, name, unit))
        value = values[name]
        measured = len(value) if is_text(field) else value
        if measured < low or measured > high:
            raise ValueError("%s.%s is %s, allowed %d to %d %s" % (message, name, value, low, high, unit))
        pack_into(code, payload, at, value)
        at += calcsize(code)
    return bytes(payload)


def unpack(row, payload):
    """Values of a payload as a dictionary, the items of a list under `items`. ValueError on a wrong length.

    Ranges are not judged: a host shows what a pump says.
    """
    fixed = size_of(row[FIELDS])
    items = count_in(row, payload, 0) if len(payload) >= fixed else 0
    expected = fixed + items * size_of(row[REPEATED])
    if len(payload) != expected:
        raise ValueError("%s has %d bytes, expected %d" % (row[NAME], len(payload), expected))
    values = _unpack_fields(row[FIELDS], payload, 0)
    if row[REPEATED]:
        step = size_of(row[REPEATED])
        values["items"] = [_unpack_fields(row[REPEATED], payload, fixed + i * step) for i in range(items)]
    return values


def _unpack_fields(fields, payload, at):
    values = {}
    for field in fields:
        values[field[0]] = unpack_from(field[1], payload, at)[0]
        at += calcsize(field[1])
    return values
