"""What the pump says is kept once, also when a power cut takes a number back that was heard already."""

from __future__ import annotations

from hil.pump.readings import Event
from hil.run.listener import Listener
from hil.run.record import Record


class Clock:
    now_ns = 100_000_000_000


class Answer:
    """The part of a status that catching up needs."""

    run_s = 100
    boots = 2
    mode = "RUNNING"


class Pump:
    """A client whose log holds these entries."""

    def __init__(self, *entries: Event) -> None:
        self.entries = entries

    def status(self) -> Answer:
        return Answer()

    def log(self, from_seq: int):
        return [entry for entry in self.entries if entry.log_seq >= from_seq]


def entry(seq: int, code: str, run_s: int = 90, a: int = 0, b: int = 0) -> Event:
    return Event(log_seq=seq, epoch_s=0, run_s=run_s, code=code, a=a, b=b)


def listener(monkeypatch) -> Listener:
    made = Listener(Clock(), Record(end_ns=0), lambda t_ns: None)  # type: ignore[arg-type]
    monkeypatch.setattr(made, "take_status", lambda status: setattr(made, "boots", status.boots))
    return made


def names(made: Listener) -> list[str]:
    return [seen.name for seen in made._record.log]


def test_an_entry_that_was_heard_is_not_kept_again_when_it_is_read(monkeypatch):
    made = listener(monkeypatch)
    made.take(entry(7, "BOOT"))
    made.catch_up(Pump(entry(7, "BOOT"), entry(8, "REFILL")))  # type: ignore[arg-type]
    assert names(made) == ["BOOT", "REFILL"]


def test_a_number_that_was_heard_but_never_stored_comes_again_after_a_restart(monkeypatch):
    made = listener(monkeypatch)
    made.boots = 1
    made.take(entry(7, "COMMAND"))
    made.take(entry(8, "COMMAND", run_s=91))  # the power fails before these two are written
    made.catch_up(Pump(entry(6, "REFILL"), entry(7, "BOOT", run_s=95), entry(8, "MODE", run_s=95, a=2)))  # type: ignore[arg-type]
    assert names(made) == ["COMMAND", "COMMAND", "REFILL", "BOOT", "MODE"]
    assert made.next_seq == 9
