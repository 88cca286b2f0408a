"""/main.py of a pump that runs with its heap locked. Runs under MicroPython, in the emulated pump.

Every executive turn from the start of delivery on is made under `micropython.heap_lock`, in which any
allocation raises MemoryError. Only the calls named in MAY_ALLOCATE get the heap back while they last.
`print` at the end tells the figures to the test.
"""

# pyright: reportMissingImports=false

from micropython import heap_lock, heap_unlock, kbd_intr

TURNS = 10_000
WARM_TURNS = 200
# Class of the activity and its method, because of files (an object and its buffers) or of frames that are sent.
MAY_ALLOCATE = (
    ("Commands", "act"),
    ("Journal", "act"),
    ("EventLog", "act"),
    ("PeriodicTest", "_test_image"),
)


class Heap:
    """Locked or not, and who has been given it."""

    def __init__(self):
        self.is_locked = False
        self.is_given = False
        self.acting = 0

    def giving(self, method):
        """`method` with the heap unlocked while it runs: as act(now_ms), and without an argument."""

        def act(now_ms):
            if not self.is_locked:
                method(now_ms)
                return
            self._give()
            method(now_ms)
            self._take()

        def call():
            if not self.is_locked:
                method()
                return
            self._give()
            method()
            self._take()

        return act, call

    def _give(self):
        heap_unlock()
        self.is_given = True

    def _take(self):
        self.is_given = False
        heap_lock()

    def counting(self, method, counts, index):
        """`act` that counts and says who acts."""

        def act(now_ms):
            if self.is_locked:
                counts[index] += 1
            self.acting = index
            method(now_ms)

        return act

    def counting_looks(self, method, counts, index):
        """`look` that counts and says who looks."""

        def look():
            if self.is_locked:
                counts[index] += 1
            self.acting = index
            method()

        return look


def run():
    kbd_intr(-1)
    from firmware.app import build
    from protocols import ids

    executive = build()
    infusion, rounds = executive.timed
    parts = rounds._watchkeeper, rounds._periodic_test  # which the rounds call
    looks = len(executive.activities)
    activities = executive.activities + parts
    heap = Heap()
    counts = [0] * len(activities)
    for index in range(len(activities)):
        activity = activities[index]
        name = type(activity).__name__
        for owner, method in MAY_ALLOCATE:
            if owner == name:
                with_time, without = heap.giving(getattr(activity, method))
                setattr(activity, method, with_time if method == "act" else without)
        if index < looks:
            activity.act = heap.counting(activity.act, counts, index)
        else:
            activity.look = heap.counting_looks(activity.look, counts, index)
    while infusion._mode.state() != ids.RUNNING:
        executive.turn()
    for _ in range(WARM_TURNS):
        executive.turn()
    heap.is_locked = True
    failure = None
    heap_lock()
    try:
        for _ in range(TURNS):
            executive.turn()
    except MemoryError as error:
        failure = error
    if not heap.is_given:
        heap_unlock()
    heap.is_locked = False
    if failure is not None:
        print("allocated in or after", type(activities[heap.acting]).__name__)
        raise failure
    print("locked turns", TURNS)
    for index in range(len(activities)):
        if counts[index]:
            print("acts", type(activities[index]).__name__, counts[index])
    while True:
        executive.turn()


run()
