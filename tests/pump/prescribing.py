"""What a clinician enters beyond programme and refill, and what the pump answers to somebody it refuses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from emulator.bench.config import BenchConfig
from emulator.plant.config import PlantConfig
from hil.errors import Refused
from tests.pump.pump_rig import EVERY_DAY, PumpRig

MINUTE_S = 60.0
HOUR_S = 3_600.0
DAY_S = 86_400.0
ML = 1_000_000
# Flow swings by 15 % over a third of a revolution: a piece of a revolution carries up to 0.5 uL more or less
# than its angle says (0.15 * 60 uL / (2 pi 3) each side). Over whole revolutions nothing of it is left.
PULSATION_NL = 480.0


def reason(request: Callable[..., Any], *arguments: Any, **fields: Any) -> str:
    """OK, or the word with which the pump refuses."""
    try:
        request(*arguments, **fields)
    except Refused as refusal:
        return refusal.reason
    return "OK"


def prescribe(
    rig: PumpRig,
    basal: int | Sequence[tuple[int, int]] | None = None,
    *,
    patient: tuple[int, int, int, int] | None = None,
    dose: tuple[int, int] | None = None,
) -> None:
    """Change what is given and commit. `patient`: nL, s, lock-out s, per day; `dose`: nL, window s."""
    rig.client.programme_begin()
    if basal is not None:
        rig.client.stage_day(EVERY_DAY, [(0, basal)] if isinstance(basal, int) else basal)
    if patient is not None:
        rig.client.stage_patient_bolus(*patient)
    if dose is not None:
        rig.client.stage_dose_limit(*dose)
    rig.client.programme_commit()


def refill(rig: PumpRig, withdrawn_nl: int, filled_nl: int) -> None:
    """A refill as it is entered; what truly happened to the plant is another matter."""
    rig.client.refill_begin()
    rig.client.refill_withdrawn(withdrawn_nl)
    rig.client.refill_filled(filled_nl)
    rig.client.refill_confirm()


def bench(**plant: Any) -> BenchConfig:
    """A bench that is steady on purpose, with other figures of the plant, e.g. fill_nl."""
    return BenchConfig(plant=PlantConfig.ideal(**plant))
