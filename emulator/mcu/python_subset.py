"""The built-in names that MicroPython 1.28 on the RP2040 has; others are NameError on the device too.

Left out on purpose although CPython has them: TimeoutError and the other children of OSError, `format`,
`ascii`, `breakpoint`, `vars`, `aiter`, `anext`, ModuleNotFoundError, RecursionError and the warnings.
"""

import builtins

from emulator.errors import DeviceOSError

_NAMES = """
abs all any bin bool bytearray bytes callable chr classmethod compile complex delattr dict dir
divmod enumerate eval exec filter float frozenset getattr globals hasattr hash hex id int isinstance
issubclass iter len list locals map max memoryview min next object oct ord pow property range repr
reversed round set setattr slice sorted staticmethod str sum super tuple type zip ArithmeticError
AssertionError AttributeError BaseException EOFError Exception GeneratorExit ImportError
IndentationError IndexError KeyError KeyboardInterrupt LookupError MemoryError NameError
NotImplementedError OverflowError RuntimeError StopAsyncIteration StopIteration SyntaxError
SystemExit TypeError UnicodeError ValueError ZeroDivisionError Ellipsis NotImplemented
__build_class__
"""


def device_builtins() -> dict[str, object]:
    """A fresh `__builtins__`; `__import__`, `print`, `open` and `input` are added per device."""
    names: dict[str, object] = {name: getattr(builtins, name) for name in _NAMES.split()}
    names["OSError"] = DeviceOSError
    names["__debug__"] = True
    return names
