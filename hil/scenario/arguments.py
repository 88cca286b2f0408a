"""The kinds of argument that a verb can have: how each is read from a step, and which words it allows.

A kind is added here and nowhere else; `hil.scenario.verbs` refuses a kind that is not in the table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from hil.scenario.table import Table
from hil.scenario.therapy import read_basal, read_dose_limit, read_drug, read_patient_bolus
from hil.words import quantity, vocabulary

BUTTONS = ("patient", "silence")
PORTS = ("reservoir", "catheter_access", "pocket")


class Asked(NamedTuple):
    """One argument of one step. `high` is the most that the protocol has room for, in the unit of the kind."""

    table: Table
    name: str
    high: int | None
    is_refusal_expected: bool


class ArgumentKind(NamedTuple):
    """`words`: all that is allowed, for a kind that is a word of a list."""

    read: Callable[[Asked], Any]
    words: tuple[str, ...] = ()


def _shift_ns(asked: Asked) -> int:
    """Nanoseconds of "90 s" or "-1 h"."""
    value = asked.table.require(asked.name, 'a time, with a sign if you like ("-1 h")')
    try:
        return quantity.parse_signed_duration_ns(value)
    except quantity.QuantityError as error:
        asked.table.fail(asked.name, error.allowed, error.nearest)


def _of_words(words: tuple[str, ...]) -> ArgumentKind:
    def read(asked: Asked) -> str:
        asked.table.require(asked.name, ", ".join(words))
        return asked.table.word(asked.name, words)

    return ArgumentKind(read, words)


def _of_quantity(kind: str) -> ArgumentKind:
    return ArgumentKind(lambda asked: asked.table.rounded(asked.name, kind, 0, asked.high))


ARGUMENT_KINDS: dict[str, ArgumentKind] = {
    **{kind: _of_quantity(kind) for kind in quantity.KINDS},
    "time": ArgumentKind(lambda asked: asked.table.time_ns(asked.name, high=asked.high)),
    "text": ArgumentKind(lambda asked: asked.table.text(asked.name)),
    "whole": ArgumentKind(lambda asked: asked.table.whole(asked.name, high=asked.high)),
    "date_time": ArgumentKind(lambda asked: asked.table.date_time(asked.name)),
    "shift": ArgumentKind(_shift_ns),
    "alarm": _of_words(vocabulary.ALARMS),
    "button": _of_words(BUTTONS),
    "port": _of_words(PORTS),
    # A step that shows a refusal may ask for what the reader would not let pass otherwise.
    "basal": ArgumentKind(lambda asked: read_basal(asked.table, asked.name, is_limited=not asked.is_refusal_expected)),
    "drug": ArgumentKind(lambda asked: read_drug(asked.table, asked.name)),
    "patient_bolus": ArgumentKind(lambda asked: read_patient_bolus(asked.table, asked.name)),
    "dose_limit": ArgumentKind(lambda asked: read_dose_limit(asked.table, asked.name)),
}
