"""How much a number of clean stories says: exact bounds of Clopper and Pearson, 95 %."""

from __future__ import annotations

from math import ceil, log

CONFIDENCE = 0.95


def most_frequent_unseen(clean: int) -> float:
    """The share of stories that may at most show a violation when none of so many did; 1 without any."""
    return 1.0 - (1.0 - CONFIDENCE) ** (1.0 / clean) if clean else 1.0


def stories_until_believed(shown: int, stories: int) -> int:
    """How many clean stories have to pass until a fault that `shown` of `stories` had shown is believed to be gone.

    So many that its share before would have shown it with 95 % probability. Raises ValueError when none showed it.
    """
    if not 0 < shown <= stories:
        raise ValueError(f"{shown} of {stories} stories say nothing about how often a fault is seen")
    share = shown / stories
    return 1 if share == 1.0 else ceil(log(1.0 - CONFIDENCE) / log(1.0 - share))
