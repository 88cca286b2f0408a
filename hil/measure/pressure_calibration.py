"""Zero and gain of the line pressure sensor: what the pump shows at rest, against a pressure that is known.

A zero is read with the line open to air; a gain at one pressure that a gauge tells, with the zero as it is then.
"""

from __future__ import annotations

from math import sqrt
from statistics import fmean, stdev

import msgspec

from hil.errors import OutOfRange
from hil.measure.calibration import NotHonest
from hil.pump.client import Client

SPAN_PA = 200_000
LEAST_GAIN_PA = 20_000  # nearer to zero a step of the sensor's converter, 81 Pa, is too much of it
_READINGS = 20
_EVERY_S = 0.5
_RESTLESS_PA = 500.0


class Reading(msgspec.Struct, frozen=True):
    """Mean of the pump's own readings at rest, in Pa by its present figures, and the standard error of the mean."""

    pressure_pa: float
    u_pa: float


def read_at_rest(client: Client) -> Reading:
    """NotHonest when the pump moves fluid, or the pressure does not stand still."""
    seen = []
    for _ in range(_READINGS):
        status = client.status()
        if status.rate_nl_per_h or status.bolus_kind != "NONE":
            raise NotHonest(f"the pump is in {status.mode} and moves fluid: pumpbench ctl stop")
        seen.append(float(status.pressure_pa))
        for _ in client.listen(_EVERY_S):
            pass
    if stdev(seen) > _RESTLESS_PA:
        raise NotHonest(f"the pressure does not stand still: it varied by {stdev(seen):.0f} Pa in ten seconds")
    return Reading(fmean(seen), stdev(seen) / sqrt(_READINGS))


def zero_mv(reading: Reading, config: dict[str, int]) -> int:
    """The voltage that was at the pin while the line was open to air."""
    return round(_pin_mv(reading.pressure_pa, config))


def span_mv(reading: Reading, true_pa: float, config: dict[str, int]) -> int:
    """What 200 kPa would add at the pin. OutOfRange for a pressure too near to zero."""
    if not LEAST_GAIN_PA <= true_pa <= SPAN_PA:
        raise OutOfRange(f"--gain: found {true_pa / 1000:g} kPa; allowed: {LEAST_GAIN_PA // 1000} to 200 kPa")
    return round((_pin_mv(reading.pressure_pa, config) - config["pressure_zero_mv"]) * SPAN_PA / true_pa)


def _pin_mv(pressure_pa: float, config: dict[str, int]) -> float:
    return pressure_pa * config["pressure_span_mv"] / SPAN_PA + config["pressure_zero_mv"]
