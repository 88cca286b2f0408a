"""A therapy as a clinic gives it to a new pump: programme, refill, start."""

from __future__ import annotations

from hil.pump.client import Client

EVERY_DAY = 0b111_1111
FILL_NL = 18_000_000


def give_therapy(client: Client, rate_nl_per_h: int, patient: tuple[int, int, int, int] | None = None) -> None:
    """`patient`: volume in nL, duration in s, lock-out in s, number a day."""
    client.programme_begin()
    client.stage_drug("baclofen", 500)
    client.stage_day(EVERY_DAY, [(0, rate_nl_per_h)])
    if patient is not None:
        client.stage_patient_bolus(*patient)
    client.programme_commit()
    client.refill_begin()
    client.refill_withdrawn(0)
    client.refill_filled(FILL_NL)
    client.refill_confirm()
    client.start()
