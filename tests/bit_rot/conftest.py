"""`rotten`: the pump with a history, lived once for all tests of a module; `pump(...)`, as in tests/pump."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.bit_rot.rotten import RottenPump
from tests.pump.conftest import pump  # noqa: F401


@pytest.fixture(scope="module")
def rotten() -> Iterator[RottenPump]:
    history = RottenPump()
    yield history
    history.close()
