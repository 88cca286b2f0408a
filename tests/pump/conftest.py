"""`pump(...)` makes a PumpRig; every one of a test is switched off at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from emulator.bench.config import BenchConfig
from emulator.plant import PlantConfig
from tests.pump.pump_rig import PumpRig


@pytest.fixture
def pump(request: pytest.FixtureRequest) -> Iterator[Callable[..., PumpRig]]:
    is_ideal = request.node.get_closest_marker("ideal_bench") is not None
    with ExitStack() as rigs:

        def make(*arguments: Any, **options: Any) -> PumpRig:
            if is_ideal and options.get("bench") is None:
                options["bench"] = BenchConfig(plant=PlantConfig.ideal())
            return rigs.enter_context(PumpRig(*arguments, **options))

        yield make
