"""`io.StringIO` and `io.BytesIO` as the board has them (py/objstringio.c): one buffer of bytes, one position."""

from typing import Any

from emulator.errors import DeviceOSError
from emulator.mcu.shims.arguments import chosen, integer, readable, writable

_EINVAL = 22


class BytesIO:
    def __init__(self, content: Any = None, /) -> None:
        is_size = isinstance(content, int)
        self._data: bytearray | None = bytearray(b"" if content is None or is_size else readable(content))
        self._place = 0

    def _open(self) -> bytearray:
        if self._data is None:
            raise ValueError("I/O operation on closed file")
        return self._data

    def _given(self, data: bytes) -> Any:
        return data

    def read(self, size: int = -1, /) -> Any:
        count = integer(size)
        data = self._open()
        end = len(data) if count < 0 else self._end_of(count)
        found = bytes(data[self._place : end])
        self._place += len(found)
        return self._given(found)

    def _end_of(self, count: int) -> int:
        return self._place + count

    def readinto(self, buffer: Any, /, *limits: Any) -> int:
        view = chosen(writable(buffer), limits, has_offset=False)
        found = bytes(self._open()[self._place : self._place + len(view)])
        view[: len(found)] = found
        self._place += len(found)
        return len(found)

    def readline(self, size: int = -1, /) -> Any:
        data, limit = self._open(), integer(size)
        end = data.find(b"\n", self._place) + 1 or len(data)
        if limit >= 0:
            end = min(end, self._place + limit)
        found = bytes(data[self._place : end])
        self._place += len(found)
        return self._given(found)

    def write(self, content: Any, /, *limits: Any) -> int:
        new = bytes(chosen(memoryview(readable(content)), limits))
        data = self._open()
        data.extend(bytes(max(0, self._place - len(data))))
        data[self._place : self._place + len(new)] = new
        self._place += len(new)
        return len(new)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        offset, whence = integer(offset), integer(whence)
        start = (0, self._place, len(self._open()))[whence]
        if whence == 0 and offset < 0:
            raise DeviceOSError(_EINVAL)
        self._place = max(0, start + offset)
        return self._place

    def tell(self) -> int:
        self._open()
        return self._place

    def flush(self) -> None:
        self._open()

    def close(self) -> None:
        self._data = None

    def getvalue(self) -> Any:
        return self._given(bytes(self._open()))

    def __enter__(self) -> "BytesIO":
        return self

    def __exit__(self, *_reason: object) -> None:
        self.close()

    def __iter__(self) -> "BytesIO":
        return self

    def __next__(self) -> Any:
        if line := self.readline():
            return line
        raise StopIteration


class StringIO(BytesIO):
    """Texts in UTF-8; `read(n)` counts characters, positions are bytes."""

    def _given(self, data: bytes) -> str:
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise UnicodeError from None

    def _end_of(self, count: int) -> int:
        data, end = self._open(), self._place
        while count and end < len(data):
            end += 1
            while end < len(data) and data[end] & 0xC0 == 0x80:
                end += 1
            count -= 1
        return end
