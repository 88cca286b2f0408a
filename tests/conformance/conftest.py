"""`rig`: a booted pump on each target in turn. A target that is not there is skipped, with its reason.

`board` is the rehearsal of a real bench: pump and rig as two boards, and a host at their two serial lines.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hil.campaign.compare import ENABLE_NET, STEP_NET
from hil.errors import BenchBroken
from hil.targets.factory import make_target
from hil.targets.rigged import rigged_target
from hil.targets.sim import SimTarget
from tests.chip.copies import in_copy
from tests.conformance.rig import BoardRig, Rig, scenario

# An emulated chip takes seconds for a boot, so its tests go on from copies of one booted pump.
_CHIP = (pytest.mark.slow, pytest.mark.timeout(3_600), pytest.mark.xdist_group("chip"))


def _booted(word: str) -> Iterator[Rig]:
    try:
        target = make_target(word, scenario(), (STEP_NET, ENABLE_NET))
    except BenchBroken as reason:
        pytest.skip(str(reason))
    assert isinstance(target, SimTarget)
    with target:
        yield Rig(target)


@pytest.fixture(scope="session")
def booted_chip() -> Iterator[Rig]:
    """For copies only."""
    yield from _booted("chip")


@pytest.fixture(params=["sim", "mpy", pytest.param("chip", marks=_CHIP), pytest.param("board", marks=pytest.mark.slow)])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    if request.param == "chip":
        yield request.getfixturevalue("booted_chip")
    elif request.param == "board":
        with rigged_target("sim", scenario()) as target:
            yield BoardRig(target)
    else:
        yield from _booted(request.param)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    rig = pyfuncitem.funcargs.get("rig")
    if not isinstance(rig, Rig) or rig.target.name != "chip":
        return None
    words = pyfuncitem._fixtureinfo.argnames
    in_copy(lambda: pyfuncitem.obj(**{word: pyfuncitem.funcargs[word] for word in words}))
    return True
