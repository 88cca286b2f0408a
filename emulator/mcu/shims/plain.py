"""Modules that need no device: the language's own, cut down to what the board has."""

import binascii
import errno
import hashlib
import math
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, NoReturn

from emulator.mcu.shims import containers, json_text, packing

_ERROR_NAMES = """
EPERM ENOENT EIO EBADF EAGAIN ENOMEM EACCES EEXIST ENODEV EISDIR EINVAL EOPNOTSUPP EADDRINUSE
ECONNABORTED ECONNRESET ENOBUFS ENOTCONN ETIMEDOUT ECONNREFUSED EHOSTUNREACH EALREADY EINPROGRESS
"""  # the same numbers as Linux, where the host runs
_MATH_NAMES = """
acos acosh asin asinh atan atan2 atanh ceil copysign cos cosh degrees e erf erfc exp expm1 fabs factorial floor fmod
frexp gamma inf isclose isfinite isinf isnan ldexp lgamma log log10 log2 modf nan pi pow radians sin sinh sqrt tan tanh
tau trunc
"""


class BuiltInModule(ModuleType):
    """A module of the image: its names lie in the chip's ROM. `settable` can be given other values."""

    def __init__(self, name: str, members: Mapping[str, Any], settable: frozenset[str] = frozenset()) -> None:
        super().__init__(name)
        self.__dict__.update(members)
        self.__dict__["<settable>"] = settable

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self.__dict__["<settable>"]:
            raise AttributeError(f"'module' object has no attribute '{name}'")
        self.__dict__[name] = value

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"'module' object has no attribute '{name}'")

    def __repr__(self) -> str:
        return f"<module '{self.__name__}'>"


class AttrTuple(tuple):
    """A tuple whose items have names (py/objattrtuple.c)."""

    def __new__(cls, **items: Any) -> "AttrTuple":
        made = super().__new__(cls, items.values())
        made.__dict__.update(items)
        return made

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"'tuple' object has no attribute '{name}'")

    def __repr__(self) -> str:
        return "(" + ", ".join(f"{name}={value!r}" for name, value in self.__dict__.items()) + ")"


def module_of(name: str, members: Mapping[str, Any], settable: str = "") -> ModuleType:
    """A module object with these members."""
    return BuiltInModule(name, members, frozenset(settable.split()))


def plain_modules() -> dict[str, ModuleType]:
    """One fresh set; modules are mutable, so no two devices share them."""
    return {
        "array": module_of("array", {"array": containers.Array}),
        "binascii": module_of("binascii", _binascii_members()),
        "collections": module_of(
            "collections",
            {
                "namedtuple": containers.namedtuple,
                "OrderedDict": containers.OrderedDict,
                "deque": containers.Deque,
            },
        ),
        "errno": module_of("errno", _error_numbers()),
        "hashlib": module_of("hashlib", {"sha256": Sha256, "sha1": Sha1, "md5": Md5}),
        "json": module_of("json", {name: getattr(json_text, name) for name in ("dumps", "loads", "dump", "load")}),
        "math": module_of("math", {name: getattr(math, name) for name in _MATH_NAMES.split()}),
        "micropython": module_of("micropython", {"const": lambda value: value}),
        "struct": module_of(
            "struct",
            {name: getattr(packing, name) for name in ("calcsize", "pack", "pack_into", "unpack", "unpack_from")},
        ),
    }


def _error_numbers() -> dict[str, Any]:
    members: dict[str, Any] = {name: getattr(errno, name) for name in _ERROR_NAMES.split()}
    members["errorcode"] = {number: name for name, number in members.items()}
    return members


def _binascii_members() -> dict[str, Any]:
    """binascii raises ValueError on the board; it has no `Error` of its own."""

    def as_value_error(function: Callable[..., Any], text: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            try:
                return function(*map(bytes_of, arguments), **named)
            except ValueError:
                raise ValueError(text) from None

        return call

    return {
        "hexlify": as_value_error(binascii.hexlify, ""),
        "unhexlify": as_value_error(binascii.unhexlify, "non-hex digit"),
        "a2b_base64": as_value_error(binascii.a2b_base64, "incorrect padding"),
        "b2a_base64": binascii.b2a_base64,
        "crc32": lambda data, *start: binascii.crc32(bytes_of(data), *start),
    }


class Sha256:
    """hashlib.sha256 of the port: update and digest only, and nothing after the digest."""

    _make: Callable[..., Any] = hashlib.sha256

    def __init__(self, data: Any = b"", /) -> None:
        self._hash = type(self)._make(bytes_of(data))
        self._is_final = False

    def update(self, data: Any, /) -> None:
        self._raise_if_final()
        self._hash.update(bytes_of(data))

    def digest(self) -> bytes:
        self._raise_if_final()
        self._is_final = True
        return self._hash.digest()

    def _raise_if_final(self) -> None:
        if self._is_final:
            raise ValueError("hash is final")


class Sha1(Sha256):
    _make = hashlib.sha1


class Md5(Sha256):
    _make = hashlib.md5


def bytes_of(data: Any) -> Any:
    """A text is taken as its UTF-8."""
    return data.encode() if isinstance(data, str) else data
