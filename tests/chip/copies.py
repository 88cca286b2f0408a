"""A booted chip, copied: each test goes on from the same moment without waiting for another boot.

The state of the emulated chip is inside native objects that cannot be pickled, but a process can be forked
with everything in it.
"""

from __future__ import annotations

import os
import pickle
import sys
import traceback
from collections.abc import Callable
from typing import TypeVar

import pytest

_T = TypeVar("_T")
_DONE, _FAILED, _SKIPPED = "done", "failed", "skipped"


def in_copy(story: Callable[[], _T]) -> _T:
    """Run `story` in a copy of this process; what it returns comes back, nothing else.

    Where it failed is the text of an AssertionError; a skip in it is one here.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            answer = (_DONE, story())
        except pytest.skip.Exception as skipped:
            answer = (_SKIPPED, str(skipped))
        except BaseException:
            answer = (_FAILED, traceback.format_exc())
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(pickle.dumps(answer))
        sys.stdout.flush()
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    assert told, "the copy ended without a word"
    how, found = pickle.loads(told)
    if how == _SKIPPED:
        pytest.skip(found)
    assert how == _DONE, found
    return found
