"""What the board said in words, picked out of a stream that carries binary frames as well."""

_KEPT_BYTES = 1 << 20
_FRAME_END = 0
_TEXT = frozenset(range(0x20, 0x7F)) | {0x09, 0x0A, 0x0D}
_TRACEBACK = "Traceback (most recent call last)"


class Console:
    """Everything between two frame delimiters that is text as a whole."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._boot_at = 0

    def keep(self, data: bytes) -> None:
        self._bytes += data
        surplus = len(self._bytes) - _KEPT_BYTES
        if surplus > 0:
            del self._bytes[:surplus]
            self._boot_at = max(0, self._boot_at - surplus)

    def restarted(self) -> None:
        """The board boots; `crash` concerns what comes now."""
        self._boot_at = len(self._bytes)

    @property
    def text(self) -> str:
        return _words(self._bytes)

    @property
    def crash(self) -> str | None:
        """The traceback that the board printed since it booted."""
        text = _words(self._bytes[self._boot_at :])
        at = text.find(_TRACEBACK)
        return None if at < 0 else text[at:]


def _words(data: bytes | bytearray) -> str:
    parts = bytes(data).split(bytes((_FRAME_END,)))
    return "".join(part.decode() for part in parts if _TEXT.issuperset(part)).replace("\r\n", "\n")
