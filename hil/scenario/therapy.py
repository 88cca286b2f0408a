"""The [therapy] table, and the parts of it that an upload step may carry."""

from __future__ import annotations

import re
from typing import Any

from hil.scenario.lines import Path
from hil.scenario.model import DAY_NAMES, DoseLimit, Drug, PatientBolus, Programme, Segment, Therapy
from hil.scenario.table import Source, Table, shown
from hil.words import quantity

# THR-03: zero, or 2 uL/h to 1 mL/h; at most 24 segments a day (THR-02).
LEAST_RATE_NL_PER_H = 2_000
MOST_RATE_NL_PER_H = 1_000_000
MOST_PUMP_RATE_NL_PER_H = 60_000_000
MOST_SEGMENTS = 24
MOST_VOLUME_NL = 40_000_000
NS_PER_S = quantity.NS_PER_S

_DAY_RANGE = re.compile(r"^([a-z]{3})(?:-([a-z]{3}))?$")
_EVERY_DAY = ("all", "every day", "daily")


def read_therapy(source: Source, raw: object) -> Therapy:
    table = Table(source, ("therapy",), raw, ("drug", "fill", "basal", "patient_bolus", "dose_limit"))
    return Therapy(
        drug=read_drug(table, "drug"),
        fill_nl=table.rounded("fill", "volume", 0, MOST_VOLUME_NL) if "fill" in table else None,
        basal=read_basal(table, "basal"),
        patient_bolus=read_patient_bolus(table, "patient_bolus"),
        dose_limit=read_dose_limit(table, "dose_limit"),
    )


def read_drug(parent: Table, key: str) -> Drug | None:
    if key not in parent:
        return None
    limits = ("hard_rate", "soft_rate", "hard_bolus", "soft_bolus")
    table = Table(parent.source, (*parent.path, key), parent.raw[key], ("name", "concentration", *limits))
    name = table.text("name")
    if len(name.encode()) > 16:
        table.fail("name", "at most 16 bytes")

    def limit(field: str, kind: str) -> int | None:
        most = MOST_PUMP_RATE_NL_PER_H if kind == "rate" else MOST_VOLUME_NL
        return table.rounded(field, kind, 1, most) if field in table else None

    return Drug(
        name=name,
        concentration_ug_per_ml=table.rounded("concentration", "concentration", 1, 1_000_000),
        hard_rate_nl_per_h=limit("hard_rate", "rate"),
        soft_rate_nl_per_h=limit("soft_rate", "rate"),
        hard_bolus_nl=limit("hard_bolus", "volume"),
        soft_bolus_nl=limit("soft_bolus", "volume"),
    )


def read_patient_bolus(parent: Table, key: str) -> PatientBolus | None:
    if key not in parent:
        return None
    keys = ("volume", "duration", "lockout", "per_day")
    table = Table(parent.source, (*parent.path, key), parent.raw[key], keys)
    return PatientBolus(
        volume_nl=table.rounded("volume", "volume", 1, MOST_VOLUME_NL),
        duration_s=table.time_ns("duration", default=0, high=6 * quantity.NS_PER_H) // NS_PER_S,
        lockout_s=table.time_ns("lockout", high=quantity.NS_PER_DAY) // NS_PER_S,
        per_day=table.whole("per_day", low=1, high=255),
    )


def read_dose_limit(parent: Table, key: str) -> DoseLimit | None:
    if key not in parent:
        return None
    table = Table(parent.source, (*parent.path, key), parent.raw[key], ("volume", "window"))
    day_ns = quantity.NS_PER_DAY
    return DoseLimit(
        volume_nl=table.rounded("volume", "volume", 1, 1_000_000_000),
        window_s=table.time_ns("window", day_ns, quantity.NS_PER_MINUTE, 7 * day_ns) // NS_PER_S,
    )


def read_basal(parent: Table, key: str, is_limited: bool = True) -> Programme | None:
    """A programme from a single rate or from a list of {days, segments}.

    `is_limited` False lets rates outside THR-03 pass: for a step that shows that the pump refuses them.
    """
    if key not in parent:
        return None
    value = parent.raw[key]
    path = (*parent.path, key)
    if isinstance(value, str):
        rate = _rate(parent, path, value, is_limited)
        return Programme(days=(((0, rate),),) * 7)
    if not isinstance(value, list) or not value:
        parent.fail(key, 'a rate like "20 uL/h" or a list of { days = "mon-fri", segments = [...] }')
    days: list[tuple[Segment, ...] | None] = [None] * 7
    for index, entry in enumerate(value):
        table = Table(parent.source, (*path, index), entry, ("days", "segments"))
        segments = _segments(table, is_limited)
        for day in _days(table):
            if days[day] is not None:
                table.fail("days", f"each day once ({DAY_NAMES[day]} has segments already)")
            days[day] = segments
    missing = [name for name, segments in zip(DAY_NAMES, days, strict=True) if segments is None]
    if missing:
        raise parent.source.error(path, f"no segments for {', '.join(missing)}", "every day of the week")
    return Programme(days=tuple(segments for segments in days if segments is not None))


def _days(table: Table) -> list[int]:
    allowed = 'days like "mon-fri", "sat,sun" or "all"'
    if "days" not in table:
        return list(range(7))
    text = table.text("days").lower().strip()
    if text in _EVERY_DAY:
        return list(range(7))
    days: list[int] = []
    for part in text.split(","):
        match = _DAY_RANGE.match(part.strip())
        names = [name for name in match.groups() if name] if match else [part.strip()]
        for name in names:
            if name not in DAY_NAMES:
                table.fail("days", allowed, quantity.nearest_word(name[:3], DAY_NAMES))
        first, last = DAY_NAMES.index(names[0]), DAY_NAMES.index(names[-1])
        days += [day % 7 for day in range(first, (last if last >= first else last + 7) + 1)]
    return days


def _segments(table: Table, is_limited: bool) -> tuple[Segment, ...]:
    raw = table.require("segments", 'a list of [start, rate], like [["00:00", "15 uL/h"]]')
    path: Path = (*table.path, "segments")
    if not isinstance(raw, list) or not 1 <= len(raw) <= MOST_SEGMENTS:
        count = len(raw) if isinstance(raw, list) else 0
        found = f"found {count} segments" if isinstance(raw, list) else shown(raw)
        raise table.source.error(path, found, f"1 to {MOST_SEGMENTS} segments of [start, rate]")
    segments: list[Segment] = []
    for index, pair in enumerate(raw):
        segments.append(_segment(table, (*path, index), pair, segments, is_limited))
    return tuple(segments)


def _segment(table: Table, path: Path, pair: Any, before: list[Segment], is_limited: bool) -> Segment:
    if not isinstance(pair, list) or len(pair) != 2:
        raise table.source.error(path, shown(pair), '[start, rate], like ["06:30", "30 uL/h"]')
    try:
        minute = quantity.parse_minute_of_day(pair[0])
    except quantity.QuantityError as error:
        raise table.source.error((*path, 0), shown(pair[0]), error.allowed) from None
    if before and minute <= before[-1][0]:
        last = f"{before[-1][0] // 60:02d}:{before[-1][0] % 60:02d}"
        found = f'segment out of order: "{pair[0]}" follows "{last}"'
        raise table.source.error((*path, 0), found, "start times that rise")
    return minute, _rate(table, (*path, 1), pair[1], is_limited)


def _rate(table: Table, path: Path, value: object, is_limited: bool) -> int:
    rate = round(table.checked(path, value, "rate", 0))
    if not is_limited or rate == 0 or LEAST_RATE_NL_PER_H <= rate <= MOST_RATE_NL_PER_H:
        return rate
    side = "over" if rate > MOST_RATE_NL_PER_H else "under"
    raise table.source.error(path, f"rate {side} the limit: {shown(value)}", "0, or 2 uL/h to 1000 uL/h")
