"""The scenario language: TOML text in, checked scenarios out. `hil/scenario/LANGUAGE.md` describes it."""

from hil.scenario.reader import find, library_names, read_file, read_text

__all__ = ["find", "library_names", "read_file", "read_text"]
