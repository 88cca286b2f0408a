"""What was read from a flash chip whose files have not changed since: a boot reads most files twice, and looks for
twice as many that are not there.

Only what littlefs really gave is kept. A clean write drops what it touches; whatever else happens to the chip, a
flipped bit, worn cells, a power cut inside an operation, drops all.
"""

from __future__ import annotations

from functools import lru_cache

from emulator.errors import DeviceOSError

_EINVAL = 22
_FILE_MOST = (1 << 31) - 1  # LFS_FILE_MAX


class Contents:
    """Whole files by their full path, and the kinds of what is in a folder (empty for a folder that is not there)."""

    __slots__ = ("files", "folders", "is_true", "_image")

    def __init__(self, image: Contents | None = None) -> None:
        """`image`: what is known of the image that this chip was made from, while it is as it was made."""
        self._image = image
        self.is_true = True  # until something happens to the chip
        self.files: dict[str, bytes] = {} if image is None else dict(image.files)
        self.folders: dict[str, dict[str, int]] = {} if image is None else dict(image.folders)

    def keep_file(self, path: str, data: bytes) -> None:
        self.files[path] = data
        if self._image is not None:
            self._image.files[path] = data

    def keep_folder(self, path: str, kinds: dict[str, int]) -> None:
        self.folders[path] = kinds
        if self._image is not None:
            self._image.folders[path] = kinds

    def chip_changes(self) -> None:
        """From now on it is no longer the image that it was made from."""
        self._image = None

    def drop(self, path: str) -> None:
        """The file of that path, or the empty folder, is about to change, or to come, or to go."""
        self.folders.pop(path, None)
        self.files.pop(path, None)
        self.folders.pop(path.rpartition("/")[0], None)

    def drop_all(self) -> None:
        self.files.clear()
        self.folders.clear()


@lru_cache(maxsize=8)
def of_image(image: bytes) -> Contents:
    """What is known of an image, for all chips that are made from it."""
    return Contents()


def full_path(path: str) -> str | None:
    """The one way to write a path; None for one that goes through `.`, `..` or nothing."""
    parts = path.strip("/").split("/")
    return None if "" in parts or "." in parts or ".." in parts else "/" + "/".join(parts)


class KnownFile:
    """An open file whose content is known: as littlefs reads it, while `contents` is true."""

    __slots__ = ("_data", "place", "contents")

    def __init__(self, data: bytes, contents: Contents) -> None:
        self._data = data
        self.place = 0
        self.contents = contents

    def read(self, count: int) -> bytes:
        data = self._data[self.place : self.place + count]
        self.place += len(data)
        return data

    def seek(self, offset: int, whence: int) -> int:
        """The position then. Raises OSError(EINVAL) where no file has one."""
        place = offset + (0, self.place, len(self._data))[whence]
        if not 0 <= place <= _FILE_MOST:
            raise DeviceOSError(_EINVAL)
        self.place = place
        return place

    def size(self) -> int:
        return len(self._data)
