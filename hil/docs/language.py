"""Writes the table of verbs in hil/scenario/LANGUAGE.md from the verbs themselves.

`python -m hil.docs.language` rewrites it; a test fails when document and verbs disagree.
"""

from __future__ import annotations

from pathlib import Path

from hil.docs.blocks import filled
from hil.docs.icd import table
from hil.scenario.verbs import VERBS, Verb

LANGUAGE = Path(__file__).resolve().parents[1] / "scenario" / "LANGUAGE.md"


def verbs_block() -> str:
    """A row per verb, in the order of hil/scenario/verbs.py."""
    rows = [(f"`{name}`", _arguments(verb), verb.text) for name, verb in VERBS.items()]
    return table(("`do`", "arguments (in brackets: may be left out)", "what the person does"), rows)


def _arguments(verb: Verb) -> str:
    shown = [f"`{name}`" if argument.is_required else f"[`{name}`]" for name, argument in verb.arguments.items()]
    if verb.exactly_one:
        shown = [" or ".join(f"`{name}`" for name in verb.exactly_one)]
    return ", ".join(shown)


def rendered(text: str) -> str:
    """The document with the block made anew."""
    return filled(text, {"verbs": verbs_block})


if __name__ == "__main__":
    LANGUAGE.write_text(rendered(LANGUAGE.read_text(encoding="utf-8")), encoding="utf-8")
