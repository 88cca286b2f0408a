"""Turns the head by whole or part revolutions with the one request that does so while the pump stands still: priming.

There is no request of its own, on purpose: a priming bolus is bounded by the pump (dead volume and 20 %, THR-18),
watched by the guard of what is commanded (THR-22) and by every detector, and booked. The motor has no current before
and after it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from hil.errors import LinkTimeout, OutOfRange, PumpbenchError, Refused, Uncertain
from hil.pump.client import Client

NL_PER_S = 1_000  # rate of priming (THR-18)
_LOOK_S = 0.5
_LATE_S = 30.0  # a small head primes slower than 1 uL/s, by less than this in one turn


class JogEnded(PumpbenchError):
    """The pump ended it before it was done."""


def most_nl(config: dict[str, int]) -> int:
    """The most that one jog may displace on this bench: the pump's own limit of a priming bolus."""
    return config["catheter_dead_volume_nl"] * 6 // 5


def volume_of(revolutions: float, config: dict[str, int]) -> int:
    """nL by the pump's present calibration. OutOfRange names what one jog may turn."""
    volume_nl = round(revolutions * config["nl_per_rev"])
    if not 1 <= volume_nl <= most_nl(config):
        most = most_nl(config) / config["nl_per_rev"]
        raise OutOfRange(
            f"revolutions: found {revolutions:g}; allowed: above 0 to {most:g} at once, which is the dead volume of"
            f" the catheter ({config['catheter_dead_volume_nl']} nL) and 20 %"
        )
    return volume_nl


def jog(
    client: Client,
    volume_nl: int,
    send: Callable[[Callable[[], None]], object] = lambda request: request(),
) -> int:
    """Turn until the volume is displaced; returns what the pump measured, in nL.

    `send(request)` sends the request, for whoever resolves a lost answer. Whatever ends it early, Ctrl-C too, stops the
    pump. Refused by the pump as a priming bolus is; JogEnded when an alarm ended it.
    """
    before = client.status()
    try:
        send(lambda: client.priming_bolus(volume_nl))
        end_s = client.clock.now_s() + 2 * volume_nl / NL_PER_S + _LATE_S
        while True:
            now = client.status()
            if now.action in ("SUSPEND", "STOP", "HALT") or client.clock.now_s() > end_s:
                raise _ended(now.top_alarm)
            if now.bolus_kind != "PRIMING" and now.mode != "RUNNING":
                return before.reservoir_nl - now.reservoir_nl
            for _ in client.listen(_LOOK_S):
                pass
    except Refused:
        raise
    except BaseException:
        _halt(client)
        raise


def _ended(alarm: str) -> JogEnded:
    why = f"the alarm {alarm} ended it" if alarm else "the pump did not come to its end"
    return JogEnded(f"jog: {why}; the motor is off")


def _halt(client: Client) -> None:
    """A stall ends the bolus and leaves the pump trying: hence the stop. What went wrong before is what is told."""
    for request in (client.bolus_cancel, client.stop):
        with suppress(Refused, LinkTimeout, Uncertain):
            request()
