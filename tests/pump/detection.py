"""What the tests of detection share: the three rates at which detectors are shown, and a pump warmed up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.pump.pump_rig import STROKE_NL, PumpRig

MakePump = Callable[..., PumpRig]

RATES = [
    pytest.param(2_000, id="at 2 uL per h"),
    pytest.param(20_000, id="at 20 uL per h"),
    pytest.param(1_000_000, id="at 1000 uL per h"),
]

# Long enough for every window of the detectors to be whole; the odd seconds are so that a fault comes
# between two strokes.
_WARM_UP_S = {2_000: 4 * 3600.0 + 80.0, 20_000: 3700.0, 1_000_000: 119.5}


# A revolution, over which the pump learns the rollers of a line that was declared whole.
_LEARNED_S = {2_000: 31 * 3600.0 + 80.0, 20_000: 11_240.0, 1_000_000: 240.5}


def interval_s(rate_nl_per_h: int) -> float:
    """Between two strokes at a constant rate."""
    return STROKE_NL * 3600.0 / rate_nl_per_h


def warm_pump(pump: MakePump, rate_nl_per_h: int = 20_000, **options: Any) -> PumpRig:
    """A pump that has delivered at this rate for a while without any alarm."""
    rig = pump(rate_nl_per_h, **options)
    rig.run_for(_WARM_UP_S[rate_nl_per_h])
    assert rig.alarms == []
    return rig


def learned_pump(pump: MakePump, rate_nl_per_h: int = 20_000, **options: Any) -> PumpRig:
    """A pump that knows its line: a revolution went through it without any alarm."""
    rig = pump(rate_nl_per_h, **options)
    rig.run_for(_LEARNED_S[rate_nl_per_h])
    assert set(rig.raised()) <= {"REFILL_DUE"}
    return rig
