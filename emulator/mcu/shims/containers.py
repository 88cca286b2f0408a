"""`array.array` and the classes of `collections` as the board has them."""

import array
import collections
from collections.abc import Iterator
from typing import Any, NoReturn

from emulator.mcu.dialect_calls import cut

_CODES = {"l": "i", "L": "I", "P": "I"}  # words of the chip have 32 bits
_TYPECODES = frozenset("bBhHiIlLqQfdPOS")
_SEQUENCES = (str, bytes, bytearray, list, tuple)


class _Missing:
    """An attribute that CPython's class has and the board's has not."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, _instance: object, owner: type) -> NoReturn:
        raise AttributeError(f"'{owner.__name__}' object has no attribute '{self._name}'")


def _hide(owner: type, *names: str) -> None:
    """Methods of the base class that MicroPython's class has not."""
    for name in names:
        setattr(owner, name, _Missing(name))


class Array(array.array):
    """array.array: numbers are cut to their size."""

    def __new__(cls, typecode: str, values: Any = (), /) -> "Array":
        if typecode not in _TYPECODES or len(typecode) != 1:
            raise ValueError("bad typecode")
        if typecode in "OS":
            raise NotImplementedError(f"array of type {typecode}")
        code = _CODES.get(typecode, typecode)
        made = super().__new__(cls, code)
        if isinstance(values, (bytes, bytearray, memoryview)):
            data = bytes(values)
            array.array.frombytes(made, data[: len(data) // made_size(made) * made_size(made)])
        else:
            made.extend(values)
        return made

    def append(self, value: Any, /) -> None:
        super().append(_fitting(value, array.array.__getattribute__(self, "typecode")))

    def extend(self, values: Any, /) -> None:
        if isinstance(values, array.array):
            super().extend(values)
            return
        code = array.array.__getattribute__(self, "typecode")
        super().extend(array.array(code, [_fitting(value, code) for value in values]))

    def __contains__(self, value: Any) -> bool:
        if isinstance(value, int):
            raise NotImplementedError
        return super().__contains__(value)

    def _not_compared(self, other: Any) -> Any:
        raise NotImplementedError

    __lt__ = __gt__ = __le__ = __ge__ = _not_compared

    def __mul__(self, _count: Any) -> Any:
        raise TypeError("unsupported types for __mul__: 'array', 'int'")

    __rmul__ = __mul__


_hide(
    Array, "pop", "insert", "remove", "reverse", "tobytes", "frombytes", "tolist", "fromlist", "byteswap",
    "buffer_info", "tofile", "fromfile", "count", "index", "fromunicode", "tounicode",
)  # fmt: skip


def made_size(made: array.array) -> int:
    return array.array.__getattribute__(made, "itemsize")


def _fitting(value: Any, code: str) -> Any:
    if isinstance(value, int):
        return cut(value, code)
    if isinstance(value, float) and code not in "fd":
        raise TypeError("can't convert float to int")
    return value


def namedtuple(name: str, fields: Any, /) -> type:
    """collections.namedtuple: fields by name, and no method of its own."""
    made = collections.namedtuple(name, fields)  # noqa: PYI024 - the names are the firmware's
    _hide(made, "_asdict", "_replace", "_make", "_fields", "_field_defaults")
    return made


class OrderedDict(collections.OrderedDict):
    def __repr__(self) -> str:
        return "OrderedDict({" + ", ".join(f"{key!r}: {value!r}" for key, value in self.items()) + "})"


_hide(OrderedDict, "move_to_end")


class Deque:
    """collections.deque: a length is needed; with flag 1 an overflow raises IndexError (py/objdeque.c)."""

    def __init__(self, iterable: Any, maxlen: int, flags: int = 0, /) -> None:
        if maxlen < 0:
            raise ValueError
        self._items: collections.deque[Any] = collections.deque((), maxlen)
        self._raises = bool(flags & 1)
        self.extend(iterable)

    def append(self, item: Any, /) -> None:
        self._check_room()
        self._items.append(item)

    def appendleft(self, item: Any, /) -> None:
        self._check_room()
        self._items.appendleft(item)

    def extend(self, iterable: Any, /) -> None:
        for item in iterable:
            self.append(item)

    def pop(self) -> Any:
        return self._taken(self._items.pop)

    def popleft(self) -> Any:
        return self._taken(self._items.popleft)

    def _taken(self, take: Any) -> Any:
        if not self._items:
            raise IndexError("empty")
        return take()

    def _check_room(self) -> None:
        if self._raises and len(self._items) == self._items.maxlen:
            raise IndexError("full")

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self._items))

    def __getitem__(self, index: int) -> Any:
        return self._items[self._place(index)]

    def __setitem__(self, index: int, item: Any) -> None:
        self._items[self._place(index)] = item

    def _place(self, index: int) -> int:
        if not isinstance(index, int):
            raise TypeError(f"deque indices must be integers, not {type(index).__name__}")
        if not -len(self._items) <= index < len(self._items):
            raise IndexError("deque index out of range")
        return index

    def __repr__(self) -> str:
        return "<deque>"


Deque.__name__ = Deque.__qualname__ = "deque"
Array.__name__ = Array.__qualname__ = "array"
