"""Quantities as people write them ("20.8 uL/h", "1 d 02:00", "5 %") into exact numbers with one unit per
kind.

The numbers are `Fraction`: a dose that was written in decimal is never rounded on its way to the oracle.
Times are integer nanoseconds. Bad text raises `QuantityError`, which knows what would have been allowed.
"""

from __future__ import annotations

import difflib
import re
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pint

NS_PER_S = 1_000_000_000
NS_PER_MINUTE = 60 * NS_PER_S
NS_PER_H = 3600 * NS_PER_S
NS_PER_DAY = 24 * NS_PER_H


class Kind(NamedTuple):
    """`unit` is what numbers of this kind are counted in; `offered` is what a message suggests."""

    unit: str
    offered: tuple[str, ...]
    example: str


_NO_UNIT = ("(a plain number)",)
KINDS = {
    "volume": Kind("nL", ("nL", "uL", "mL", "L"), "20 uL"),
    "rate": Kind("nL/h", ("nL/h", "uL/h", "mL/h", "uL/min", "mL/min", "uL/day", "mL/day"), "20.8 uL/h"),
    "time": Kind("ns", ("ms", "s", "min", "h", "d"), "1 d 02:00"),
    "pressure": Kind("kPa", ("Pa", "kPa", "mmHg", "bar"), "60 kPa"),
    "voltage": Kind("mV", ("mV", "V"), "3.7 V"),
    "concentration": Kind("ug/mL", ("ug/mL", "mg/mL"), "2000 ug/mL"),
    "mass": Kind("ug", ("ng", "ug", "mg", "g"), "400 ug"),
    "fraction": Kind("", ("%", "ppm", "(a plain number)"), "5 %"),
    "compliance": Kind("uL/kPa", ("nL/kPa", "uL/kPa", "uL/mmHg"), "190 nL/kPa"),
    "length": Kind("mm", ("mm", "cm", "m"), "77 cm"),
    "torque": Kind("mN*m", ("mN*m", "N*cm"), "14 mN*m"),
    "resistance": Kind("kPa*h/uL", ("kPa*h/uL", "kPa*h/mL"), "0.0003 kPa*h/uL"),
    "frequency": Kind("Hz", ("Hz", "kHz"), "500 Hz"),
    "angle": Kind("revolution", ("revolution", "deg", "rad"), "1 revolution"),
    "speed": Kind("revolution/hour", ("revolution/hour", "revolution/min"), "1 revolution/min"),
    "temperature": Kind("degC", ("degC",), "37 degC"),
    "number": Kind("", _NO_UNIT, "2"),
    "wear": Kind("1/revolution", ("%/revolution", "%/kilorevolution"), "2 %/kilorevolution"),
}

# What the usual units are in the unit of their kind. For any other pint is asked, which takes half a second to
# start; tests/hil/words/test_quantity.py compares each of these with it.
USUAL: dict[str, dict[str, Fraction]] = {
    "volume": {"nL": Fraction(1), "uL": Fraction(1_000), "mL": Fraction(1_000_000), "L": Fraction(1_000_000_000)},
    "rate": {
        "nL/h": Fraction(1),
        "uL/h": Fraction(1_000),
        "mL/h": Fraction(1_000_000),
        "uL/min": Fraction(60_000),
        "mL/min": Fraction(60_000_000),
        "uL/day": Fraction(1_000, 24),
        "mL/day": Fraction(1_000_000, 24),
    },
    "pressure": {"Pa": Fraction(1, 1_000), "kPa": Fraction(1), "bar": Fraction(100)},
    "voltage": {"mV": Fraction(1), "V": Fraction(1_000)},
    "concentration": {"ug/mL": Fraction(1), "mg/mL": Fraction(1_000)},
    "mass": {"ng": Fraction(1, 1_000), "ug": Fraction(1), "mg": Fraction(1_000), "g": Fraction(1_000_000)},
    "fraction": {"%": Fraction(1, 100), "ppm": Fraction(1, 1_000_000)},
    "compliance": {"nL/kPa": Fraction(1, 1_000), "uL/kPa": Fraction(1)},
    "length": {"mm": Fraction(1), "cm": Fraction(10), "m": Fraction(1_000)},
    "torque": {"mN*m": Fraction(1), "mN.m": Fraction(1)},
    "resistance": {"kPa*h/uL": Fraction(1), "kPa*h/mL": Fraction(1, 1_000)},
    "frequency": {"Hz": Fraction(1), "kHz": Fraction(1_000)},
    "angle": {"revolution": Fraction(1), "deg": Fraction(1, 360)},
    "speed": {"revolution/hour": Fraction(1), "revolution/min": Fraction(60)},
    "wear": {"%/revolution": Fraction(1, 100), "%/kilorevolution": Fraction(1, 100_000)},
}

_LARGEST = 1e30
_UNITLESS = ("fraction", "number")
# Bounded, because amounts are exact: a number of a thousand digits would be counted out.
_NUMBER = r"[+-]?\d{1,30}(?:_\d{1,30}){0,9}(?:\.\d{1,60})?(?:[eE][+-]?\d{1,2})?"
_AMOUNT = re.compile(rf"^\s*({_NUMBER})\s*(.*?)\s*$")
_DURATION_PART = re.compile(rf"({_NUMBER})\s*([A-Za-z]+)")
_METRIC = re.compile(r"(?:n|u|µ|μ|m|mc|c|d|k)?(l|g)", re.IGNORECASE)  # litres or grams, with or without a prefix
_TIME_OF_DAY = re.compile(r"^(\d{1,3}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?$")
_DATE_TIME_FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M")

TIME_UNITS_NS = {
    "ns": 1,
    "us": 1_000,
    "ms": 1_000_000,
    "s": NS_PER_S,
    "sec": NS_PER_S,
    "min": NS_PER_MINUTE,
    "h": NS_PER_H,
    "d": NS_PER_DAY,
    "day": NS_PER_DAY,
    "days": NS_PER_DAY,
    "week": 7 * NS_PER_DAY,
    "weeks": 7 * NS_PER_DAY,
}


class QuantityError(ValueError):
    """Text that is not a quantity of the kind asked for; the parts make one message with file and line."""

    def __init__(self, found: object, allowed: str, nearest: str = "") -> None:
        super().__init__(f"{found!r} is not {allowed}")
        self.found = found
        self.allowed = allowed
        self.nearest = nearest


@lru_cache(maxsize=1)
def _registry() -> pint.UnitRegistry:
    import pint  # half a second: not before an unusual unit is read

    # pint takes any number type here, its annotation names only the usual one
    return pint.UnitRegistry(non_int_type=Fraction)  # type: ignore[arg-type]


def _factor(unit: str, kind_name: str) -> Fraction | None:
    """What one `unit` is in the unit of the kind; None when it measures something else or nothing."""
    if kind_name == "temperature":
        return Fraction(1) if unit in ("degC", "°C") else None  # scales with different zeros have no factor
    usual = USUAL.get(kind_name, {}).get(unit)
    return computed_factor(unit, kind_name) if usual is None else usual


@lru_cache(maxsize=512)
def computed_factor(unit: str, kind_name: str) -> Fraction | None:
    """As pint has it, which knows all units and their prefixes; None as for `_factor`."""
    registry = _registry()
    try:
        one = registry.Quantity(Fraction(1), registry.parse_units(unit))
        return Fraction(one.to(KINDS[kind_name].unit).magnitude)
    except Exception:  # pint raises its own, assertion, token and type errors for malformed units
        return None


def _allowed(kind_name: str) -> str:
    kind = KINDS[kind_name]
    if kind.offered == _NO_UNIT:
        return f'a plain number, like "{kind.example}"'
    return f'a {kind_name} with one of the units {", ".join(kind.offered)}, like "{kind.example}"'


def parse(text: object, kind_name: str) -> Fraction:
    """The exact amount in `KINDS[kind_name].unit`. A bare number is accepted for fractions and numbers only.

    Raises `QuantityError` for anything else, also for numbers without a unit.
    """
    if kind_name == "time":
        return Fraction(parse_duration_ns(text))
    if kind_name in _UNITLESS and isinstance(text, int | float) and not isinstance(text, bool):
        if not -_LARGEST < text < _LARGEST:  # also infinity and what is no number
            raise QuantityError(text, _allowed(kind_name))
        return Fraction(str(text))
    match = _AMOUNT.match(text) if isinstance(text, str) else None
    if match is None:
        raise QuantityError(text, _allowed(kind_name))
    number, unit = match.groups()
    if not unit and kind_name not in _UNITLESS:
        raise QuantityError(text, _allowed(kind_name))
    factor = _factor(unit, kind_name) if unit else Fraction(1)
    if factor is None:
        raise QuantityError(text, _allowed(kind_name), _nearest_unit(unit, kind_name))
    return Fraction(number.replace("_", "")) * factor


def _nearest_unit(unit: str, kind_name: str) -> str:
    """What was most likely meant, never another quantity: a dose (ug, mg, U) is no misspelt volume."""
    near = nearest_word(unit, KINDS[kind_name].offered)
    measured, offered = (_METRIC.match(word) for word in (unit, near))
    if offered is None:
        return near  # no litres and no grams: nothing that a dose could be taken for
    return near if measured is not None and measured.group(1).lower() == offered.group(1).lower() else ""


def likely_kinds(text: object) -> list[str]:
    """All kinds; first the times, which need no table, and those in whose usual units `text` is. For text of an
    unknown kind: to try them in this order asks pint about unusual units only.
    """
    match = _AMOUNT.match(text) if isinstance(text, str) else None
    unit = match.group(2) if match else ""
    return sorted(KINDS, key=lambda kind_name: kind_name != "time" and unit not in USUAL.get(kind_name, {}))


def parse_rounded(text: object, kind_name: str) -> int:
    """Like `parse`, as the nearest whole number: "1 mL/day" is 41 667 nL/h for pump and oracle alike."""
    return round(parse(text, kind_name))


def parse_duration_ns(text: object) -> int:
    """Nanoseconds of "40 min", "1 d 02:00", "02:00:30", "1 h 30 min" or "0 d". Never negative."""
    if not isinstance(text, str) or not text.strip():
        raise QuantityError(text, _allowed("time"))
    total_ns = Fraction(0)
    rest = text.strip()
    words = rest.split()
    of_day = _TIME_OF_DAY.match(words[-1])
    if of_day:
        total_ns += _of_day_ns(of_day, text)
        rest = rest[: rest.rindex(words[-1])].strip()
    while rest:
        part = _DURATION_PART.match(rest)
        if part is None:
            raise QuantityError(text, _allowed("time"))
        unit_ns = TIME_UNITS_NS.get(part.group(2))
        if unit_ns is None:
            raise QuantityError(text, _allowed("time"), nearest_word(part.group(2), KINDS["time"].offered))
        total_ns += Fraction(part.group(1).replace("_", "")) * unit_ns
        rest = rest[part.end() :].strip()
    if total_ns < 0:
        raise QuantityError(text, "a time that is not negative")
    return int(total_ns)


def _of_day_ns(match: re.Match[str], text: str) -> int:
    hours, minutes, seconds = int(match.group(1)), int(match.group(2)), int(match.group(3) or 0)
    if minutes > 59 or seconds > 59:
        raise QuantityError(text, 'hours:minutes or hours:minutes:seconds, like "06:30"')
    fraction_ns = int((match.group(4) or "").ljust(9, "0"))
    return (hours * 3600 + minutes * 60 + seconds) * NS_PER_S + fraction_ns


def parse_signed_duration_ns(text: object) -> int:
    """Like `parse_duration_ns`, with an optional sign in front ("-1 h")."""
    stripped = text.strip() if isinstance(text, str) else ""
    sign = -1 if stripped.startswith("-") else 1
    try:
        return sign * parse_duration_ns(stripped[1:] if stripped[:1] in ("+", "-") else text)
    except QuantityError as error:
        raise QuantityError(text, error.allowed + ', with a sign if you like ("-1 h")', error.nearest) from None


def parse_minute_of_day(text: object) -> int:
    """Minutes after midnight of "06:30"; 0 to 1439. "24:00" does not exist: it is "00:00" of the next day."""
    match = _TIME_OF_DAY.match(text) if isinstance(text, str) else None
    if match is None or match.group(3) or int(match.group(1)) > 23 or int(match.group(2)) > 59:
        raise QuantityError(text, 'a time of day from "00:00" to "23:59"')
    return int(match.group(1)) * 60 + int(match.group(2))


def parse_date_time(text: object) -> datetime:
    """Local wall time of "2026-03-02 08:00:00"; no zone, because the pump knows none."""
    if isinstance(text, datetime) and text.tzinfo is None:
        return text
    for form in _DATE_TIME_FORMS if isinstance(text, str) else ():
        try:
            return datetime.strptime(str(text), form)
        except ValueError:
            continue
    raise QuantityError(text, 'a date and time like "2026-03-02 08:00:00"')


def format_duration(time_ns: int) -> str:
    """Time for people, in the notation that scenarios use: "1 d 02:03:11", "00:00:04.250"."""
    sign = "-" if time_ns < 0 else ""
    days, rest_ns = divmod(abs(time_ns), NS_PER_DAY)
    seconds, below_ns = divmod(rest_ns, NS_PER_S)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if below_ns >= 1_000_000:
        text += f".{below_ns // 1_000_000:03d}"
    return f"{sign}{days} d {text}" if days else sign + text


def format_volume(volume_nl: Fraction | float | int) -> str:
    """Volume for people in the largest unit that leaves a number above one."""
    amount = float(volume_nl)
    if abs(amount) >= 1e6:
        return f"{amount / 1e6:.4g} mL"
    if abs(amount) >= 1e3:
        return f"{amount / 1e3:.4g} uL"
    return f"{amount:.4g} nL"


# As a report shows them to a person


def clock_text(t_s: float) -> str:
    """Time since the start of a scenario, as scenarios write it: `1 d 02:00:15`."""
    seconds = round(t_s)
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    return f"{days} d {hours:02}:{rest // 60:02}:{rest % 60:02}"


def duration_text(duration_s: float) -> str:
    """A length of time in its natural unit: `340 ms`, `12.5 s`, `40 min`, `7 d`."""
    for unit, length_s in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        if abs(duration_s) >= length_s:
            return f"{duration_s / length_s:.4g} {unit}"
    return f"{duration_s * 1000:.3g} ms"


def volume_text(volume_nl: float) -> str:
    """A volume in its natural unit: `300 nL`, `41.7 µL`, `17.8 mL`."""
    for unit, size_nl in (("mL", 1e6), ("µL", 1e3)):
        if abs(volume_nl) >= size_nl:
            return f"{volume_nl / size_nl:.5g} {unit}"
    return f"{volume_nl:.4g} nL"


def percent_text(part: float, whole: float) -> str:
    """How far `part` is from `whole`: `-0.21 %`; a dash where the whole is nothing."""
    return f"{100 * (part - whole) / whole:+.2f} %" if whole else "–"


def nearest_word(word: str, words: object) -> str:
    """The valid word that was most likely meant, or an empty string when none is near."""
    by_lower = {str(candidate).lower(): str(candidate) for candidate in words}  # type: ignore[attr-defined]
    near = difflib.get_close_matches(str(word).lower(), list(by_lower), n=1, cutoff=0.5)
    return by_lower[near[0]] if near else ""


def format_factor(factor: float) -> str:
    """A ratio for the eye: whole from 10 on, two digits below, e.g. 1,240 and 2.3 and 0.07."""
    if factor >= 9.95:
        return f"{factor:,.0f}"
    return f"{factor:.1f}" if factor >= 1 else f"{factor:.2g}"
