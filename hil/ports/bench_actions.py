"""Actions on an emulated bench while it runs: faults, buttons, power, plug, time, a look."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from hil.errors import ScenarioError
from hil.ports.emulated import EmulatedPump
from hil.words import quantity
from hil.words.fault_arguments import read_fault
from hil.words.quantity import nearest_word

_LONGEST_RUN_NS = 7305 * quantity.NS_PER_DAY
_MOST_VOLUME_NL = 100_000_000
_PIECE_NS = quantity.NS_PER_DAY


class BenchActions:
    """`do` takes a request of control.py and returns what it answers. `is_ending()` cuts a long `run` short."""

    def __init__(self, pump: EmulatedPump, is_ending: Callable[[], bool] = lambda: False) -> None:
        self._pump = pump
        self._is_ending = is_ending
        self._actions: dict[str, Callable[..., dict[str, Any]]] = {
            "inject": self._inject,
            "clear": self._clear,
            "faults": self._faults,
            "truth": self._truth,
            "press": self._press,
            "release": self._release,
            "power": self._power,
            "plug": self._plug,
            "withdraw": self._withdraw,
            "fill": self._fill,
            "run": self._run,
        }

        if pump.target.bench is None:  # a rig's
            self._actions = {word: self._actions[word] for word in ("truth", "plug", "run")}

    def do(self, request: dict[str, Any]) -> dict[str, Any]:
        """Raises ScenarioError or ValueError for a request that cannot be done."""
        arguments = dict(request)
        word = str(arguments.pop("do", ""))
        action = self._actions.get(word)
        if action is None:
            raise _bad("do", word, self._actions)
        for name, value in arguments.items():
            if not (_is_texts(value) if name == "parameters" else isinstance(value, str)):
                raise ValueError(f"{word}: {name}: found {json.dumps(value)[:40]}; allowed: text in quotes")
        _check_names(word, action, arguments)
        return action(**arguments)

    def _inject(self, fault: str, parameters: dict[str, str] | None = None) -> dict[str, Any]:
        fault_id, values, duration_ns = read_fault(fault, parameters or {})
        injection = self._pump.inject(fault_id, values)
        number = len(self._pump.faults)
        if duration_ns is not None:
            self._pump.later(duration_ns, injection.clear)
        return {"number": number, "fault": fault_id, "at_s": self._pump.clock.now_s()}

    def _clear(self, fault: str = "") -> dict[str, Any]:
        """One fault by number or id; all without one."""
        cleared = []
        for number, (fault_id, injection) in enumerate(self._pump.faults, 1):
            if fault in ("", str(number), fault_id) and injection.cleared_at_ns is None:
                injection.clear()
                cleared.append(number)
        if fault and not cleared:
            raise ValueError(f"no fault {fault} is active")
        return {"cleared": cleared}

    def _faults(self) -> dict[str, Any]:
        rows = [
            {
                "number": number,
                "fault": fault_id,
                "is_active": injection.cleared_at_ns is None,
                "took_effect": injection.took_effect,
            }
            for number, (fault_id, injection) in enumerate(self._pump.faults, 1)
        ]
        return {"faults": rows}

    def _truth(self) -> dict[str, Any]:
        truth = asdict(self._pump.target.world.truth())
        return {"now_s": self._pump.clock.now_s(), "truth": truth}

    def _press(self, button: str, hold: str = "200 ms") -> dict[str, Any]:
        hold_ns = None if hold == "" else quantity.parse_duration_ns(hold)
        self._pump.target.bench.press(_one_of("button", button, ("patient", "silence")), hold_ns)
        return {}

    def _release(self, button: str) -> dict[str, Any]:
        self._pump.target.bench.release(_one_of("button", button, ("patient", "silence")))
        return {}

    def _power(self, state: str) -> dict[str, Any]:
        if _one_of("state", state, ("on", "off")) == "on":
            self._pump.target.power.on()
        else:
            self._pump.target.power.off()
        return {}

    def _plug(self, state: str) -> dict[str, Any]:
        self._pump.target.set_connected(_one_of("state", state, ("in", "out")) == "in")
        return {}

    def _withdraw(self, volume: str) -> dict[str, Any]:
        """Truly, from the reservoir; what is entered is `ctl refill`."""
        self._pump.target.bench.withdraw(_volume_nl(volume))
        return {"reservoir_nl": self._pump.target.world.truth().reservoir_nl}

    def _fill(self, volume: str, port: str = "reservoir", concentration: str = "") -> dict[str, Any]:
        strength = round(quantity.parse(concentration, "concentration")) if concentration else None
        place = _one_of("port", port, ("reservoir", "catheter_access", "pocket"))
        self._pump.target.bench.fill(_volume_nl(volume), place, strength)
        return {"reservoir_nl": self._pump.target.world.truth().reservoir_nl}

    def _run(self, duration: str) -> dict[str, Any]:
        """As fast as it goes, whatever the pace is."""
        span_ns = quantity.parse_duration_ns(duration)
        if span_ns > _LONGEST_RUN_NS:
            raise ValueError(f"run: duration: found {duration}; allowed: up to 20 years, 7305 d")
        end_ns = self._pump.clock.now_ns + span_ns
        while self._pump.clock.now_ns < end_ns and not self._is_ending():
            self._pump.run_until(min(end_ns, self._pump.clock.now_ns + _PIECE_NS))
        return {"now_s": self._pump.clock.now_s()}


def _volume_nl(text: str) -> int:
    volume_nl = quantity.parse_rounded(text, "volume")
    if not 0 <= volume_nl <= _MOST_VOLUME_NL:
        raise ValueError(f"volume: found {text}; allowed: 0 mL to 100 mL")
    return volume_nl


def _is_texts(value: object) -> bool:
    return value is None or (isinstance(value, dict) and all(isinstance(each, str) for each in value.values()))


def _one_of(field: str, word: str, allowed: tuple[str, ...]) -> str:
    if word not in allowed:
        raise _bad(field, word, allowed)
    return word


def _bad(field: str, word: str, allowed: Any) -> ScenarioError:
    return ScenarioError(field, 0, "", f"found {word!r}", ", ".join(allowed), nearest_word(word, allowed))


def _check_names(word: str, action: Callable[..., Any], arguments: dict[str, Any]) -> None:
    known = inspect.signature(action).parameters
    words = ", ".join(name if known[name].default is known[name].empty else f"[{name}]" for name in known) or "nothing"
    unknown = [name for name in arguments if name not in known]
    missing = [name for name in known if known[name].default is known[name].empty and name not in arguments]
    if unknown:
        raise ValueError(f"{word}: {unknown[0]}: unknown; allowed: {words}")
    if missing:
        raise ValueError(f"{word}: {missing[0]}: missing, write {missing[0]}=VALUE; allowed: {words}")
