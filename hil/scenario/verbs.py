"""The verbs of `do`, what a person can do in a scenario: this file is the one table of them.

Each verb is a function. Its name is the verb, its parameters are the arguments of the step, `@_verb` gives the kind of
each (`hil.scenario.arguments`); a parameter with a default may be left out. The first line of the docstring stands in
LANGUAGE.md. Reader, person, JSON schema and document follow from the table: `python -m hil.docs.language` and
`pumpbench schema docs/scenario.schema.json` write the last two.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from hil.errors import Refused
from hil.scenario import alarm_texts
from hil.scenario.arguments import ARGUMENT_KINDS
from hil.scenario.model import SHORTEST_BOLUS_S, DoseLimit, Drug, PatientBolus, Programme, Therapy
from hil.words.quantity import NS_PER_H, NS_PER_S

PRIMING_RATE_NL_PER_H = 3_600_000  # THR-18


class Hands(Protocol):
    """What a verb may use. Times are in ns, volumes in nL, rates in nL/h.

    `client` is the host's end of the link (`hil.pump.client.Client`), `bench` and `power` are those of the target;
    asking for one that the target lacks raises `BenchBroken`. A request that the pump refuses raises `Refused`.
    """

    @property
    def client(self) -> Any: ...
    @property
    def bench(self) -> Any: ...
    @property
    def power(self) -> Any: ...

    def note(self, kind: str, **fields: Any) -> None:
        """Tell the oracle what the pump has accepted, because that is what it now owes."""

    def set_connected(self, is_connected: bool) -> None:
        """Plug the link in or out."""

    def upload(self, therapy: Therapy | None) -> None:
        """Stage a therapy; None is the whole therapy of the scenario."""

    def commit(self) -> None: ...

    def discard(self) -> None: ...

    def withdraw(self, entered_nl: int, truly_nl: int | None) -> None: ...

    def fill(self, entered_nl: int, truly_nl: int | None, port: str) -> None: ...

    def set_clock(self, to: datetime | None, by_ns: int) -> None: ...


class Argument(NamedTuple):
    """`kind` is one of `ARGUMENT_KINDS`; `high` is the most that may be asked for, in the unit of the kind."""

    kind: str
    is_required: bool
    high: int | None


class Verb(NamedTuple):
    """`has_answer`: the pump answers; else the effect is on the bench or on the link itself. `may_be_refused`: a
    refusal that nobody expected fails nothing. `exactly_one`: arguments of which a step has one."""

    hand: Callable[..., None]
    arguments: dict[str, Argument]
    text: str
    has_answer: bool
    may_be_refused: bool
    exactly_one: tuple[str, ...]


VERBS: dict[str, Verb] = {}


def _verb(
    *,
    has_answer: bool = True,
    may_be_refused: bool = False,
    exactly_one: tuple[str, ...] = (),
    high: dict[str, int] | None = None,
    **kinds: str,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Put a function into the table. Raises TypeError when its parameters and their kinds do not agree."""

    def register(hand: Callable[..., None]) -> Callable[..., None]:
        name, parameters = hand.__name__, list(inspect.signature(hand).parameters.values())[1:]
        if [parameter.name for parameter in parameters] != list(kinds):
            raise TypeError(f"{name}: the parameters are not those that @_verb gives a kind: {', '.join(kinds)}")
        unknown = sorted(set(kinds.values()) - set(ARGUMENT_KINDS))
        if unknown:
            raise TypeError(f"{name}: no such kind: {', '.join(unknown)}; there are {', '.join(ARGUMENT_KINDS)}")
        arguments = {
            parameter.name: Argument(
                kinds[parameter.name], parameter.default is parameter.empty, (high or {}).get(parameter.name)
            )
            for parameter in parameters
        }
        text = (inspect.getdoc(hand) or "").partition("\n")[0]
        VERBS[name] = Verb(hand, arguments, text, has_answer, may_be_refused, exactly_one)
        return hand

    return register


# Modes


@_verb()
def start(hands: Hands) -> None:
    """Start the therapy that was committed."""
    hands.client.start()
    hands.note("start")


@_verb()
def stop(hands: Hands) -> None:
    """Stop delivery."""
    hands.client.stop()
    hands.note("stop")


@_verb()
def minimum_rate(hands: Hands) -> None:
    """Deliver at the minimum rate instead of the programme."""
    hands.client.minimum_rate()
    hands.note("minimum_rate")


# Boluses. A patient bolus is noted when the pump's log says that it began, button or request alike.


# The protocol has room for 6 h; the pump's own limit is the same (THR-09).
@_verb(volume="volume", duration="time", high={"duration": 6 * NS_PER_H})
def clinician_bolus(hands: Hands, volume: int, duration: int = 0) -> None:
    """Give a bolus over a duration; without one as fast as the pump can."""
    duration_s = max(duration // NS_PER_S, SHORTEST_BOLUS_S)
    hands.client.clinician_bolus(volume, duration_s)
    hands.note("bolus", bolus="clinician", volume_nl=volume, duration_ns=duration_s * NS_PER_S)


@_verb(volume="volume")
def priming_bolus(hands: Hands, volume: int) -> None:
    """Fill the catheter at the priming rate."""
    hands.client.priming_bolus(volume)
    hands.note("bolus", bolus="priming", volume_nl=volume, rate_nl_per_h=PRIMING_RATE_NL_PER_H)


@_verb()
def catheter_empty(hands: Hands) -> None:
    """Declare a new or drained catheter: what primes it, up to its dead volume, does not count as dose."""
    hands.client.catheter_empty()


@_verb(volume="volume", rate="rate")
def bridge_bolus(hands: Hands, volume: int, rate: int) -> None:
    """Deliver the old drug that is still in the catheter, at a rate of its own."""
    hands.client.bridge_bolus(volume, rate)
    hands.note("bolus", bolus="bridge", volume_nl=volume, rate_nl_per_h=rate)


@_verb()
def cancel_bolus(hands: Hands) -> None:
    """End the bolus that is being given."""
    hands.client.bolus_cancel()
    hands.note("cancel")


@_verb(may_be_refused=True)
def request_patient_bolus(hands: Hands) -> None:
    """Ask for a patient bolus over the link."""
    hands.client.patient_bolus()


@_verb(has_answer=False, may_be_refused=True, button="button", hold="time")
def press(hands: Hands, button: str, hold: int | None = None) -> None:
    """Press `patient` or `silence`; with `hold` the button is released after that time."""
    hands.bench.press(button, hold)


@_verb(has_answer=False, may_be_refused=True, button="button")
def release(hands: Hands, button: str) -> None:
    """Release a button."""
    hands.bench.release(button)


# Programme


@_verb(basal="basal", drug="drug", patient_bolus="patient_bolus", dose_limit="dose_limit")
def upload_programme(
    hands: Hands,
    basal: Programme | None = None,
    drug: Drug | None = None,
    patient_bolus: PatientBolus | None = None,
    dose_limit: DoseLimit | None = None,
) -> None:
    """Stage the parts that are named; without any the whole [therapy]."""
    parts = Therapy(basal=basal, drug=drug, patient_bolus=patient_bolus, dose_limit=dose_limit)
    hands.upload(None if parts == Therapy() else parts)


@_verb()
def confirm_soft_limit(hands: Hands) -> None:
    """Confirm what is above a soft limit."""
    hands.client.confirm_soft_limit()


@_verb()
def commit_programme(hands: Hands) -> None:
    """Put what is staged into force."""
    hands.commit()


@_verb()
def abort_programme(hands: Hands) -> None:
    """Discard what is staged."""
    hands.discard()


# Refill: what is entered goes to the pump, what is true to the plant, each when the step before it was taken.


@_verb(withdrawn="volume", filled="volume", truly_withdrawn="volume", truly_filled="volume", port="port")
def refill(
    hands: Hands,
    withdrawn: int,
    filled: int,
    truly_withdrawn: int | None = None,
    truly_filled: int | None = None,
    port: str = "reservoir",
) -> None:
    """Refill in one step: what is entered, and what truly happened where it differs."""
    hands.client.refill_begin()
    hands.withdraw(withdrawn, truly_withdrawn)
    hands.fill(filled, truly_filled, port)
    hands.client.refill_confirm()


@_verb()
def begin_refill(hands: Hands) -> None:
    """Begin a refill that is done step by step."""
    hands.client.refill_begin()


@_verb(volume="volume", truly_withdrawn="volume")
def enter_withdrawn(hands: Hands, volume: int, truly_withdrawn: int | None = None) -> None:
    """Enter what was withdrawn."""
    hands.withdraw(volume, truly_withdrawn)


@_verb(volume="volume", truly_filled="volume", port="port")
def enter_filled(hands: Hands, volume: int, truly_filled: int | None = None, port: str = "reservoir") -> None:
    """Enter what was filled in."""
    hands.fill(volume, truly_filled, port)


@_verb()
def confirm_refill(hands: Hands) -> None:
    """Confirm the refill."""
    hands.client.refill_confirm()


@_verb()
def cancel_refill(hands: Hands) -> None:
    """Cancel the refill."""
    hands.client.refill_cancel()


# Alarms, clock, power, link


@_verb()
def silence(hands: Hands) -> None:
    """Silence the alarms that sound."""
    hands.client.silence()


@_verb(alarm="alarm")
def acknowledge(hands: Hands, alarm: str) -> None:
    """Acknowledge an alarm."""
    hands.client.acknowledge(alarm)


@_verb()
def follow_alarm_texts(hands: Hands) -> None:
    """Read the alarm list, do what the texts ask for, and start a pump that stands."""

    def do(verb: str, **arguments: Any) -> str:
        try:
            VERBS[verb].hand(hands, **arguments)
        except Refused as refusal:
            return refusal.reason
        return "OK"

    alarm_texts.follow(hands, do)


@_verb(exactly_one=("to", "by"), to="date_time", by="shift")
def set_clock(hands: Hands, to: datetime | None = None, by: int = 0) -> None:
    """Set the clock `to` a date, or `by` a time with a sign."""
    hands.set_clock(to, by)


@_verb()
def self_test(hands: Hands) -> None:
    """Have the pump test itself."""
    hands.client.self_test()


@_verb(has_answer=False)
def power_off(hands: Hands) -> None:
    """Take the supply away."""
    hands.power.off()


@_verb(has_answer=False)
def power_on(hands: Hands) -> None:
    """Give the supply back."""
    hands.power.on()


@_verb(has_answer=False)
def connect(hands: Hands) -> None:
    """Plug the link in."""
    hands.set_connected(True)


@_verb(has_answer=False)
def disconnect(hands: Hands) -> None:
    """Pull the plug of the link."""
    hands.set_connected(False)


MAY_BE_REFUSED = tuple(name for name, verb in VERBS.items() if verb.may_be_refused)
WITHOUT_ANSWER = tuple(name for name, verb in VERBS.items() if not verb.has_answer)
