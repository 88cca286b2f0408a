"""What the host asks of the rig, by number: a reason, the values of the answer's body, and the items of its list."""

import machine

from protocols import rig as p
from protocols.ids import OK, OUT_OF_RANGE, UNKNOWN

_ROWS = 5
_EVENTS = 16
_NOTHING = ()


class Requests:
    """`rig` is the Rig; the tables lead from a number to what is done."""

    def __init__(self, rig, outputs):
        self._rig = rig
        self._outputs = outputs
        self._methods = {
            p.RIG_HELLO: self._hello,
            p.RIG_TRUTH: self._truth,
            p.RIG_ROWS: self._rows,
            p.RIG_EVENTS: self._events,
            p.RIG_INJECT: self._inject,
            p.RIG_CLEAR: self._clear,
            p.RIG_FAULT: self._fault,
            p.RIG_PRESS: self._press,
            p.RIG_POWER: self._power,
            p.RIG_WITHDRAW: self._withdraw,
            p.RIG_FILL: self._fill,
            p.RIG_SET: self._set,
            p.RIG_LINES: self._lines,
            p.RIG_HOLD_LINE: self._hold_line,
            p.RIG_LEAVE_TO_REPL: self._leave,
        }

    def serve(self, number, values):
        """`values` have the layout and the range of the request."""
        method = self._methods.get(number)
        if method is None:
            return UNKNOWN, _NOTHING, _NOTHING
        self._rig.advance()
        return method(*values)

    def _hello(self):
        rig = self._rig
        return OK, (p.VERSION, rig.plant.supply.is_powered, 1, rig.now_us, machine.unique_id()), _NOTHING

    def _truth(self):
        rig = self._rig
        fluid = rig.plant.fluid
        supply = rig.plant.supply
        peak_pa = fluid.peak_pa
        fluid.peak_pa = fluid.line.pressure_pa
        body = (
            rig.now_us,
            fluid.displaced_pl,
            fluid.in_csf_pl,
            fluid.leaked_pl,
            fluid.reservoir_pl,
            fluid.line.trapped_pl,
            fluid.concentration_ug_per_ml,
            fluid.line.pressure_pa,
            peak_pa,
            fluid.position,
            fluid.commanded,
            fluid.missed,
            rig.plant.drive.bursts,
            supply.mv,
            supply.is_powered,
            supply.losses,
        )
        return OK, body, _NOTHING

    def _rows(self, from_seq):
        return _page(self._rig.rows, from_seq, _ROWS)

    def _events(self, from_seq):
        return _page(self._rig.events, from_seq, _EVENTS)

    def _inject(self, number, a, b, c, duration_ms):
        return self._rig.faults.inject(number, a, b, c, duration_ms, self._rig.now_us), _NOTHING, _NOTHING

    def _clear(self, number):
        self._rig.faults.clear(number, self._rig.now_us)
        return OK, _NOTHING, _NOTHING

    def _fault(self, number):
        faults = self._rig.faults
        return OK, (faults.is_active(number), faults.took_effect(number)), _NOTHING

    def _press(self, button, hold_ms):
        self._rig.press(button, hold_ms)
        return OK, _NOTHING, _NOTHING

    def _power(self, is_on):
        self._rig.plant.supply.switch(bool(is_on))
        return OK, _NOTHING, _NOTHING

    def _withdraw(self, volume_nl):
        out_nl = self._rig.plant.fluid.withdraw(volume_nl)
        self._rig.plant.mark(self._rig.now_us)
        return OK, (out_nl,), _NOTHING

    def _fill(self, volume_nl, port, concentration_ug_per_ml):
        in_nl = self._rig.plant.fluid.fill(volume_nl, port, concentration_ug_per_ml)
        self._rig.plant.mark(self._rig.now_us)
        return OK, (in_nl,), _NOTHING

    def _set(self, number, value):
        return (OK if self._rig.settings.set(number, value) else OUT_OF_RANGE), _NOTHING, _NOTHING

    def _lines(self):
        return OK, (self._outputs.levels(), self._outputs.pressure.mv), _NOTHING

    def _hold_line(self, gpio, level):
        return (OK if self._outputs.hold(gpio, level) else OUT_OF_RANGE), _NOTHING, _NOTHING

    def _leave(self):
        self._rig.leave()
        return OK, _NOTHING, _NOTHING


def _page(journal, from_seq, most):
    first = journal.first_from(from_seq)
    count = min(max(journal.next_seq - first, 0), most)
    return OK, (first, count), [journal.entry(first + place) for place in range(count)]
