"""The executive: tickless. Every activity says when it next needs the processor; it sleeps until then.

An activity is any object with `due_in_ms(now_ms)` (0 or less: now) and `act(now_ms)`. Order is rank:
delivery comes first, the log last. Apart from delivery and the rounds, an activity is usually idle: it cannot become
due until a byte arrives, a button moves, or another activity affects it. Each says so itself (`is_calm`); while all
of them are idle, they are not asked.
While flash is written, the processor stands still for up to a tenth of a second. A request that came meanwhile is heard
and served before the next write (LNK-02).
The sleep ends early on an interrupt or a received byte, and never lasts longer than a beat (heartbeat.py), less than
half the watchdog period, which distinguishes a sleeping pump from a hung one (INT-03).
"""

from micropython import const

from firmware.board import Board
from firmware.clock import Clock
from firmware.core.units import NEVER_MS, after_ms, until_ms
from firmware.forgetting import forget_making
from firmware.services.storage.settings import Settings

_FEED_MS = const(4_000)  # at about this rhythm a sleeping processor feeds its watchdog
_FAREWELL_MS = 200
_LISTEN_MS = 2  # USB asks each millisecond whether there is something
_ANSWERING_MS = 2_000


class Executive:
    """Runs the activities of an assembled pump. `turn` is one round; it does not allocate by itself. `waiter`,
    `activities` and `timed` are public for a probe that measures (the chip probe of hil)."""

    def __init__(self, clock, board, watchdog, assembly):
        self._clock = clock
        self._board = board
        self._store = board.store
        self.waiter = board.waiter
        self._watchdog = watchdog
        self.activities = assembly.activities
        self.timed = assembly.timed
        self._log = assembly.log
        self._annunciation = assembly.annunciation
        self._journal = assembly.journal
        self._commands = assembly.commands
        self._switches = assembly.switches
        self._periodic_test = assembly.periodic_test
        self._heartbeat = assembly.heartbeat
        self._service = assembly.service
        self._flag = board.waiter.flag
        self._now_ms = clock.now_ms()

    def turn(self):
        """Ask every activity that may be due; let act who is, or sleep until the earliest and let that one act."""
        now_ms = self._now_ms
        activities = self.timed
        if self._flag.has_call or not (
            self._log.is_calm
            and self._annunciation.is_calm
            and self._journal.is_calm
            and self._commands.is_calm
            and self._switches.is_calm
        ):
            self._flag.has_call = False  # before anybody is asked: an interrupt may raise it again meanwhile
            activities = self.activities
        sleep_ms = NEVER_MS
        earliest = activities[0]
        has_acted = False
        for activity in activities:
            due_ms = activity.due_in_ms(now_ms)
            if due_ms < sleep_ms:
                if due_ms > 0:
                    sleep_ms = due_ms
                    earliest = activity
                else:
                    # What one activity does may make another one due: ask again before sleeping.
                    activity.act(now_ms)
                    has_acted = True
                    if self._store.has_written:
                        break
        self._watchdog.feed()
        if self._store.has_written:
            self._store.has_written = False
            self.waiter.wait(_LISTEN_MS)
        beat_ms = self._heartbeat.beat_if_due(now_ms)
        if not has_acted and self._periodic_test.settle() and not self._is_woken_within(sleep_ms, beat_ms):
            earliest.act(self._clock.now_ms())
        self._now_ms = self._clock.now_ms()

    def _is_woken_within(self, sleep_ms, beat_ms):
        """Sleep, in pieces that feed the watchdog and end with the beat that is due. False when that time is over: a
        piece is never shorter than it was asked to be, so the clock need not be read to know."""
        waiter = self.waiter
        while True:
            piece_ms = min(sleep_ms, beat_ms, _FEED_MS)
            if waiter.wait(piece_ms):
                return True
            sleep_ms -= piece_ms
            if not sleep_ms:
                return False
            self._watchdog.feed()
            beat_ms -= piece_ms
            if not beat_ms:
                beat_ms = self._heartbeat.beat(self._clock.now_ms())

    def run(self):
        """Until a service command leaves to the REPL, by a restart because the watchdog cannot stop, or restarts."""
        turn = self.turn
        service = self._service
        while not service.has_left:
            turn()
        # The answer to the command is on its way to the host; a restart takes the USB port down.
        end_ms = after_ms(self._now_ms, _ANSWERING_MS if service.is_restarting else _FAREWELL_MS)
        while until_ms(end_ms, self._clock.now_ms()) > 0:
            if service.is_restarting:
                turn()  # in FAULT, with a host that may ask what came of it
            else:
                self.waiter.wait(_FAREWELL_MS)
        service.about_to_restart()
        self._board.restart()


def build():
    """Make the pump of this board: settings, drivers, services; self-test; then the executive."""
    from firmware.assembly import Assembly

    settings = Settings()
    settings.load("/config.json")
    board = Board(settings)
    watchdog = board.start_watchdog()
    clock = Clock()
    assembly = Assembly(board, clock, settings)
    assembly.boot(watchdog)
    if board.is_held_for_repl():
        assembly.service.leave_to_repl()  # refused where a therapy has been resumed (LNK-05)
    executive = Executive(clock, board, watchdog, assembly)
    forget_making()
    return executive
