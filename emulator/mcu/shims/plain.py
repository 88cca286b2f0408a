"""Modules that need no device: the language's own, cut down to what the board has."""

import array
import binascii
import collections
import errno
import hashlib
import json
import math
import struct
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any

from emulator.mcu import small_int

_ERROR_NAMES = """
EPERM ENOENT EIO EBADF EAGAIN ENOMEM EACCES EEXIST ENODEV EISDIR EINVAL EOPNOTSUPP EADDRINUSE
ECONNABORTED ECONNRESET ENOBUFS ENOTCONN ETIMEDOUT ECONNREFUSED EHOSTUNREACH EALREADY EINPROGRESS
"""  # the same numbers as Linux, where the host runs


def module_of(name: str, members: Mapping[str, Any]) -> ModuleType:
    """A module object with these members."""
    module = ModuleType(name)
    module.__dict__.update(members)
    return module


def plain_modules() -> dict[str, ModuleType]:
    """One fresh set; modules are mutable, so no two devices share them."""
    return {
        "array": module_of("array", {"array": array.array}),
        "binascii": _take(binascii, "hexlify unhexlify a2b_base64 b2a_base64 crc32"),
        "collections": module_of(
            "collections",
            {
                "namedtuple": collections.namedtuple,
                "OrderedDict": collections.OrderedDict,
                "deque": BoundedDeque,
            },
        ),
        "errno": module_of("errno", _error_numbers()),
        "hashlib": module_of("hashlib", {"sha256": Sha256}),
        "json": _take(json, "dumps loads dump load"),
        "math": _take(
            math,
            "acos asin atan atan2 ceil copysign cos degrees e exp fabs floor fmod frexp isfinite isinf isnan "
            "ldexp log modf pi pow radians sin sqrt tan trunc",
        ),
        "micropython": module_of("micropython", {"const": lambda value: value}),
        "struct": module_of("struct", _struct_members()),
        "__small__": module_of("__small__", {"__small__": small_int.check}),
    }


def _take(source: ModuleType, names: str) -> ModuleType:
    return module_of(source.__name__, {name: getattr(source, name) for name in names.split()})


def _error_numbers() -> dict[str, Any]:
    members: dict[str, Any] = {name: getattr(errno, name) for name in _ERROR_NAMES.split()}
    members["errorcode"] = {number: name for name, number in members.items()}
    return members


def _struct_members() -> dict[str, Any]:
    """struct raises ValueError on the board; it has no `error` of its own."""

    def as_value_error(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            try:
                return function(*arguments)
            except struct.error as error:
                raise ValueError(str(error)) from None

        return call

    names = ("calcsize", "pack", "pack_into", "unpack", "unpack_from")
    return {name: as_value_error(getattr(struct, name)) for name in names}


class Sha256:
    """hashlib.sha256 of the port: update and digest only, and nothing after the digest."""

    def __init__(self, data: bytes = b"") -> None:
        self._hash = hashlib.sha256(data)
        self._is_final = False

    def update(self, data: bytes) -> None:
        self._raise_if_final()
        self._hash.update(data)

    def digest(self) -> bytes:
        self._raise_if_final()
        self._is_final = True
        return self._hash.digest()

    def _raise_if_final(self) -> None:
        if self._is_final:
            raise ValueError("hash is final")


class BoundedDeque(collections.deque[Any]):
    """collections.deque of the port: a length is needed; with flag 1 an overflow raises IndexError."""

    def __init__(self, iterable: Iterable[Any], maxlen: int, flags: int = 0) -> None:
        super().__init__(iterable, maxlen)
        self._raises = bool(flags & 1)

    def append(self, item: Any) -> None:
        self._check_room()
        super().append(item)

    def appendleft(self, item: Any) -> None:
        self._check_room()
        super().appendleft(item)

    def _check_room(self) -> None:
        if self._raises and len(self) == self.maxlen:
            raise IndexError("full")
