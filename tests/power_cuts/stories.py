"""What the pump may be doing when the power goes: each story prepares a pump and then does one thing.

The flash operations of that one thing are the cut points of the sweep. `look` is what must afterwards be
as before or as after the thing, and never a mixture (INT-04).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hil.board.key_files import ROLES, write_keys
from hil.board.raw_repl import RawRepl
from hil.errors import PumpbenchError, Refused
from hil.pump.client import Client
from hil.targets.base import BOOT_S
from hil.targets.hands import switch_on_for_maintenance
from tests.pump.pump_rig import EVERY_DAY, STROKE_NL, PumpRig
from tests.pump.window_meter import WindowMeter

BASAL_NL_PER_H = 60_000
PATIENT_BOLUS_NL = 9_000
LOCKOUT_S = 7_200
LIMIT_NL = 2_000_000
WINDOW_S = 86_400
_SETTLE_S = 2.0
_OFF_S = 3.0
_BOOT_S = BOOT_S + 1.0
_NEAR_LIMIT_NL = 40_000  # some 10 000 of it are given before the hour begins, which would give 60 000
_LOG_ENTRIES = 2_304  # of the log ring when it is full: nine files of 256
# Found by trying; a test of the stories sees that the moves do happen in them.
_SAVES_TO_MOVE_LOG = 716
_SAVES_TO_MOVE_ROOT = 1_324
_OLD_KEYS = {role: bytes([number]) * 32 for number, role in enumerate(ROLES, 1)}
_NEW_KEYS = {role: bytes([number]) * 32 for number, role in enumerate(ROLES, 11)}


def restart(rig: PumpRig) -> None:
    """Off and on, with nobody at the button; HELLO is not said yet."""
    rig.target.power.off()
    rig.bench.release("silence")
    rig.run_for(_OFF_S)
    rig.target.power.on()
    rig.run_for(_BOOT_S)


def state_of(rig: PumpRig) -> dict[str, Any]:
    """What a story may change as a whole. `filling` falls with nothing but a refill."""
    status = rig.status
    segments = [[(s.start_minute, s.rate_nl_per_h) for s in rig.client.programme_day(day)] for day in range(7)]
    return {
        "mode": status.mode,
        "prescription": {**rig.client.prescription(), "segments": segments},
        "filling": status.reservoir_nl + status.delivered_nl,
    }


def is_same(found: Any, wanted: Any) -> bool:
    """Of two things that `look` tells under the same name."""
    if isinstance(wanted, int):
        return abs(found - wanted) <= STROKE_NL  # a stroke that is turned back is drawn, not delivered
    return found == wanted


@dataclass(frozen=True)
class Story:
    """`rig`: arguments of PumpRig. `is_new`: the pump had never been given anything, so nothing can be lost.
    `modes`: those that the act passes through. `limit_nl`: the dose limit in force, over WINDOW_S.
    """

    name: str
    act: Callable[[PumpRig], None]
    prepare: Callable[[PumpRig], None] = lambda rig: None
    rig: dict[str, Any] = field(default_factory=dict)
    is_new: bool = False
    modes: frozenset[str] = frozenset()
    limit_nl: int = LIMIT_NL
    look: Callable[[PumpRig], dict[str, Any]] = state_of

    def begin(self) -> tuple[PumpRig, WindowMeter]:
        """The pump, ready for the one thing, and what it has delivered so far."""
        rig = PumpRig(BASAL_NL_PER_H, **self.rig)
        meter = WindowMeter(rig.world.plant)
        self.prepare(rig)
        if not self.is_new:
            rig.run_for(_SETTLE_S)
        return rig, meter

    def do(self, rig: PumpRig) -> None:
        """The one thing; a host whose pump loses its power gets no answer, and may have to leave it there."""
        try:
            self.act(rig)
        except PumpbenchError:
            if rig.world.mcu.is_powered:
                raise


def prescribe_bolus(rig: PumpRig) -> None:
    _prescribe(rig, LIMIT_NL)


def _prescribe(rig: PumpRig, limit_nl: int) -> None:
    rig.client.programme_begin()
    rig.client.stage_patient_bolus(PATIENT_BOLUS_NL, 30, LOCKOUT_S, 4)
    rig.client.stage_dose_limit(limit_nl, WINDOW_S)
    rig.client.programme_commit()


def _after_bolus(rig: PumpRig) -> None:
    """The lock-out runs."""
    prescribe_bolus(rig)
    _patient_bolus(rig)


def _near_limit(rig: PumpRig) -> None:
    _prescribe(rig, _NEAR_LIMIT_NL)
    _patient_bolus(rig)


def _patient_bolus(rig: PumpRig) -> None:
    rig.client.patient_bolus()
    rig.run_for(60.0)


def _commit(rig: PumpRig) -> None:
    rig.client.programme_begin()
    for day in range(7):
        rig.client.stage_day(1 << day, [(60 * hour, 20_000 + 1_000 * hour + 100 * day) for hour in range(24)])
    rig.client.stage_patient_bolus(5_000, 60, 3_600, 3)
    rig.client.programme_commit()
    rig.run_for(_SETTLE_S)


def _change_drug(rig: PumpRig) -> None:
    rig.client.programme_begin()
    rig.client.stage_drug("morphine", 10_000)
    rig.client.stage_day(EVERY_DAY, [(0, 30_000)])
    rig.client.programme_commit()
    rig.run_for(_SETTLE_S)


def _refill(rig: PumpRig) -> None:
    rig.client.refill_begin()
    rig.client.refill_withdrawn(max(0, rig.status.reservoir_nl))
    rig.client.refill_filled(11_000_000)
    rig.client.refill_confirm()
    rig.run_for(_SETTLE_S)


def _alarm(rig: PumpRig) -> None:
    stuck = rig.inject("button.stuck", button="silence")
    rig.run_for(62.0)
    stuck.clear()
    rig.run_for(5.0)


def _mode_changes(rig: PumpRig) -> None:
    rig.client.stop()
    rig.client.minimum_rate()
    rig.client.start()
    rig.run_for(_SETTLE_S)


def _hour(rig: PumpRig) -> None:
    rig.run_for(3_600.0)


def _full_log(rig: PumpRig) -> None:
    """The next entries go over the oldest."""
    _after_bolus(rig)
    while rig.status.log_seq < _LOG_ENTRIES - 20:
        toggle(rig, 2)


def _log_wraps(rig: PumpRig) -> None:
    """The file with the oldest entries is begun anew."""
    toggle(rig, 20)


def toggle(rig: PumpRig, times: int) -> None:
    """Stop, or start again: an entry of the log and of the journal each."""
    for _ in range(times):
        rig.client.exchange("START" if rig.status.mode == "STOPPED" else "STOP")
        rig.run_for(0.3)


def _before_move(rig: PumpRig, saves: int) -> None:
    """littlefs moves a folder's pair of blocks on after 100 erases, and this one has nearly had them."""
    _after_bolus(rig)
    toggle(rig, saves)


def _first_start(rig: PumpRig) -> None:
    rig.target.power.off()
    rig.run_for(1.0)
    rig.target.power.on()
    rig.run_for(_BOOT_S)


def _provision(rig: PumpRig, keys: dict[str, bytes]) -> None:
    """In maintenance mode; afterwards the pump runs again."""
    rig.target.power.off()
    rig.run_for(1.0)
    switch_on_for_maintenance(rig.bench, rig.target.power, rig.clock)
    rig.run_for(_BOOT_S)
    with RawRepl(rig.target.serial, rig.clock) as repl:
        write_keys(repl, keys)
    restart(rig)


def _keyed(rig: PumpRig) -> None:
    _after_bolus(rig)
    _provision(rig, _OLD_KEYS)
    rig.client.hello()


def _state_and_keys(rig: PumpRig) -> dict[str, Any]:
    opening = [name for name, keys in (("old", _OLD_KEYS), ("new", _NEW_KEYS)) if _opens(rig, keys)]
    rig.client.hello()
    return {**state_of(rig), "keys": opening}


def _opens(rig: PumpRig, keys: dict[str, bytes]) -> bool:
    client = Client(rig.target.serial, rig.clock)
    client.hello()
    try:
        for role in ROLES:
            client.open_session(role.upper(), keys[role])
    except Refused:
        return False
    return True


STORIES = (
    Story("patient bolus", _patient_bolus, prescribe_bolus),
    Story("programme commit", _commit, prescribe_bolus),
    Story("change of drug", _change_drug, _after_bolus),
    Story("refill", _refill, _after_bolus),
    Story("alarm raised and cleared", _alarm, _after_bolus),
    Story("stop, minimum rate, start", _mode_changes, _after_bolus, modes=frozenset({"STOPPED", "MIN_RATE"})),
    Story("an hour of basal into the dose limit", _hour, _near_limit, limit_nl=_NEAR_LIMIT_NL),
    Story("log wrap", _log_wraps, _full_log, modes=frozenset({"STOPPED", "RUNNING"})),
    Story(
        "littlefs moves the folder of the log",
        lambda rig: toggle(rig, 40),
        lambda rig: _before_move(rig, _SAVES_TO_MOVE_LOG),
        modes=frozenset({"STOPPED", "RUNNING"}),
    ),
    Story(
        "littlefs moves its root",
        lambda rig: toggle(rig, 40),
        lambda rig: _before_move(rig, _SAVES_TO_MOVE_ROOT),
        modes=frozenset({"STOPPED", "RUNNING"}),
    ),
    Story("provisioning of keys", lambda rig: _provision(rig, _NEW_KEYS), _keyed, look=_state_and_keys),
    Story("first start", _first_start, rig={"is_commissioned": False}, is_new=True),
)
