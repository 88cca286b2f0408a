"""The built-in names of MicroPython 1.28 on the RP2040; any other is a NameError on the device too.

Left out although CPython has them: TimeoutError and the other children of OSError, `format`, `ascii`,
`breakpoint`, `vars`, `aiter`, `anext`, ModuleNotFoundError, RecursionError and the warnings.
"""

import builtins
import sys
from collections.abc import Callable, Iterator
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
        enumerate=_enumerate,
        filter=_filter,
        getattr=dialect_calls.get_attribute,
        hasattr=dialect_calls.has_attribute,
        isinstance=dialect_calls.is_instance,
        issubclass=dialect_calls.is_subclass,
        locals=lambda: sys._getframe(1).f_globals,  # a function's own names have no dictionary there
        map=_map,
        setattr=dialect_calls.set_attribute,
        zip=_zip,
    )
    names["__debug__"] = True
    return names


def built_in_module(names: dict[str, Any]) -> ModuleType:
    """`builtins` as a module. Without the functions that the rewritten program calls."""
    module = ModuleType("builtins")
    module.__dict__.update({name: value for name, value in names.items() if not name.startswith("<")})
    return module


# CPython's own iterators, stacked a million deep, take the process down: these count as depth.


def _map(function: Callable[..., Any], *iterables: Any) -> Iterator[Any]:
    iterators = [iter(iterable) for iterable in iterables]

    def items() -> Iterator[Any]:
        for values in zip(*iterators, strict=False):
            yield function(*values)

    return items()


def _filter(function: Callable[[Any], Any] | None, iterable: Any) -> Iterator[Any]:
    iterator = iter(iterable)
    return (item for item in iterator if (item if function is None else function(item)))


def _zip(*iterables: Any) -> Iterator[Any]:
    iterators = [iter(iterable) for iterable in iterables]

    def items() -> Iterator[Any]:
        yield from zip(*iterators, strict=False)

    return items()


def _enumerate(iterable: Any, start: int = 0) -> Iterator[Any]:
    iterator = iter(iterable)

    def items() -> Iterator[Any]:
        yield from enumerate(iterator, start)

    return items()
