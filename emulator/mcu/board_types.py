"""Which attributes the built-in types have on the board, without those of every object.

Source: `dir()` of each type under MicroPython 1.28; tests/emulator/differential compares with the real interpreter.
"""

import array
import collections
from types import BuiltinFunctionType, FunctionType, GeneratorType, NoneType

_STR = """
    center count encode endswith find format index isalpha isdigit islower isspace isupper join lower lstrip
    partition replace rfind rindex rpartition rsplit rstrip split splitlines startswith strip upper
"""
_BYTES = _STR.replace(" encode ", " decode ") + " fromhex hex"
_DICT = "clear copy fromkeys get items keys pop popitem setdefault update values"
_FROZENSET = "copy difference intersection isdisjoint issubset issuperset symmetric_difference union"
_SET = (
    _FROZENSET
    + " add clear difference_update discard intersection_update pop remove symmetric_difference_update update"
)

BOARD_ATTRIBUTES: dict[type, frozenset[str]] = {
    kind: frozenset(names.split())
    for kind, names in (
        (str, _STR),
        (bytes, _BYTES),
        (bytearray, _BYTES + " append extend"),
        (list, "append clear copy count extend index insert pop remove reverse sort"),
        (tuple, "count index"),
        (dict, _DICT),
        (collections.OrderedDict, _DICT),
        (set, _SET),
        (frozenset, _FROZENSET),
        (int, "from_bytes to_bytes"),
        (bool, "from_bytes to_bytes"),
        (float, ""),
        (complex, "imag real"),
        (range, "start step stop"),
        (slice, "indices start step stop"),
        (memoryview, "hex"),
        (NoneType, ""),
        (array.array, "append extend"),
        (GeneratorType, "__next__ close pend_throw send throw"),
        (FunctionType, "__globals__ __name__"),
        (BuiltinFunctionType, ""),
    )
}

# What every object, every class, and a file has there; firmware's own classes may define more.
BOARD_SPECIAL = frozenset(
    [
        "__class__",
        "__dict__",
        "__name__",
        "__qualname__",
        "__bases__",
        "__init__",
        "__new__",
        "__setattr__",
        "__delattr__",
        "__getattr__",
        "__enter__",
        "__exit__",
        "__next__",
        "__iter__",
        "__getitem__",
        "__setitem__",
        "__delitem__",
        "__contains__",
        "__call__",
        "__len__",
        "__bool__",
        "__hash__",
        "__int__",
        "__float__",
        "__complex__",
        "__pos__",
        "__neg__",
        "__invert__",
        "__abs__",
        "__lt__",
        "__gt__",
        "__eq__",
        "__le__",
        "__ge__",
        "__ne__",
        "__iadd__",
        "__isub__",
        "__add__",
        "__sub__",
        "__mul__",
        "__matmul__",
        "__floordiv__",
        "__truediv__",
        "__mod__",
        "__divmod__",
        "__pow__",
        "__or__",
        "__xor__",
        "__and__",
        "__lshift__",
        "__rshift__",
        "__radd__",
        "__rsub__",
        "__rmul__",
        "__rmatmul__",
        "__rfloordiv__",
        "__rtruediv__",
        "__rmod__",
        "__rpow__",
        "__ror__",
        "__rxor__",
        "__rand__",
        "__rlshift__",
        "__rrshift__",
        "__repr__",
        "__str__",
        "__get__",
        "__set__",
        "__delete__",
        "__set_name__",
        "__reversed__",
        "__aenter__",
        "__aexit__",
        "__aiter__",
        "__anext__",
        "__await__",
        "__file__",
        "__path__",
        "__globals__",
    ]
)

# Methods of built-in types that take keyword arguments there; the others raise TypeError.
KEYWORD_METHODS = frozenset(("format", "sort", "update", "splitlines"))


# Methods that both have, and that do otherwise on bytes, bytearray and str.
OTHERWISE = frozenset(("append", "extend", "decode", "encode", "center"))


# Names that some types lack and others, or the firmware's own classes, have: asked for where they are called.
SHARED_METHODS = frozenset(
    ("append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove", "reverse", "close", "release",
     "send", "throw")
)  # fmt: skip


def _missing() -> frozenset[str]:
    """Names that CPython's built-in types have and the board's have not."""
    return frozenset(
        name
        for kind, there in BOARD_ATTRIBUTES.items()
        for name in dir(kind)
        if not name.startswith("_") and name not in there
    )


MISSING_ATTRIBUTES = _missing()
METHODS_WITHOUT_KEYWORDS = frozenset().union(*BOARD_ATTRIBUTES.values()) - KEYWORD_METHODS - {"__name__"}
