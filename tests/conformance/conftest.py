"""`rig`: a booted pump on each target in turn. A target that is not there is skipped, with its reason."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hil.compare import STEP_NET
from hil.errors import BenchBroken
from hil.targets.factory import make_target
from hil.targets.sim import SimTarget
from tests.conformance.rig import Rig, scenario

# An emulated chip takes minutes for the seconds of a test.
_CHIP = (pytest.mark.slow, pytest.mark.timeout(1800))


@pytest.fixture(params=["sim", "mpy", pytest.param("chip", marks=_CHIP)])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    try:
        target = make_target(request.param, scenario(), (STEP_NET,))
    except BenchBroken as reason:
        pytest.skip(str(reason))
    assert isinstance(target, SimTarget)
    with target:
        yield Rig(target)
