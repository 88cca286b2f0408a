"""docs/swarm.md lists each invariant in its own words."""

from __future__ import annotations

from pathlib import Path

import pytest

from hil.swarm import invariants  # noqa: F401
from hil.swarm.judging import INVARIANTS

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "swarm.md"


@pytest.mark.parametrize("each", INVARIANTS.values(), ids=lambda each: each.name)
def test_the_document_has_the_text_of_the_invariant(each):
    assert f"| `{each.name}` | {each.requirement} | {each.text} |" in DOCUMENT.read_text(encoding="utf-8")
