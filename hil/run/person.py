"""What a person does in a scenario, as requests to the pump and actions on the bench.

Each verb ends in the pump's answer: OK, the reason of a refusal, UNCERTAIN when a bolus may have been
taken, or NO_ANSWER. What the pump accepted is told to the oracle, because that is what it then owes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from hil.errors import BenchBroken, LinkTimeout, Refused, Uncertain
from hil.pump.client import Client
from hil.pump.upload import SHORTEST_S, stage
from hil.run.oracle import Act, Oracle
from hil.scenario.model import Do, Drug, PatientBolus, Therapy
from hil.targets.base import Target, TargetBench, TargetPower
from hil.words.quantity import NS_PER_S

OK = "OK"
UNCERTAIN = "UNCERTAIN"
NO_ANSWER = "NO_ANSWER"

PRIMING_RATE_NL_PER_H = 3_600_000  # THR-18

_PUMP_EPOCH = datetime(2020, 1, 1)


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
        self._verbs: dict[str, Callable[..., None]] = {
            "start": self._start,
            "stop": self._stop,
            "minimum_rate": self._minimum_rate,
            "clinician_bolus": self._clinician_bolus,
            "priming_bolus": self._priming_bolus,
            "bridge_bolus": self._bridge_bolus,
            "cancel_bolus": self._cancel_bolus,
            "request_patient_bolus": client.patient_bolus,
            "press": self._press,
            "release": self._release,
            "upload_programme": self._upload,
            "confirm_soft_limit": client.confirm_soft_limit,
            "commit_programme": self._commit,
            "abort_programme": self._abort,
            "refill": self._refill,
            "begin_refill": client.refill_begin,
            "enter_withdrawn": self._enter_withdrawn,
            "enter_filled": self._enter_filled,
            "confirm_refill": client.refill_confirm,
            "cancel_refill": client.refill_cancel,
            "silence": client.silence,
            "acknowledge": client.acknowledge,
            "set_clock": self._set_clock,
            "self_test": client.self_test,
            "power_off": self._power_off,
            "power_on": self._power_on,
            "connect": self._connect,
            "disconnect": self._disconnect,
        }

    def do(self, action: Do) -> str:
        """The pump's answer in one word. Raises `BenchBroken` when the bench cannot do it."""
        try:
            self._verbs[action.verb](**action.arguments)
        except Refused as refusal:
            return refusal.reason
        except Uncertain:
            return self._resolved()
        except LinkTimeout:
            return NO_ANSWER
        return OK

    def _resolved(self) -> str:
        """An uncertain request is cleared up before anything else is asked of the pump."""
        try:
            resolution = self._client.resolve_uncertain()
        except (LinkTimeout, Uncertain, Refused):
            self._client.forget_uncertain()
            return UNCERTAIN
        if resolution is None or resolution.was_taken is None:
            self._client.forget_uncertain()
            return UNCERTAIN
        return resolution.reason if resolution.was_taken else NO_ANSWER

    def fill_at_start(self) -> None:
        """Enter and confirm what the reservoir holds, as after a refill in the clinic."""
        self._client.refill_begin()
        self._client.refill_withdrawn(0)
        self._client.refill_filled(self._therapy.fill_nl or 0)
        self._client.refill_confirm()

    def _note(self, kind: str, **fields: Any) -> None:
        self._oracle.note(Act(at_ns=self._target.clock.now_ns, kind=kind, **fields))

    def _bench(self) -> TargetBench:
        if self._target.bench is None:
            raise BenchBroken(f"target {self._target.name} has no bench that could do this; leave it out of `targets`")
        return self._target.bench

    def _power(self) -> TargetPower:
        if self._target.power is None:
            raise BenchBroken(f"target {self._target.name} cannot switch the pump's supply")
        return self._target.power

    # Modes

    def _start(self) -> None:
        self._client.start()
        self._note("start")

    def _stop(self) -> None:
        self._client.stop()
        self._note("stop")

    def _minimum_rate(self) -> None:
        self._client.minimum_rate()
        self._note("minimum_rate")

    # Boluses; a patient bolus is noted when the pump's log says that it began, button or request alike.

    def _clinician_bolus(self, volume: int, duration: int = 0) -> None:
        duration_s = max(duration // NS_PER_S, SHORTEST_S)
        self._client.clinician_bolus(volume, duration_s)
        self._note("bolus", bolus="clinician", volume_nl=volume, duration_ns=duration_s * NS_PER_S)

    def _priming_bolus(self, volume: int) -> None:
        self._client.priming_bolus(volume)
        self._note("bolus", bolus="priming", volume_nl=volume, rate_nl_per_h=PRIMING_RATE_NL_PER_H)

    def _bridge_bolus(self, volume: int, rate: int) -> None:
        self._client.bridge_bolus(volume, rate)
        self._note("bolus", bolus="bridge", volume_nl=volume, rate_nl_per_h=rate)

    def _cancel_bolus(self) -> None:
        self._client.bolus_cancel()
        self._note("cancel")

    def _press(self, button: str, hold: int | None = None) -> None:
        self._bench().press(button, hold)

    def _release(self, button: str) -> None:
        self._bench().release(button)

    # Programme

    def _upload(self, **parts: Any) -> None:
        """Without arguments the whole therapy; with arguments only what they name."""
        therapy = Therapy(**parts) if parts else self._therapy
        stage(self._client, therapy)
        self._staged = therapy

    def _commit(self) -> None:
        self._client.programme_commit()
        staged, self._staged = self._staged, None
        if staged is None:
            return
        if staged.basal is not None:
            self._note("programme", programme=staged.basal)
        if staged.patient_bolus is not None:
            self.patient_bolus = staged.patient_bolus
        if staged.drug is not None:
            if self._drug is not None and not _is_same(staged.drug, self._drug):
                self._note("stop")  # THR-21: another drug ends delivery
            self._drug = staged.drug

    def _abort(self) -> None:
        self._client.programme_discard()
        self._staged = None

    # Refill: what is entered goes to the pump, what is true to the plant, each when the step before it was
    # taken.

    def _refill(
        self,
        withdrawn: int,
        filled: int,
        truly_withdrawn: int | None = None,
        truly_filled: int | None = None,
        port: str = "reservoir",
    ) -> None:
        self._client.refill_begin()
        self._enter_withdrawn(withdrawn, truly_withdrawn)
        self._enter_filled(filled, truly_filled, port)
        self._client.refill_confirm()

    def _enter_withdrawn(self, volume: int, truly_withdrawn: int | None = None) -> None:
        self._client.refill_withdrawn(volume)
        self._bench().withdraw(volume if truly_withdrawn is None else truly_withdrawn)

    def _enter_filled(self, volume: int, truly_filled: int | None = None, port: str = "reservoir") -> None:
        self._client.refill_filled(volume)
        strength = None if self._drug is None else self._drug.concentration_ug_per_ml
        self._bench().fill(volume if truly_filled is None else truly_filled, port, strength)

    # Clock, power, link

    def _set_clock(self, to: datetime | None = None, by: int = 0) -> None:
        now_ns = self._target.clock.now_ns
        shown = self._start_clock + timedelta(microseconds=(now_ns + self._clock_shift_ns) // 1000)
        wanted = to if to is not None else shown + timedelta(microseconds=by // 1000)
        self._client.set_clock(round((wanted - _PUMP_EPOCH).total_seconds()))
        shift_ns = round((wanted - shown).total_seconds() * NS_PER_S)
        self._clock_shift_ns += shift_ns
        self._note("clock", shift_ns=shift_ns)

    def _power_off(self) -> None:
        self._power().off()
        self._note("power_off")

    def _power_on(self) -> None:
        self._power().on()
        self._note("power_on")

    def _connect(self) -> None:
        self._target.set_connected(True)

    def _disconnect(self) -> None:
        self._target.set_connected(False)


def _is_same(drug: Drug, other: Drug) -> bool:
    """Same name and concentration; limits may differ."""
    mine, theirs = (drug.name, drug.concentration_ug_per_ml), (other.name, other.concentration_ug_per_ml)
    return mine == theirs
