"""`open` and `os`: the device's own file system (extmod/vfs_lfsx.c, vfs_lfsx_file.c, py/stream.c)."""

from collections.abc import Iterator
from types import ModuleType
from typing import Any

from emulator.errors import DeviceOSError
from emulator.mcu import costs
from emulator.mcu.chip import Chip
from emulator.mcu.filesystem import ENOENT, KIND_DIRECTORY, OpenFile
from emulator.mcu.shims.arguments import chosen, integer, readable, truncated, writable
from emulator.mcu.shims.plain import AttrTuple, module_of

RELEASE = "1.28.0"
MACHINE = "Raspberry Pi Pico with RP2040"
_UNAME = AttrTuple(sysname="rp2", nodename="rp2", release=RELEASE, version=f"v{RELEASE} on 2026-04-06", machine=MACHINE)
_EINVAL = 22
_ENDLESS = 1 << 30


class FileIO:
    """What open() returns for bytes. A power cut in a call is raised as such."""

    def __init__(self, chip: Chip, file: OpenFile) -> None:
        self._chip = chip
        self._file = file

    def read(self, size: int = -1, /) -> Any:
        size = integer(size)
        self._begin()
        return self._read(_sized(size))

    def _read(self, size: int) -> Any:
        return self._file.read(min(size, self._rest()))

    def readinto(self, buffer: Any, /, *limits: Any) -> int:
        view = writable(buffer)
        if limits:
            view = chosen(view, limits, has_offset=False)
        self._begin()
        data = self._file.read(len(view))
        view[: len(data)] = data
        return len(data)

    def readline(self, size: int = -1, /) -> Any:
        self._begin()
        return self._readline(_ENDLESS if size == -1 else _sized(integer(size)))

    def _readline(self, size: int) -> Any:
        line = b""
        while len(line) < size and not line.endswith(b"\n"):
            byte = self._file.read(1)
            if not byte:
                break
            line += byte
        return line

    def readlines(self) -> list[Any]:
        return list(self)

    def write(self, data: Any, /, *limits: Any) -> int:
        data = bytes(chosen(memoryview(readable(data)), limits))
        self._begin()
        return self._chip.guarded(self._file.write, data) if data else 0

    def seek(self, offset: int, whence: int = 0, /) -> int:
        offset, whence = integer(offset), integer(whence)
        self._begin()
        if whence == 0 and offset < 0:
            raise DeviceOSError(_EINVAL)
        if whence not in (0, 1, 2):
            self._chip.unmodelled(f"seek from {whence}")()
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        self._begin()
        return self._file.tell()

    def flush(self) -> None:
        self._begin()
        self._chip.guarded(self._file.flush)

    def close(self) -> None:
        self._begin()
        self._chip.guarded(self._file.close)

    def _rest(self) -> int:
        """Bytes from here to the end."""
        return max(0, self._file.size() - self._file.tell())

    def _begin(self) -> None:
        self._chip.cpu.charge(costs.FILE_NS)

    def __enter__(self) -> "FileIO":
        return self

    def __exit__(self, *_reason: object) -> None:
        self.close()

    def __iter__(self) -> "FileIO":
        return self

    def __next__(self) -> Any:
        if line := self.readline():
            return line
        raise StopIteration

    def __repr__(self) -> str:
        return f"<io.{type(self).__name__}>"


class TextIOWrapper(FileIO):
    """What open() returns for text: `read(n)` counts characters, everything else bytes."""

    def _read(self, size: int) -> str:
        """`size` characters: never more bytes than they have."""
        data = self._file.read(min(size, self._rest()))
        while (missing := size - _characters(data)) > 0:
            more = self._file.read(min(missing, self._rest()))
            if not more:
                break
            data += more
        while data and not _is_whole(data) and (more := self._file.read(1)):
            data += more
        return decoded(data)

    def _readline(self, size: int) -> str:
        return decoded(super()._readline(size))


def _characters(data: bytes) -> int:
    """Begun characters of UTF-8."""
    return sum(byte & 0xC0 != 0x80 for byte in data)


def _is_whole(data: bytes) -> bool:
    """False in the middle of the last character."""
    start = max((place for place, byte in enumerate(data) if byte & 0xC0 != 0x80), default=0)
    first = data[start]
    length = 1 if first < 0xC0 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4
    return len(data) - start >= length


def decoded(data: bytes) -> str:
    """Raises UnicodeError for what is not UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise UnicodeError from None


def _sized(size: int) -> int:
    """A number of bytes to read: -1 is all; below that the board looks for 4 GB."""
    if size == -1:
        return _ENDLESS
    if size < 0:
        raise MemoryError(f"memory allocation failed, allocating {truncated(size + 1)} bytes")
    return size


def open_file(chip: Chip, file: Any, mode: str = "r", *settings: Any, **named: Any) -> FileIO:
    """open() of firmware. Raises OSError with MicroPython's numbers, ValueError for two directions at once."""
    if isinstance(file, bool) or not isinstance(file, (str, bytes)):
        path_of_text(file)
    if set(named) - {"buffering", "encoding"} or len(settings) > 2:
        raise TypeError("extra keyword arguments given")
    flags = "".join(letter for letter in mode if letter in "rwxa")
    if len(flags) > 1 or (flags and "+" in mode[: mode.index(flags)]):
        raise ValueError
    flags = flags or "r"
    if "+" in mode and flags == "r":
        flags = "+"
    kind = "".join(letter for letter in mode if letter in "bt")
    chip.cpu.charge(costs.FILE_NS)
    path = chip.path_of(file)
    opened = chip.guarded(chip.files.open, path, flags)
    return FileIO(chip, opened) if kind.endswith("b") else TextIOWrapper(chip, opened)


def path_of_text(path: Any) -> str:
    """A path is a text or bytes; else TypeError, as mp_obj_str_get_str raises it."""
    if isinstance(path, str):
        return path
    if isinstance(path, bytes):
        return path.decode()
    raise TypeError(f"can't convert {type(path).__name__} to str")


def folder_after(folder: str, path: str) -> str:
    """The working folder after chdir(path), "" for the root: `.`, `..` and double strokes are resolved."""
    parts = [] if path.startswith("/") else [part for part in folder.split("/") if part]
    for part in path.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "".join("/" + part for part in parts)


def make_os(chip: Chip) -> ModuleType:
    files, path_of, guarded = chip.files, chip.path_of, chip.guarded

    def spend() -> None:
        chip.cpu.charge(costs.FILE_NS)

    def ilistdir(path: Any = "", /) -> Iterator[tuple[Any, int, int, int]]:
        is_text = not isinstance(path, bytes)
        spend()
        found = guarded(files.list, path_of(path))
        return iter([(name if is_text else name.encode(), kind, 0, size) for name, kind, size in found])

    def urandom(count: int, /) -> bytes:
        count = integer(count)
        spend()
        if count < 0:
            raise ValueError
        return chip.random.randbytes(count)

    def stat(path: Any, /) -> tuple[int, ...]:
        spend()
        kind, size = guarded(files.stat, path_of(path))
        return (kind, 0, 0, 0, 0, 0, size, 0, 0, 0)

    def statvfs(path: Any, /) -> tuple[int, ...]:
        path_of(path)
        spend()
        size, blocks = chip.flash.block_size, chip.flash.blocks
        free = blocks - guarded(files.used_blocks)
        return (size, size, blocks, free, free, 0, 0, 0, 0, 255)

    def change(function: Any) -> Any:
        def call(path: Any, /) -> None:
            spend()
            guarded(function, path_of(path))

        return call

    def rename(old: Any, new: Any, /) -> None:
        spend()
        guarded(files.rename, path_of(old), path_of(new))

    def chdir(path: Any, /) -> None:
        full_path = path_of(path)
        spend()
        if guarded(files.stat, full_path)[0] != KIND_DIRECTORY:
            raise DeviceOSError(ENOENT)
        chip.working_folder = folder_after(chip.working_folder, path_of_text(path))

    def uname() -> Any:
        return _UNAME

    members = {
        "listdir": lambda *path: [entry[0] for entry in ilistdir(*path)],
        "ilistdir": ilistdir,
        "stat": stat,
        "statvfs": statvfs,
        "mkdir": change(files.mkdir),
        "remove": change(files.remove),
        "unlink": change(files.remove),
        "rmdir": change(files.remove),
        "rename": rename,
        "chdir": chdir,
        "getcwd": lambda: chip.working_folder or "/",
        "sync": spend,
        "uname": uname,
        "urandom": urandom,
        "sep": "/",
    }
    return module_of("os", members)
