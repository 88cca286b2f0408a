"""littlefs on a block device, as the rp2 port sets it up, with MicroPython's error numbers.

Parameters: `_boot.py` of the rp2 port makes the file system with progsize 256; lookahead 32, 100 erase cycles
before a metadata block moves and a cache of four programming units are the defaults of MicroPython's VfsLfs2.
Its read size is 32; to read as much as the cache holds is the same for what is written, and quicker here.
Files carry no time attribute here (FIDELITY.md).
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Protocol, TypeVar
from weakref import WeakSet

from littlefs import lfs
from littlefs.errors import LittleFSError

from emulator.errors import DeviceOSError
from emulator.mcu.contents import Contents, KnownFile, full_path

PROGRAM_BYTES = 256
CACHE_BYTES = 4 * PROGRAM_BYTES
READ_BYTES = CACHE_BYTES
LOOKAHEAD_BYTES = 32
BLOCK_CYCLES = 100

LFS_ERR_IO = -5
ENOENT = 2
_ENOTDIR = 20
KIND_FILE = 0x8000
KIND_DIRECTORY = 0x4000

_LFS_DIRECTORY = 2
# littlefs asserts here, and not on the board, that a file is used as it was opened: who may write may read, too.
_WRITE = 2
_READ_WRITE = 3
_READ = 1
_FLAGS = {"r": _READ, "w": _READ_WRITE | 0x500, "x": _READ_WRITE | 0x300, "a": _READ_WRITE | 0x900, "+": _READ_WRITE}
_ENCODING = "utf-8"
_Result = TypeVar("_Result")
_flag_of = cache(lfs.LFSFileFlag)


class BlockAccess(Protocol):
    """What littlefs calls. Nothing may be raised through it: an error is a negative number.

    `contents`: what is known of the chip as it is now.
    """

    @property
    def contents(self) -> Contents: ...

    @property
    def read(self) -> Callable[[Any, int, int, int], bytes | bytearray]: ...

    def prog(self, cfg: Any, block: int, off: int, data: bytes) -> int: ...
    def erase(self, cfg: Any, block: int) -> int: ...
    def sync(self, cfg: Any) -> int: ...


class Filesystem:
    """One mount. `call(function, *args)` is how all of it reaches littlefs.

    `is_alive()` False means that the device has lost its supply: littlefs is then never entered again,
    because its state in RAM is as torn as the device's.
    """

    def __init__(
        self, access: BlockAccess, blocks: int, block_size: int, is_alive: Callable[[], bool] = lambda: True
    ) -> None:
        self.is_alive = is_alive
        self._access = access
        self._config = lfs.LFSConfig(
            context=access,  # type: ignore[arg-type]
            block_size=block_size,
            block_count=blocks,
            read_size=READ_BYTES,
            prog_size=PROGRAM_BYTES,
            cache_size=CACHE_BYTES,
            lookahead_size=LOOKAHEAD_BYTES,
            block_cycles=BLOCK_CYCLES,
        )
        self._fs = lfs.LFSFilesystem()
        # littlefs keeps a list of the files that are open, in memory that their handles own.
        self._handles: set[lfs.LFSFile] = set()
        self._dropped: list[tuple[lfs.LFSFile, bool]] = []
        # Open files that littlefs does not know of, because what is in them is known.
        self._known: WeakSet[OpenFile] = WeakSet()

    def format(self) -> None:
        self.call(lfs.format, self._fs, self._config)

    def mount(self) -> None:
        """Raises OSError when there is no sound file system."""
        self.call(lfs.mount, self._fs, self._config)

    def call(self, function: Callable[..., _Result], *arguments: Any) -> _Result:
        """Run a littlefs function; its errors become OSError with MicroPython's numbers."""
        if not self.is_alive():
            raise DeviceOSError(-LFS_ERR_IO)
        try:
            return function(*arguments)
        except LittleFSError as error:
            raise DeviceOSError(-error.code) from None

    def open(self, path: str, flags: str) -> "OpenFile":
        """`flags` as for open(): r, w, a, x or +. Files that were dropped since, and only read, are closed."""
        if self._dropped:
            self._close_dropped_readers()
        if flags == "r" and (data := self._known_data(path)) is not None:
            file = OpenFile(self, path, None, may_write=False, known=KnownFile(data, self._access.contents))
            self._known.add(file)
            return file
        return OpenFile(self, path, self.handle_of(path, _FLAGS[flags]), may_write=bool(_FLAGS[flags] & _WRITE))

    def handle_of(self, path: str, flags: int) -> lfs.LFSFile:
        if flags & _WRITE:
            self._about_to_change(path)
        handle = self.call(lfs.file_open, self._fs, path, _flag_of(flags), _ENCODING)
        self._handles.add(handle)
        return handle

    def release(self, handle: lfs.LFSFile) -> None:
        """Close a handle; what it has not written yet is written."""
        try:
            self.call(lfs.file_close, self._fs, handle)
        finally:
            if self.is_alive():
                self._handles.discard(handle)

    def drop(self, handle: lfs.LFSFile, is_dirty: bool) -> None:
        """Nobody refers to an open file any more. It stays open until `open` or `collect`."""
        self._dropped.append((handle, is_dirty))

    def collect(self) -> None:
        """The board collects garbage: files that were dropped are closed, and what they hold is written."""
        dropped, self._dropped = self._dropped, []
        for handle, _is_dirty in dropped:
            self.release(handle)

    def _close_dropped_readers(self) -> None:
        dropped, self._dropped = self._dropped, []
        for handle, is_dirty in dropped:
            if is_dirty:
                self._dropped.append((handle, is_dirty))
            else:
                self.release(handle)

    def read_file(self, path: str) -> bytes:
        """The whole file, which is known from then on."""
        data = self._known_data(path)
        if data is not None:
            return data
        file = self.open(path, "r")
        try:
            data = file.read(file.size())
        finally:
            file.close()
        if (key := full_path(path)) is not None and self.is_alive():
            self._access.contents.keep_file(key, data)
        return data

    def write_file(self, path: str, data: bytes) -> None:
        """Write a whole file; folders on the way are made."""
        folder = ""
        for part in path.strip("/").split("/")[:-1]:
            folder += "/" + part
            if not self.is_folder(folder):
                self.mkdir(folder)
        file = self.open(path, "w")
        try:
            file.write(data)
        finally:
            file.close()

    def stat(self, path: str) -> tuple[int, int]:
        """(kind, size). Raises OSError(2) for what is not there."""
        if path.strip("/") in ("", "."):
            return KIND_DIRECTORY, 0
        found = self.call(lfs.stat, self._fs, path, _ENCODING)
        return (KIND_DIRECTORY, 0) if found.type == _LFS_DIRECTORY else (KIND_FILE, found.size)

    def is_folder(self, path: str) -> bool:
        return self._kind(path) == KIND_DIRECTORY

    def is_file(self, path: str) -> bool:
        return self._kind(path) == KIND_FILE

    def list(self, path: str) -> list[tuple[str, int, int]]:
        """(name, kind, size) of what is in a folder."""
        folder = self.call(lfs.dir_open, self._fs, path or "/", _ENCODING)
        found = []
        while (entry := self.call(lfs.dir_read, self._fs, folder, _ENCODING)) is not None:
            if entry.name not in (".", ".."):
                is_folder = entry.type == _LFS_DIRECTORY
                found.append((entry.name, KIND_DIRECTORY, 0) if is_folder else (entry.name, KIND_FILE, entry.size))
        self.call(lfs.dir_close, self._fs, folder)
        return found

    def mkdir(self, path: str) -> None:
        self._about_to_change(path)
        self.call(lfs.mkdir, self._fs, path, _ENCODING)

    def remove(self, path: str) -> None:
        self._about_to_change(path)
        self.call(lfs.remove, self._fs, path, _ENCODING)

    def rename(self, old: str, new: str) -> None:
        self._about_to_change(old)
        self._access.contents.drop_all()  # a folder takes along what is in it
        self.call(lfs.rename, self._fs, old, new, _ENCODING)

    def used_blocks(self) -> int:
        return self.call(lfs.fs_size, self._fs)

    def _kind(self, path: str) -> int:
        try:
            key = full_path(path)
            if key is not None and self.is_alive():
                folder, _, name = key.rpartition("/")
                return self._kinds_in(folder)[name]
        except KeyError:
            return 0
        except DeviceOSError:
            pass  # a folder that cannot be listed: perhaps this name can be found all the same
        try:
            return self.stat(path)[0]
        except DeviceOSError:
            return 0

    def _kinds_in(self, folder: str) -> dict[str, int]:
        contents = self._access.contents
        kinds = contents.folders.get(folder)
        if kinds is None:
            try:
                kinds = {name: kind for name, kind, _size in self.list(folder)}
            except DeviceOSError as error:
                if error.errno not in (ENOENT, _ENOTDIR):
                    raise
                kinds = {}
            contents.keep_folder(folder, kinds)
        return kinds

    def _known_data(self, path: str) -> bytes | None:
        files = self._access.contents.files
        data = files.get(path)  # nearly always it is written in full
        return data if data is not None or (key := full_path(path)) is None else files.get(key)

    def _about_to_change(self, path: str) -> None:
        """littlefs takes over the files that are open, and what was known of this path is known no more."""
        for file in list(self._known):
            file.hand_over()
        if (key := full_path(path)) is not None:
            self._access.contents.drop(key)
        else:
            self._access.contents.drop_all()

    @property
    def handle(self) -> lfs.LFSFilesystem:
        return self._fs


class OpenFile:
    """An open file, in bytes. Closing twice is harmless. `is_dirty`: written since the last flush."""

    __slots__ = (
        "is_dirty", "_filesystem", "_path", "_handle", "_is_open", "_may_write", "_known", "__weakref__"
    )  # fmt: skip

    def __init__(
        self,
        filesystem: Filesystem,
        path: str,
        handle: lfs.LFSFile | None,
        may_write: bool,
        known: KnownFile | None = None,
    ) -> None:
        self.is_dirty = False
        self._filesystem = filesystem
        self._path = path
        self._handle = handle
        self._is_open = True
        self._may_write = may_write
        self._known = known  # instead of the handle

    def read(self, count: int) -> bytes:
        known = self._known
        if known is not None and known.contents.is_true:
            return known.read(count)
        self.hand_over()
        return self._call(lfs.file_read, count)

    def write(self, data: bytes) -> int:
        """littlefs on the board does not ask how a file was opened: what is written to a reader is in the file."""
        self.hand_over()
        if self._handle is not None and self._is_open and not self._may_write:
            place = self.tell()
            handle = self._filesystem.handle_of(self._path, _READ_WRITE)
            self._filesystem.release(self._handle)
            self._handle, self._may_write = handle, True
            self.seek(place, 0)
        self.is_dirty = True
        return self._call(lfs.file_write, data)

    def seek(self, offset: int, whence: int) -> int:
        """The position then."""
        known = self._known
        if known is not None and known.contents.is_true:
            return known.seek(offset, whence)
        self.hand_over()
        self._call(lfs.file_seek, offset, whence)
        return self.tell()

    def tell(self) -> int:
        return self._call(lfs.file_tell) if self._known is None else self._known.place

    def size(self) -> int:
        return self._call(lfs.file_size) if self._known is None else self._known.size()

    def flush(self) -> None:
        self.hand_over()
        self._call(lfs.file_sync)
        self.is_dirty = False

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            self._known = None
            if self._handle is not None:
                self._filesystem.release(self._handle)

    def __del__(self) -> None:
        if self._is_open:
            self._is_open = False
            if self._handle is not None:
                self._filesystem.drop(self._handle, self.is_dirty)

    def hand_over(self) -> None:
        """From here on littlefs reads this file. Raises OSError where it cannot open it."""
        known = self._known
        if known is None:
            return
        self._handle = self._filesystem.handle_of(self._path, _READ)
        self._known = None
        if known.place:
            self._call(lfs.file_seek, known.place, 0)

    def _call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        if not self._is_open:
            raise ValueError
        return self._filesystem.call(function, self._filesystem.handle, self._handle, *arguments)
