"""UNDER_DELIVERY and OVER_DELIVERY (DET-04): measured against programmed volume, 10 % either way.

Time is cut into blocks that begin and end with a stroke, so that the volume not yet due for a stroke is the
same at both ends and cancels. At the end of each block, that is every 75 s, or at each stroke if they are rarer,
the last blocks together are judged as soon as they span 15 min and 3 strokes, whichever is longer, and so is
every longer run of blocks up to 16, which finds small deviations that the noise allowance hides in a short one.
By how much stroke sizes differ is allowed for.

Delay after the deviation reaches 10 %, with strokes of 300 nL: at 2 uL/h 27 min (3 strokes) when it is above
15 %, else up to 2.4 h (16 strokes); at 20 uL/h and at 1000 uL/h 15 min and one block.
"""

from micropython import const

DELIVERY_AS_PROGRAMMED = const(0)
DELIVERY_UNDER = const(1)
DELIVERY_OVER = const(2)

DEFAULT_STROKE_NL = const(300)

_BLOCKS = const(16)
_BLOCK_S = const(75)
_SPAN_S = const(900)
_MIN_STROKES = const(3)
_NOISE_COUNTS = const(3)  # the noise of two angle readings
_COUNTS_PER_REV = const(4096)
_NL_PER_REV = const(60_000)
_LARGEST_NL = const(50_000_000)


class DeliveryBalance:
    """Programmed volume comes in as time passes, measured volume with each stroke. `run_s` is pump life.

    stroke_nl: the stroke at basal rates. Not more than 50 mL wait for a stroke, so that the sum of all blocks is a
    small integer. `clear` after a stop, a suspension, an acknowledged alarm, or a dose limit that held delivery back.
    """

    def __init__(self, stroke_nl=DEFAULT_STROKE_NL, nl_per_rev=_NL_PER_REV):
        self._stroke_nl = stroke_nl
        self._noise_nl = nl_per_rev * _NOISE_COUNTS // _COUNTS_PER_REV + 1
        self._start_s = [0] * _BLOCKS
        self._programmed_nl = [0] * _BLOCKS
        self._measured_nl = [0] * _BLOCKS
        self._strokes = [0] * _BLOCKS
        self._stroke_max_nl = [0] * _BLOCKS
        self._stroke_min_nl = [0] * _BLOCKS
        self._newest = 0
        self._count = 0
        self._pending_nl = 0
        self._verdict = DELIVERY_AS_PROGRAMMED  # of the last whole block

    def clear(self, run_s):
        """Begin again with the next stroke: what is programmed before it belongs to no block."""
        for place in range(_BLOCKS):
            self._empty(place)
        self._newest = 0
        self._count = 0
        self._pending_nl = 0
        self._verdict = DELIVERY_AS_PROGRAMMED

    def kept(self, run_s):
        """(programmed nL, measured nL, strokes, seconds) for the journal: of the newest blocks that together can be
        judged, with what was programmed since. Without a stroke there is nothing to go on from."""
        programmed_nl = self._pending_nl if self._pending_nl > 0 else 0
        measured_nl = strokes = seconds = 0
        for back in range(self._count):
            place = (self._newest - back) % _BLOCKS
            programmed_nl += self._programmed_nl[place]
            measured_nl += self._measured_nl[place]
            strokes += self._strokes[place]
            seconds = run_s - self._start_s[place]
            if strokes >= _MIN_STROKES and seconds >= _SPAN_S:
                break
        return programmed_nl, measured_nl, strokes, seconds

    def go_on(self, since_s, programmed_nl, measured_nl, strokes):
        """After `clear`: a restart has cut the comparison that began at `since_s`. It goes on as one block."""
        self._open_block(since_s)
        newest = self._newest
        self._programmed_nl[newest] = programmed_nl
        self._measured_nl[newest] = measured_nl
        self._strokes[newest] = strokes
        self._stroke_max_nl[newest] = self._stroke_min_nl[newest] = self._stroke_nl

    def programmed(self, volume_nl):
        """The programme, with boluses, asked for so much more since the last call."""
        if self._pending_nl < _LARGEST_NL:
            self._pending_nl += volume_nl

    def stroke(self, run_s, commanded_nl, measured_nl):
        """A stroke has ended and was booked; `programmed` is up to date. Returns a DELIVERY_ verdict."""
        if self._count == 0:
            self._open_block(run_s)
        else:
            newest = self._newest
            self._programmed_nl[newest] += self._pending_nl
            self._measured_nl[newest] += measured_nl
            self._strokes[newest] += 1
            if commanded_nl > self._stroke_max_nl[newest]:
                self._stroke_max_nl[newest] = commanded_nl
            if commanded_nl < self._stroke_min_nl[newest] or self._stroke_min_nl[newest] == 0:
                self._stroke_min_nl[newest] = commanded_nl
        self._pending_nl = 0
        if run_s - self._start_s[self._newest] >= _BLOCK_S:
            self._verdict = self._judge(run_s)
            self._open_block(run_s)
        return self._verdict

    def _open_block(self, run_s):
        newest = (self._newest + 1) % _BLOCKS
        self._newest = newest
        self._start_s[newest] = run_s
        self._empty(newest)
        if self._count < _BLOCKS:
            self._count += 1

    def _empty(self, place):
        self._programmed_nl[place] = 0
        self._measured_nl[place] = 0
        self._strokes[place] = 0
        self._stroke_max_nl[place] = 0
        self._stroke_min_nl[place] = 0

    def _judge(self, run_s):
        """All runs that are long enough, the longest first: the shortest one that deviates has the last word."""
        verdict = DELIVERY_AS_PROGRAMMED
        programmed_nl = sum(self._programmed_nl)
        measured_nl = sum(self._measured_nl)
        strokes = sum(self._strokes)
        newest = self._newest
        for place in range(newest - self._count + 1, newest + 1):  # negative indices count from the end, as a ring does
            if strokes < _MIN_STROKES or run_s - self._start_s[place] < _SPAN_S:
                break
            allowed_nl = programmed_nl // 10 + self._noise_nl
            if abs(measured_nl - programmed_nl) > allowed_nl:
                allowed_nl += self._spread_nl(place)
                if measured_nl < programmed_nl - allowed_nl:
                    verdict = DELIVERY_UNDER
                elif measured_nl > programmed_nl + allowed_nl:
                    verdict = DELIVERY_OVER
            programmed_nl -= self._programmed_nl[place]
            measured_nl -= self._measured_nl[place]
            strokes -= self._strokes[place]
        return verdict

    def _spread_nl(self, oldest):
        """By how much the sizes of the strokes differ since the block at `oldest` began."""
        largest_nl = 0
        smallest_nl = _LARGEST_NL
        for place in range(oldest, self._newest + 1):
            largest_nl = max(largest_nl, self._stroke_max_nl[place])
            smallest_nl = min(smallest_nl, self._stroke_min_nl[place])
        return largest_nl - smallest_nl
