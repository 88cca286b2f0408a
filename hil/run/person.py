"""The person of a scenario: carries out verbs as requests to the pump and actions on the bench.

Each verb ends in the pump's answer: OK, the reason of a refusal, UNCERTAIN when a bolus may have been
taken, or NO_ANSWER. What the pump accepted is reported to the oracle, because the pump now owes it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hil.errors import BenchBroken, LinkTimeout, Refused, Uncertain
from hil.pump.client import Client
from hil.pump.upload import stage
from hil.run.oracle import Act, Oracle
from hil.scenario.model import Do, Drug, PatientBolus, Therapy
from hil.scenario.verbs import VERBS
from hil.targets.base import Target, TargetBench, TargetPower
from hil.words.quantity import NS_PER_S

OK = "OK"
UNCERTAIN = "UNCERTAIN"
NO_ANSWER = "NO_ANSWER"

_OUT_OF_STEP = ("SESSION_EXPIRED", "REPLAYED")

PUMP_EPOCH = datetime(2020, 1, 1)


class Person:
    """Hands and voice of whoever stands at the pump. `therapy` is what an upload without its own values
    enters.
    """

    def __init__(self, client: Client, target: Target, oracle: Oracle, therapy: Therapy, start_clock: datetime) -> None:
        self._client = client
        self._target = target
        self._oracle = oracle
        self._therapy = therapy
        self._start_clock = start_clock
        self._clock_shift_ns = 0
        self._staged: Therapy | None = None
        self._drug: Drug | None = None  # as committed, and what is in the syringe at a refill
        self.patient_bolus: PatientBolus | None = None  # as committed

    def do(self, action: Do) -> str:
        """The pump's answer in one word. Raises `BenchBroken` when the bench cannot do it."""
        said = self._do(action)
        # The host had lost step with the pump and is in step again. A request that moves fluid is not repeated by
        # itself: it is the person who asks anew.
        return self._do(action) if said in _OUT_OF_STEP else said

    def _do(self, action: Do) -> str:
        try:
            VERBS[action.verb].hand(self, **action.arguments)
        except Refused as refusal:
            return refusal.reason
        except Uncertain:
            return UNCERTAIN
        except LinkTimeout:
            return NO_ANSWER
        return OK

    def fill_at_start(self) -> None:
        """Enter and confirm what the reservoir holds, as after a refill in the clinic. What an earlier run left in a
        pump counts as withdrawn: it is no finding of this one.
        """
        self._client.refill_begin()
        self._client.refill_withdrawn(0 if self._target.is_fresh else self._client.status().reservoir_nl)
        self._client.refill_filled(self._therapy.fill_nl or 0)
        self._client.refill_confirm()

    # What a verb may use: see hil.scenario.verbs.Hands

    @property
    def client(self) -> _SettlingClient:
        return _SettlingClient(self._client)

    @property
    def bench(self) -> TargetBench:
        if self._target.bench is None:
            raise BenchBroken(f"target {self._target.name} has no bench that could do this; leave it out of `targets`")
        return self._target.bench

    @property
    def power(self) -> TargetPower:
        if self._target.power is None:
            raise BenchBroken(f"target {self._target.name} cannot switch the pump's supply")
        return self._target.power

    def note(self, kind: str, **fields: Any) -> None:
        self._oracle.note(Act(at_ns=self._target.clock.now_ns, kind=kind, **fields))

    def set_connected(self, is_connected: bool) -> None:
        self._target.set_connected(is_connected)

    def upload(self, therapy: Therapy | None) -> None:
        parts = self._therapy if therapy is None else therapy
        stage(self._client, parts)
        self._staged = parts

    def commit(self) -> None:
        self._client.programme_commit()
        staged, self._staged = self._staged, None
        if staged is None:
            return
        if staged.basal is not None:
            self.note("programme", programme=staged.basal)
        if staged.patient_bolus is not None:
            self.patient_bolus = staged.patient_bolus
        if staged.drug is not None:
            if self._drug is not None and not _is_same(staged.drug, self._drug):
                self.note("stop")  # THR-21: another drug ends delivery
            self._drug = staged.drug

    def discard(self) -> None:
        self._client.programme_discard()
        self._staged = None

    def withdraw(self, entered_nl: int, truly_nl: int | None) -> None:
        self._client.refill_withdrawn(entered_nl)
        self.bench.withdraw(entered_nl if truly_nl is None else truly_nl)

    def fill(self, entered_nl: int, truly_nl: int | None, port: str) -> None:
        self._client.refill_filled(entered_nl)
        strength = None if self._drug is None else self._drug.concentration_ug_per_ml
        self.bench.fill(entered_nl if truly_nl is None else truly_nl, port, strength)

    def set_clock(self, to: datetime | None, by_ns: int) -> None:
        now_ns = self._target.clock.now_ns
        shown = self._start_clock + timedelta(microseconds=(now_ns + self._clock_shift_ns) // 1000)
        wanted = to if to is not None else shown + timedelta(microseconds=by_ns // 1000)
        self._client.set_clock(round((wanted - PUMP_EPOCH).total_seconds()))
        shift_ns = round((wanted - shown).total_seconds() * NS_PER_S)
        self._clock_shift_ns += shift_ns
        self.note("clock", shift_ns=shift_ns)


class _SettlingClient:
    """The client of the verbs. A request whose answer was lost is cleared up before anything else is asked: when the
    pump says that it has taken it, the verb goes on as after an answer.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        request = getattr(self._client, name)

        def settled(*arguments: Any, **named: Any) -> Any:
            try:
                return request(*arguments, **named)
            except Uncertain as lost:
                self._settle(lost)
                return None

        return settled

    def _settle(self, lost: Uncertain) -> None:
        """Return when it was taken. Raises Refused, LinkTimeout when it never arrived, and Uncertain."""
        try:
            resolution = self._client.resolve_uncertain()
        except (LinkTimeout, Uncertain, Refused):
            resolution = None
        if resolution is None or resolution.was_taken is None:
            self._client.forget_uncertain()
            raise lost
        if not resolution.was_taken:
            raise LinkTimeout(f"{lost.request} never arrived")
        if resolution.reason != OK:
            raise Refused(resolution.reason, lost.request)


def _is_same(drug: Drug, other: Drug) -> bool:
    """Same name and concentration; limits may differ."""
    mine, theirs = (drug.name, drug.concentration_ug_per_ml), (other.name, other.concentration_ug_per_ml)
    return mine == theirs
