"""The built-in names of MicroPython 1.28 on the RP2040; any other is a NameError on the device too.

Left out although CPython has them: TimeoutError and the other children of OSError, `format`, `ascii`,
`breakpoint`, `vars`, `aiter`, `anext`, ModuleNotFoundError, RecursionError and the warnings.
"""

import builtins
import sys
from types import ModuleType
from typing import Any

from emulator.errors import DeviceKeyboardInterrupt, DeviceOSError
from emulator.mcu import dialect_calls

_NAMES = """
abs all any bin bool bytearray bytes callable chr classmethod complex delattr dict divmod float frozenset
globals hash hex id int iter len list max memoryview min next object oct ord pow property range
repr reversed round set setattr slice sorted staticmethod str sum super tuple type ArithmeticError
AssertionError AttributeError BaseException EOFError Exception GeneratorExit ImportError
IndentationError IndexError KeyError LookupError MemoryError NameError
NotImplementedError OverflowError RuntimeError StopAsyncIteration StopIteration SyntaxError
SystemExit TypeError UnicodeError ValueError ZeroDivisionError Ellipsis NotImplemented
"""


class ViperTypeError(TypeError):
    """What the viper compiler raises."""


def device_builtins() -> dict[str, Any]:
    """A fresh `__builtins__`; what needs the device (`__import__`, `print`, `open`, `exec` ...) is added there."""
    names: dict[str, Any] = {name: getattr(builtins, name) for name in _NAMES.split()}
    names.update(
        KeyboardInterrupt=DeviceKeyboardInterrupt,
        OSError=DeviceOSError,
        ViperTypeError=ViperTypeError,
        dir=dialect_calls.board_dir,
        enumerate=_Enumerate,
        filter=_Filter,
        getattr=dialect_calls.get_attribute,
        hasattr=dialect_calls.has_attribute,
        isinstance=dialect_calls.is_instance,
        issubclass=dialect_calls.is_subclass,
        locals=lambda: sys._getframe(1).f_globals,  # a function's own names have no dictionary there
        map=_Map,
        setattr=dialect_calls.set_attribute,
        zip=_Zip,
    )
    names["__debug__"] = True
    return names


def built_in_module(names: dict[str, Any]) -> ModuleType:
    """`builtins` as a module. Without the functions that the rewritten program calls."""
    module = ModuleType("builtins")
    module.__dict__.update({name: value for name, value in names.items() if not name.startswith("<")})
    return module


# CPython's own iterators, stacked a thousand deep, end the process: these count as depth of calls. Like the board's,
# they ask again when they have ended.


class _Iterator:
    __slots__ = ("_function", "_iterators")

    def __init__(self, function: Any, *iterables: Any) -> None:
        self._function = function
        self._iterators = [iter(iterable) for iterable in iterables]

    def __iter__(self) -> "_Iterator":
        return self


class _Map(_Iterator):
    __slots__ = ()

    def __next__(self) -> Any:
        return self._function(*[next(iterator) for iterator in self._iterators])


class _Filter(_Iterator):
    __slots__ = ()

    def __init__(self, function: Any, iterable: Any, /) -> None:
        super().__init__(function, iterable)

    def __next__(self) -> Any:
        while True:
            item = next(self._iterators[0])
            if item if self._function is None else self._function(item):
                return item


class _Zip(_Iterator):
    __slots__ = ()

    def __init__(self, *iterables: Any) -> None:
        super().__init__(None, *iterables)

    def __next__(self) -> tuple[Any, ...]:
        if not self._iterators:
            raise StopIteration
        return tuple([next(iterator) for iterator in self._iterators])


class _Enumerate(_Iterator):
    __slots__ = ("_count",)

    def __init__(self, iterable: Any, start: int = 0) -> None:
        super().__init__(None, iterable)
        self._count = start

    def __next__(self) -> tuple[int, Any]:
        item = next(self._iterators[0])
        count, self._count = self._count, self._count + 1
        return count, item


for _kind, _name in ((_Map, "map"), (_Filter, "filter"), (_Zip, "zip"), (_Enumerate, "enumerate")):
    _kind.__name__ = _kind.__qualname__ = _name
