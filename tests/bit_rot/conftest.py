"""`rotten`: the pump with a history, lived once for all tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.bit_rot.rotten import RottenPump


@pytest.fixture(scope="module")
def rotten() -> Iterator[RottenPump]:
    history = RottenPump()
    yield history
    history.close()
