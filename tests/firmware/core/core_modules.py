"""The therapy core, loaded once with every integer result checked against the board's small-int range."""

from __future__ import annotations

import struct
from pathlib import Path

from emulator.mcu.loader import load_modules

REPOSITORY = Path(__file__).resolve().parents[3]

NAMES = (
    "units",
    "checksum",
    "fsm",
    "delivery",
    "guards",
    "programme",
    "drug",
    "settings",
    "prescription",
    "stager",
    "dosing",
    "stroke",
    "bolus",
    "bolus_checks",
    "boluses",
    "lockout",
    "motion_guard",
    "limits",
    "schedule",
    "flow",
    "therapy",
    "reservoir",
    "refill",
    "drawdown",
    "bolus_use",
    "forecast",
)

core = load_modules(REPOSITORY, *(f"firmware.core.{name}" for name in NAMES), "protocols.ids", guard=True)
ids = core.ids

RING = 1 << 30
DAY_S = 86_400
WEEK_S = 7 * DAY_S
EVERY_DAY = 0x7F


def packed(segments):
    """[(start minute, nL/h), ...] as the bytes of an upload."""
    return b"".join(struct.pack("<HI", start, rate) for start, rate in segments)


def set_days(programme, day_mask, segments):
    return programme.set_day(day_mask, packed(segments), 0, len(segments))


def programme_of(days):
    """days: seven lists of segments, Monday first."""
    programme = core.programme.Programme()
    for day, segments in enumerate(days):
        assert set_days(programme, 1 << day, segments) == ids.OK
    return programme
