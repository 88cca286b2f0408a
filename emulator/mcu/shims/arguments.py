"""Arguments as the port takes them: py/obj.c, py/argcheck.c. What does not fit raises in the line that passes it."""

from typing import Any

_WORD_MIN, _WORD_MAX = -(1 << 31), (1 << 31) - 1


def integer(value: Any) -> int:
    """A word of the chip (mp_obj_get_int). TypeError for a float, OverflowError beyond 32 bits."""
    if type(value) is int:
        if _WORD_MIN <= value <= _WORD_MAX:
            return value
        raise OverflowError("overflow converting long int to machine word")
    return integer(_converted(value))


def truncated(value: Any) -> int:
    """The lowest 32 bits of an integer (mp_obj_get_int_truncated)."""
    return (value if type(value) is int else _converted(value)) & 0xFFFF_FFFF


def _converted(value: Any) -> int:
    if isinstance(value, int):  # bool, or a class of firmware's own
        return int(value)
    kind = type(value)
    if not isinstance(value, (float, complex, str, bytes, bytearray)) and hasattr(kind, "__int__"):
        return int(kind.__int__(value))
    raise TypeError(f"can't convert {kind.__name__} to int")


def size(value: Any) -> int:
    """A number of bytes to make. MemoryError for a negative one."""
    count = integer(value)
    if count < 0:
        raise MemoryError
    return count


def readable(value: Any) -> bytes:
    """The bytes of a buffer or a text (mp_get_buffer_raise). TypeError for anything else."""
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    if isinstance(value, str):
        return value.encode()
    try:
        return bytes(memoryview(value))
    except TypeError:
        raise TypeError("object with buffer protocol required") from None


def writable(value: Any) -> memoryview:
    """A view of the bytes of a buffer that can be written. TypeError for anything else."""
    try:
        view = memoryview(value)
    except TypeError:
        raise TypeError("object with buffer protocol required") from None
    if view.readonly:
        raise TypeError("object with buffer protocol required")
    return view if view.format == "B" else view.cast("B")


def chosen(view: memoryview, limits: tuple[Any, ...], has_offset: bool = True) -> memoryview:
    """The part of a buffer that `(max_len)` or `(offset, max_len)` after it choose (py/stream.c)."""
    if not limits:
        return view
    if len(limits) > 1 + has_offset:
        raise TypeError("function expected at most " + str(3 + has_offset) + " arguments")
    offset = min(truncated(limits[0]), len(view)) if len(limits) == 2 else 0
    return view[offset : offset + truncated(limits[-1])]
