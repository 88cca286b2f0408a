"""Stands in for main.py on an emulated board: runs the pump as it is and tells how long its turns take.

Executed by MicroPython. Lines "name count sum_us max_us free_bytes collect_us" go over USB between frames,
one window after another; windows after the second time each activity as well, by the name of its class.
"""

SOURCE = b"""
import gc
import sys
from time import ticks_diff, ticks_us

from micropython import kbd_intr

kbd_intr(-1)
gc.threshold(32768)  # this line, and what happens around build() below, as in main.py
from firmware.app import build

WINDOW_US = 20000000


class Sum:
    def __init__(self, name):
        self.name = name
        self.clear()

    def clear(self):
        self.count = 0
        self.sum = 0
        self.most = 0

    def add(self, us):
        self.count += 1
        self.sum += us
        if us > self.most:
            self.most = us


class Timed:
    def __init__(self, activity):
        self.activity = activity
        self.due_in_ms = activity.due_in_ms
        self.spent = Sum(type(activity).__name__)

    def act(self, now_ms):
        begin = ticks_us()
        self.activity.act(now_ms)
        self.spent.add(ticks_diff(ticks_us(), begin))


class Probe:
    def __init__(self, executive):
        self.executive = executive
        self.waiter = executive.waiter
        self.turns = Sum('turn')
        self.windows = 0
        self.timed = ()
        self.begin = self.left = ticks_us()

    def wait(self, timeout_ms):
        now = ticks_us()
        self.turns.add(ticks_diff(now, self.left))
        if ticks_diff(now, self.begin) > WINDOW_US:
            self.tell()
        woken = self.waiter.wait(timeout_ms)
        self.left = ticks_us()
        return woken

    def tell(self):
        free = gc.mem_free()
        begin = ticks_us()
        gc.collect()
        collect = ticks_diff(ticks_us(), begin)
        for spent in (self.turns,) + tuple(timed.spent for timed in self.timed):
            text = '%s %d %d %d %d %d' % (spent.name, spent.count, spent.sum, spent.most, free, collect)
            sys.stdout.buffer.write(b'\\x00' + text.encode() + b'\\n\\x00')
            spent.clear()
        sys.stdout.buffer.write(b'\\x00end\\n\\x00')
        self.windows += 1
        if self.windows == 2:
            self.timed = tuple(Timed(activity) for activity in self.executive.activities)
            self.executive.activities = self.timed
            self.executive.timed = tuple(
                timed for timed in self.timed if timed.activity in self.executive.timed
            )
        self.begin = ticks_us()


gc.collect()
executive = build()
gc.threshold(-1)
gc.collect()
sys.stdout.buffer.write(b'\\x00free %d\\n\\x00' % gc.mem_free())
executive.waiter = Probe(executive)
executive.run()
"""
