"""`json` as the board has it (extmod/modjson.c): the reader is lenient, texts keep their characters."""

import json
import re
from typing import Any

_ERROR = "syntax error in JSON"
_BETWEEN = ",: \t\n\r"  # the reader does not ask which of them stands where
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS = {"null": None, "true": True, "false": False}
_NUMBER = "0123456789+-.eE"
_NOTHING = object()
# A list of plain texts and whole numbers, as of the firmware's own files: all readers agree on it.
_ITEM = r'(?:"[ !#-\[\]-~]*"|0|-?[1-9][0-9]*)'
_IS_ORDINARY = re.compile(rf"\[{_ITEM}(?:, {_ITEM})*\] *").fullmatch


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0

    def value(self) -> Any:
        """The one value of the text. Raises ValueError."""
        containers: list[Any] = []
        keys: list[Any] = []
        while True:
            letter = self._next_letter()
            if letter == "":
                raise ValueError(_ERROR)
            if letter in "]}":
                self._place += 1
                if not containers:
                    raise ValueError(_ERROR)
                item = containers.pop()
                keys.pop()
                if not containers:
                    return self._at_end(item)
                continue
            is_container = letter in "[{"
            item = self._container(letter) if is_container else self._scalar(letter)
            if not containers and not is_container:
                return self._at_end(item)
            if containers:
                self._put(containers[-1], keys, item, is_container)
            if is_container:
                containers.append(item)
                keys.append(_NOTHING)

    def _put(self, container: Any, keys: list[Any], item: Any, is_container: bool) -> None:
        if isinstance(container, list):
            container.append(item)
        elif keys[-1] is _NOTHING:
            if is_container:
                raise ValueError(_ERROR)
            keys[-1] = item
        else:
            container[keys[-1]] = item
            keys[-1] = _NOTHING

    def _next_letter(self) -> str:
        text = self._text
        while text[self._place : self._place + 1] and text[self._place] in _BETWEEN:
            self._place += 1
        return text[self._place : self._place + 1]

    def _container(self, letter: str) -> Any:
        self._place += 1
        return [] if letter == "[" else {}

    def _scalar(self, letter: str) -> Any:
        if letter == '"':
            return self._string()
        if letter == "-" or letter.isdigit():
            return self._number()
        for word, value in _WORDS.items():
            if self._text.startswith(word, self._place):
                self._place += len(word)
                return value
        raise ValueError(_ERROR)

    def _string(self) -> str:
        found = ""
        while True:
            self._place += 1
            letter = self._text[self._place : self._place + 1]
            if letter == '"':
                self._place += 1
                return found
            if letter == "\\":
                self._place += 1
                letter = self._text[self._place : self._place + 1]
                if letter == "u":
                    letter = chr(int(self._text[self._place + 1 : self._place + 5], 16))
                    self._place += 4
                else:
                    letter = _ESCAPES.get(letter, letter)
            if letter == "":
                raise ValueError(_ERROR)
            found += letter

    def _number(self) -> Any:
        start = self._place
        while self._text[self._place : self._place + 1] and self._text[self._place] in _NUMBER:
            self._place += 1
        text = self._text[start : self._place]
        return float(text) if set(text) & set(".eE") else int(text)

    def _at_end(self, value: Any) -> Any:
        if self._text[self._place :].strip(" \t\n\r"):
            raise ValueError(_ERROR)
        return value


def loads(text: Any, /) -> Any:
    if not isinstance(text, (str, bytes, bytearray, memoryview)):
        raise TypeError("object with buffer protocol required")
    text = text if isinstance(text, str) else bytes(text).decode()
    if _IS_ORDINARY(text):
        return json.loads(text)
    return _Reader(text).value()


def load(stream: Any, /) -> Any:
    return loads(stream.read())


def dumps(value: Any, *, separators: Any = (", ", ": ")) -> str:
    return _text(value, *separators)


def dump(value: Any, stream: Any, *, separators: Any = (", ", ": ")) -> None:
    stream.write(_text(value, *separators))


def _text(value: Any, comma: str, colon: str) -> str:
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        pairs = (f"{_key(key, comma, colon)}{colon}{_text(item, comma, colon)}" for key, item in value.items())
        return "{" + comma.join(pairs) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + comma.join(_text(item, comma, colon) for item in value) + "]"
    if isinstance(value, bytes):
        return json.dumps(value.decode("latin-1"))
    return repr(value)


def _key(key: Any, comma: str, colon: str) -> str:
    text = _text(key, comma, colon)
    return text if isinstance(key, str) else f'"{text}"'
