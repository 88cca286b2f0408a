"""`pump(...)` makes a PumpRig; every one of a test is switched off at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.pump.pump_rig import PumpRig


@pytest.fixture
def pump() -> Iterator[Callable[..., PumpRig]]:
    with ExitStack() as rigs:

        def make(*arguments: Any, **options: Any) -> PumpRig:
            return rigs.enter_context(PumpRig(*arguments, **options))

        yield make
