"""The place of a value in a TOML file: its path and its line.

The standard parser throws positions away, and a message without a line sends people searching. This scanner
runs only over text that the standard parser has accepted, so it has to find values, not to judge them.
"""

from __future__ import annotations

import re

Path = tuple[str | int, ...]  # the keys and indices that lead to a value


_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SKIPPED = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)+")
_STRING = re.compile(r'"""(?:\\.|[^\\])*?"""+|' r"'''.*?'''+|" r'"(?:\\.|[^"\\\n])*"|' r"'[^'\n]*'", re.DOTALL)
_SCALAR = re.compile(r"[^,\]\}\n#]+")


def field_name(path: Path) -> str:
    """A path in the notation of the sweep table: step.0.duration."""
    return ".".join(str(part) for part in path)


class LineIndex:
    """`line(path)` is the line of the value at the path, or of the nearest table around it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._lines: dict[Path, int] = {}
        self._array_length: dict[Path, int] = {}
        self._table: Path = ()
        self._scan()

    def line(self, path: Path) -> int:
        while path:
            if path in self._lines:
                return self._lines[path]
            path = path[:-1]
        return 1

    def _mark(self, path: Path, at: int) -> None:
        self._lines.setdefault(path, self._text.count("\n", 0, at) + 1)

    def _skip(self) -> None:
        match = _SKIPPED.match(self._text, self._at)
        if match:
            self._at = match.end()

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _scan(self) -> None:
        self._skip()
        while self._at < len(self._text):
            if self._peek() == "[":
                self._header()
            else:
                self._pair(self._table)
            self._skip()

    def _header(self) -> None:
        start = self._at
        is_array = self._text.startswith("[[", self._at)
        self._at += 2 if is_array else 1
        path = self._resolve(self._key())
        self._skip()
        self._at += 2 if is_array else 1
        if is_array:
            index = self._array_length.get(path, 0)
            self._array_length[path] = index + 1
            path = (*path, index)
        self._table = path
        self._mark(path, start)

    def _resolve(self, keys: list[str]) -> Path:
        """A header below an array of tables means its newest element."""
        path: Path = ()
        for position, key in enumerate(keys):
            path = (*path, key)
            if position < len(keys) - 1 and path in self._array_length:
                path = (*path, self._array_length[path] - 1)
        return path

    def _key(self) -> list[str]:
        keys: list[str] = []
        while True:
            self._skip()
            match = _STRING.match(self._text, self._at) or _BARE_KEY.match(self._text, self._at)
            assert match is not None, "the text was accepted by the TOML parser"
            keys.append(match.group().strip("\"'"))
            self._at = match.end()
            self._skip()
            if self._peek() != ".":
                return keys
            self._at += 1

    def _pair(self, table: Path) -> None:
        start = self._at
        path = (*table, *self._key())
        self._mark(path, start)
        self._skip()
        self._at += 1  # the equals sign
        self._skip()
        self._value(path)

    def _value(self, path: Path) -> None:
        opening = self._peek()
        if opening == "[":
            self._sequence(path, "]")
        elif opening == "{":
            self._sequence(path, "}")
        else:
            match = _STRING.match(self._text, self._at) or _SCALAR.match(self._text, self._at)
            assert match is not None, "the text was accepted by the TOML parser"
            self._at = match.end()

    def _sequence(self, path: Path, closing: str) -> None:
        self._at += 1
        index = 0
        while True:
            self._skip()
            if self._peek() == ",":
                self._at += 1
                continue
            if self._peek() == closing:
                self._at += 1
                return
            if closing == "}":
                self._pair(path)
            else:
                self._mark((*path, index), self._at)
                self._value((*path, index))
                index += 1
