"""Generated blocks of a document: what stands between `<!-- generated: NAME -->` and `<!-- end -->`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_BLOCK = re.compile(r"(<!-- generated: (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def blocks_of(text: str) -> dict[str, str]:
    """What stands in each block now, by name."""
    return {found[2]: found[3] for found in _BLOCK.finditer(text)}


def filled(text: str, makers: Mapping[str, Callable[[], str]]) -> str:
    """The document with the blocks of `makers` made anew, others as they are. KeyError when it lacks one."""
    missing = set(makers) - set(blocks_of(text))
    if missing:
        raise KeyError(f"the document has no block {', '.join(sorted(missing))}")
    return _BLOCK.sub(
        lambda found: f"{found[1]}\n{makers[found[2]]()}\n{found[4]}" if found[2] in makers else found[0], text
    )
