"""UF2 files made for tests: the frame of an image, with as much of MicroPython in it as is read."""

from __future__ import annotations

import struct
from pathlib import Path

PICO = "Raspberry Pi Pico with RP2040"
RP2040, RP2350 = 0xE48BFF56, 0xE48BFF59


def uf2(payload: bytes, *, family: int = RP2040, address: int = 0x1000_0000) -> bytes:
    """`payload` in blocks of 256 bytes."""
    pieces = [payload[at : at + 256].ljust(256, b"\0") for at in range(0, len(payload), 256)]
    return b"".join(
        struct.pack(
            "<8I476sI",
            0x0A324655,
            0x9E5D5157,
            0x2000,
            address + 256 * number,
            256,
            number,
            len(pieces),
            family,
            piece,
            0x0AB16F30,
        )
        for number, piece in enumerate(pieces)
    )


def micropython(version: str = "1.28.0", machine: str = PICO, family: int = RP2040) -> bytes:
    text = f"\0RPI_PICO\0MicroPython v{version} on 2026-04-06\0; {machine}\0"
    return uf2(b"\xff" * 300 + text.encode(), family=family)


def made(path: Path, content: bytes | None = None) -> Path:
    """`path`, with an image that is good by all that can be read, or with `content`."""
    path.write_bytes(micropython() if content is None else content)
    return path
