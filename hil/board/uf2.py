"""Reads a UF2 file: its chip, and the MicroPython and board that are in it.

Blocks of 512 bytes: https://github.com/microsoft/uf2. MicroPython's banner stands in its image as text.
"""

from __future__ import annotations

import re
import struct

import msgspec

_BLOCK_BYTES = 512
_HEADER = struct.Struct("<8I")  # two magic numbers, flags, address, payload bytes, number, blocks, family
_MAGIC_BEGIN = (0x0A324655, 0x9E5D5157)
_MAGIC_END = struct.pack("<I", 0x0AB16F30)
_PAYLOAD_MOST = 476
_HAS_FAMILY = 0x2000
_IS_NO_FLASH = 0x0001
_FAMILY = 0xE48BFF56
_OTHER_FAMILIES = {0xE48BFF59: "RP2350 (Arm)", 0xE48BFF5A: "RP2350 (RISC-V)", 0xE48BFF57: "any chip, by address"}
_FLASH_START, _FLASH_END = 0x1000_0000, 0x1100_0000

_VERSION = re.compile(rb"MicroPython v(\d+)\.(\d+)(?:\.(\d+))?([^\x00-\x20]*)")
_MACHINE = re.compile(rb"(?:; |\x00)([\x20-\x3A\x3C-\x7E]{1,60}?) with (RP\d{4}\w*)")


class NotAnImage(ValueError):
    """The text says what the file is instead, as the rest of a sentence about it."""


class ImageFacts(msgspec.Struct, frozen=True):
    """`version` as MicroPython counts, e.g. (1, 28, 0); `suffix` follows it, e.g. -preview; `machine` is its board."""

    version: tuple[int, int, int]
    suffix: str
    machine: str

    def __str__(self) -> str:
        return f"MicroPython {'.'.join(map(str, self.version))}{self.suffix} for {self.machine}"


def read_facts(data: bytes) -> ImageFacts:
    """Of a whole file. NotAnImage when it is no UF2 for the flash of an RP2040 with MicroPython in it."""
    memory = _flash_of(data)
    version = _VERSION.search(memory)
    machine = _MACHINE.search(memory)
    if version is None or machine is None:
        raise NotAnImage("is a UF2 file for the RP2040 without MicroPython in it")
    major, minor, patch, suffix = version.groups()
    return ImageFacts(
        (int(major), int(minor), int(patch or 0)),
        suffix.decode("ascii", "replace"),
        f"{machine[1].decode().strip()} with {machine[2].decode()}",
    )


def _flash_of(data: bytes) -> bytes:
    """The payloads in order of their addresses, gaps left out."""
    if len(data) < _BLOCK_BYTES or _HEADER.unpack_from(data)[:2] != _MAGIC_BEGIN:
        raise NotAnImage("is no UF2 file")
    if len(data) % _BLOCK_BYTES:
        raise NotAnImage(f"is a UF2 file that was cut short: {len(data)} bytes are not whole blocks of {_BLOCK_BYTES}")
    payloads: dict[int, bytes] = {}
    promised = 0
    for at in range(0, len(data), _BLOCK_BYTES):
        first, second, flags, address, count, _number, promised, family = _HEADER.unpack_from(data, at)
        if (first, second) != _MAGIC_BEGIN or data[at + _BLOCK_BYTES - 4 : at + _BLOCK_BYTES] != _MAGIC_END:
            raise NotAnImage(f"is a UF2 file that is damaged at byte {at}")
        if flags & _HAS_FAMILY and family != _FAMILY:
            raise NotAnImage(f"is a UF2 file for another chip, {_OTHER_FAMILIES.get(family, f'family {family:#010x}')}")
        if count > _PAYLOAD_MOST or (not flags & _IS_NO_FLASH and not _FLASH_START <= address < _FLASH_END):
            raise NotAnImage(f"is a UF2 file that is damaged at byte {at}: it writes {count} bytes at {address:#010x}")
        payloads[address] = data[at + _HEADER.size : at + _HEADER.size + count]
    if len(payloads) < promised:
        raise NotAnImage(f"is a UF2 file that was cut short: {len(payloads)} of {promised} blocks")
    if min(payloads) != _FLASH_START:
        raise NotAnImage(f"is a UF2 file that does not begin where the chip boots, at {_FLASH_START:#010x}")
    return b"".join(payloads[address] for address in sorted(payloads))
