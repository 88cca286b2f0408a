"""`os` and `open`: the device's own file system."""

from collections.abc import Iterator
from types import ModuleType
from typing import Any

from emulator.errors import DeviceOSError
from emulator.mcu import costs
from emulator.mcu.chip import Chip
from emulator.mcu.filesystem import ENOENT, KIND_DIRECTORY, OpenFile
from emulator.mcu.shims.plain import module_of

RELEASE = "1.28.0"
MACHINE = "Raspberry Pi Pico with RP2040"


class DeviceFile:
    """What open() returns, in text or bytes. A power cut in a call is raised as such."""

    def __init__(self, chip: Chip, file: OpenFile, is_text: bool) -> None:
        self._chip = chip
        self._file = file
        self._is_text = is_text

    def read(self, count: int = -1) -> Any:
        self._begin()
        if count < 0:
            count = self._file.size() - self._file.tell()
        data = self._file.read(count)
        return data.decode() if self._is_text else data

    def readinto(self, buffer: Any) -> int:
        self._begin()
        view = memoryview(buffer)
        data = self._file.read(len(view))
        view[: len(data)] = data
        return len(data)

    def readline(self) -> Any:
        self._begin()
        line = b""
        while not line.endswith(b"\n"):
            byte = self._file.read(1)
            if not byte:
                break
            line += byte
        return line.decode() if self._is_text else line

    def readlines(self) -> list[Any]:
        return list(self)

    def write(self, data: Any) -> int:
        self._begin()
        if self._is_text != isinstance(data, str):
            raise TypeError("can't convert between str and bytes")
        self._chip.guarded(self._file.write, data.encode() if self._is_text else bytes(data))
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        self._begin()
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

    def _begin(self) -> None:
        self._chip.cpu.charge(costs.FILE_NS)

    def __enter__(self) -> "DeviceFile":
        return self

    def __exit__(self, *_reason: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Any]:
        while line := self.readline():
            yield line


def open_file(chip: Chip, path: str, mode: str = "r", **_options: Any) -> DeviceFile:
    """open() of firmware. Raises OSError with MicroPython's numbers, ValueError for an unknown mode."""
    flags = mode.replace("b", "").replace("t", "")
    if flags.replace("+", "") not in ("r", "w", "a", "x"):
        raise ValueError("mode")
    chip.cpu.charge(costs.FILE_NS)
    path = chip.path_of(path)
    file = chip.guarded(chip.files.open, path, flags)
    return DeviceFile(chip, file, "b" not in mode)


def make_os(chip: Chip) -> ModuleType:
    files, path_of, guarded = chip.files, chip.path_of, chip.guarded

    def spend() -> None:
        chip.cpu.charge(costs.FILE_NS)

    def ilistdir(path: str = "") -> Iterator[tuple[str, int, int, int]]:
        spend()
        return iter([(name, kind, 0, size) for name, kind, size in files.list(path_of(path))])

    def urandom(count: int) -> bytes:
        spend()
        return chip.random.randbytes(count)

    def stat(path: str) -> tuple[int, ...]:
        spend()
        kind, size = files.stat(path_of(path))
        return (kind, 0, 0, 0, 0, 0, size, 0, 0, 0)

    def statvfs(path: str) -> tuple[int, ...]:
        spend()
        size, blocks = chip.flash.block_size, chip.flash.blocks
        free = blocks - files.used_blocks()
        return (size, size, blocks, free, free, 0, 0, 0, 0, 255)

    def change(function: Any) -> Any:
        def call(*paths: str) -> None:
            spend()
            guarded(function, *(path_of(path) for path in paths))

        return call

    def chdir(path: str) -> None:
        spend()
        if files.stat(path_of(path))[0] != KIND_DIRECTORY:
            raise DeviceOSError(ENOENT)
        chip.working_folder = path_of(path)

    def uname() -> tuple[str, ...]:
        return ("rp2", "rp2", RELEASE, f"v{RELEASE}", MACHINE)

    return module_of(
        "os",
        {
            "listdir": lambda path="": [entry[0] for entry in ilistdir(path)],
            "ilistdir": ilistdir,
            "stat": stat,
            "statvfs": statvfs,
            "mkdir": change(files.mkdir),
            "remove": change(files.remove),
            "unlink": change(files.remove),
            "rmdir": change(files.remove),
            "rename": change(files.rename),
            "chdir": chdir,
            "getcwd": lambda: chip.working_folder or "/",
            "sync": spend,
            "uname": uname,
            "urandom": urandom,
            "sep": "/",
            **{name: chip.unmodelled(f"os.{name}") for name in ("mount", "umount", "dupterm", "VfsLfs2")},
        },
    )
