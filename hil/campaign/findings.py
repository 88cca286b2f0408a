"""What the trials of a campaign say together: shares, delays, dose error, false alarms, the worst of them."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean, stdev
from typing import Any

import msgspec

from hil.campaign.series import Row, number_of
from hil.campaign.statistics import Delays, Share, delays, paired, rate_interval, share

MOST_WORST = 5


class Findings(msgspec.Struct):
    """`by_stratum`: the share that passed in each. `dose_error`: mean, standard deviation, least and most, in parts of
    the programme. `false_alarms`: count, pump-days, and the interval of the rate per day."""

    passed: Share
    by_stratum: dict[str, Share]
    found: Delays | None
    dose_error: tuple[float, float, float, float] | None
    false_alarms: tuple[int, float, float, float]
    worst: list[Row]


class Change(msgspec.Struct):
    """Two builds on the same trials. `p`: of so uneven a change by chance (McNemar, exact)."""

    trials: int
    only_other: int
    only_this: int
    p: float
    delay_change_s: float | None
    differing: int


def findings(rows: Sequence[Row]) -> Findings:
    judged = [row for row in rows if row.verdict in ("pass", "fail")]
    strata: dict[str, list[Row]] = {}
    for row in judged:
        strata.setdefault(row.stratum, []).append(row)
    with_fault = [row.measures for row in judged if row.measures.watched_s > 0]
    seen = [each.delay_s for each in with_fault if each.delay_s is not None]
    missed = [each.watched_s for each in with_fault if each.delay_s is None]
    errors = [row.measures.dose_error for row in judged if row.measures.dose_error is not None]
    days = sum(row.measures.days if row.measures.fault_s is None else row.measures.fault_s / 86_400 for row in judged)
    count = sum(row.measures.false_alarms for row in judged)
    spread = (mean(errors), stdev(errors) if len(errors) > 1 else 0.0, min(errors), max(errors)) if errors else None
    return Findings(
        share(_passed(judged), len(judged)),
        {name: share(_passed(members), len(members)) for name, members in strata.items()},
        delays(seen, missed),
        spread,
        (count, days, *(rate_interval(count, days) if days else (0.0, 0.0))),
        worst_of(rows),
    )


def worst_of(rows: Sequence[Row]) -> list[Row]:
    """Failed first, then missed, then late, then the largest error of the dose."""

    def badness(row: Row) -> tuple[bool, bool, float, float]:
        it = row.measures
        is_missed = it.watched_s > 0 and it.delay_s is None
        return row.verdict == "fail", is_missed, it.delay_s or 0.0, abs(it.dose_error or 0.0)

    return sorted((row for row in rows if row.verdict in ("pass", "fail")), key=badness, reverse=True)[:MOST_WORST]


def change(this: Sequence[Row], other: Sequence[Row]) -> Change:
    """Of trials that both have, by key and seed."""
    known = {(row.key, row.seed, row.label): row for row in other}
    pairs = [(row, known[key]) for row in this if (key := (row.key, row.seed, row.label)) in known]
    only_this = sum(mine.verdict == "pass" != theirs.verdict for mine, theirs in pairs)
    only_other = sum(theirs.verdict == "pass" != mine.verdict for mine, theirs in pairs)
    shifts = [
        mine.measures.delay_s - theirs.measures.delay_s
        for mine, theirs in pairs
        if mine.measures.delay_s is not None and theirs.measures.delay_s is not None
    ]
    return Change(
        len(pairs),
        only_other,
        only_this,
        paired(only_this, only_other),
        mean(shifts) if shifts else None,
        sum(mine.event_log_sha256 != theirs.event_log_sha256 for mine, theirs in pairs),
    )


def axes(rows: Sequence[Row], fields: Sequence[str]) -> dict[str, list[float]]:
    """Numbers of each field that has some, in the order of the rows; the programmed rate besides."""
    found: dict[str, list[float]] = {"rate, uL/h": [row.measures.rate_nl_per_h / 1000 for row in rows]}
    for field in fields:
        numbers: list[Any] = [number_of(row.values.get(field)) for row in rows]
        if numbers and all(number is not None for number in numbers):
            unit = str(rows[0].values[field]).partition(" ")[2] if isinstance(rows[0].values[field], str) else ""
            found[f"{field}, {unit}" if unit else field] = numbers
    return found


def _passed(rows: Sequence[Row]) -> int:
    return sum(row.verdict == "pass" for row in rows)
