"""One power-on of the processor: firmware runs in a greenlet, virtual time runs in SimPy.

Firmware is plain Python in a greenlet. Each call of a shim charges a little time; a wait hands the
thread back to the environment (the hub) until its time has come or something happened. When nothing is
due meanwhile, time moves without a switch, which is what makes months cheap. Interrupts, resets and power
cuts are seen at the next charge or at once in a wait, never in the middle of a bench part's code.

A charge before `env.free_until_ns` only moves `env.now_ns`. The shims that firmware calls most often do
that in place, because a call would cost several times as much as the move:

    t_ns = env.now_ns + cost_ns
    if t_ns < env.free_until_ns:
        env.now_ns = t_ns
    else:
        t_ns = charge_slowly(t_ns)
"""

from collections.abc import Callable
from typing import Any, Protocol

from greenlet import GreenletExit, getcurrent, greenlet

from emulator.env import FOREVER_NS, Call, WorldEnvironment
from emulator.errors import AtPrompt, DeviceKeyboardInterrupt, EmulatorError, HostStop, Unwind
from emulator.mcu import costs
from emulator.mcu.guard import DeadlockGuard
from emulator.mcu.interrupts import InterruptQueue, IrqSource

_PENDING = -1  # a moment that no time is before: the next charge takes the slow way


class Prompt(Protocol):
    """The prompt that runs from the end of the program until power off."""

    def serve(self) -> None: ...

    def interrupted(self) -> None: ...


class Cpu:
    """Runs `program()` once, then the prompt of the REPL, serving interrupts.

    `on_watchdog()` is called when the watchdog bites and must call `kill`; `on_handler_error(source,
    error)` reports an exception of an interrupt handler (source None: a soft one).
    """

    def __init__(
        self,
        env: WorldEnvironment,
        program: Callable[[], None],
        prompt: Prompt,
        on_watchdog: Callable[[], None],
        on_handler_error: Callable[[IrqSource | None, BaseException], None],
        guard: DeadlockGuard,
    ) -> None:
        self.env = env
        self.interrupts = InterruptQueue()
        self.is_executing = False
        self.is_idle = False  # the program has ended: REPL
        self.is_frozen = False
        self.is_at_prompt = False  # executes what a host has typed
        self.doom: Unwind | None = None
        self._program = program
        self._prompt = prompt
        self._on_watchdog = on_watchdog
        self._on_handler_error = on_handler_error
        self._guard = guard
        self._try_advance = env.try_advance
        self._is_pending = False  # the next charge or wait has something to serve
        self._watchdog_ns = FOREVER_NS
        self._watchdog_period_ns = 0
        self._is_masked = False  # in a hard handler, in a flash operation, or by disable_irq
        self._is_in_soft = False
        self._has_event = False
        self._keyboard_interrupt = False
        self._failure: EmulatorError | None = None
        self._greenlet: greenlet | None = None
        self._start: Call | None = None
        self._wake_at_time: Call | None = None
        self._wake_early: Call | None = None
        self._is_parked = False

    # ---- life

    def start_at(self, t_ns: int) -> None:
        """Begin the program at `t_ns`."""
        self._start = self.env.call_at(t_ns, self._begin)

    def kill(self, doom: Unwind) -> None:
        """End the program: at once when called from outside the device, else at its next charge."""
        if self.doom is not None:
            return
        self.doom = doom
        self._mark_pending()
        self._cancel_wakes()
        if self._start is not None:
            self._start.cancel()
        device = self._greenlet
        if device is not None and not device.dead and self._is_parked:
            self._is_parked = False
            self._switch(doom)

    def freeze(self) -> None:
        """Stop executing while time goes on: interrupts wait, the watchdog does not."""
        self.is_frozen = True
        self._wake()

    def thaw(self) -> None:
        self.is_frozen = False
        self._wake()

    def fail(self, error: EmulatorError) -> Unwind:
        """Record why the host must stop; use as `raise cpu.fail(...)` inside the device. What is typed at the prompt
        does not stop it: see AtPrompt.
        """
        if self.is_at_prompt and self.doom is None:
            return AtPrompt(error)
        self._failure = error
        self.doom = HostStop(str(error))
        self._mark_pending()
        return self.doom

    # ---- time, called by shims inside the device

    def charge(self, cost_ns: int) -> int:
        """Spend processor time; returns the time then. Interrupts are served on the way."""
        env = self.env
        t_ns = env.now_ns + cost_ns
        if t_ns < env.free_until_ns:
            env.now_ns = t_ns
            return t_ns
        return self.charge_slowly(t_ns)

    def charge_slowly(self, end_ns: int) -> int:
        """`charge` up to a moment, when something may be due before it."""
        env = self.env
        if self._is_pending:
            self._serve_pending()
        while env.now_ns < end_ns:
            self._pass(end_ns)
            self._serve_pending()
        return env.now_ns

    def charge_masked(self, cost_ns: int) -> int:
        """As `charge`, with interrupts off: they are served afterwards (flash operations)."""
        was_masked, self._is_masked = self._is_masked, True
        try:
            return self.charge(cost_ns)
        finally:
            self._is_masked = was_masked
            self._mark_pending()

    def wait(self, until_ns: int) -> bool:
        """Sleep until a moment (ns); True if an interrupt or a received byte ended it early."""
        if self._is_pending:
            if self._serve_pending():
                return True
        elif until_ns < self._watchdog_ns and self._try_advance(until_ns):
            return False
        while self.env.now_ns < until_ns:
            self._pass(until_ns)
            if self._serve_pending():
                return True
        return False

    @property
    def quiet_until_ns(self) -> int:
        """Before this moment a charge only moves time: nothing is due or pending, no watchdog bites."""
        if self._is_pending:
            return _PENDING
        due_ns = self.env.next_due_ns
        return due_ns if due_ns < self._watchdog_ns else self._watchdog_ns

    def check(self) -> None:
        """Raise the exception that ends the device, if there is one."""
        if self.doom is not None:
            raise self.doom

    # ---- interrupts, called by peripherals

    def interrupt(self, source: IrqSource) -> None:
        """`source` has an event: its handler runs at the next charge, or now if the device waits."""
        if self.interrupts.add(source):
            self._wake()

    def signal(self) -> None:
        """A condition that a wait depends on has changed, e.g. a byte came in."""
        self._has_event = True
        self._wake()

    def schedule(self, handler: Callable[[Any], object], argument: Any) -> bool:
        """micropython.schedule: False when the queue is full."""
        if not self.interrupts.schedule(handler, argument):
            return False
        self._wake()
        return True

    def interrupt_keyboard(self) -> None:
        """Ctrl-C has come in: KeyboardInterrupt in the program."""
        self._keyboard_interrupt = True
        self._wake()

    def takes_interrupts(self) -> bool:
        """Neither masked nor hung nor off."""
        return not (self._is_masked or self.is_frozen or self.doom is not None)

    def mask(self, is_masked: bool) -> bool:
        """disable_irq / enable_irq: returns what it was."""
        was_masked, self._is_masked = self._is_masked, is_masked
        if not is_masked:
            self._mark_pending()
        return was_masked

    # ---- watchdog

    def start_watchdog(self, period_ns: int) -> None:
        self._watchdog_period_ns = period_ns
        self.feed()

    def feed(self) -> None:
        """The deadline moves to one period from now. Only once there is a watchdog."""
        self._watchdog_ns = self.env.now_ns + self._watchdog_period_ns
        self.env.free_until_ns = self.quiet_until_ns

    def feeder(self) -> Callable[[Any], None]:
        """`feed` with its cost, as a method for a class of the device: firmware calls it more often than all else."""
        env, queue, charge_slowly, call_ns = self.env, self.env.queue, self.charge_slowly, costs.CALL_NS

        def feed(_watchdog: Any) -> None:
            t_ns = env.now_ns + call_ns
            if t_ns >= env.free_until_ns:
                charge_slowly(t_ns)
                self.feed()
                return
            env.now_ns = t_ns
            self._watchdog_ns = t_ns = t_ns + self._watchdog_period_ns
            env.free_until_ns = queue[0][0] if queue and queue[0][0] < t_ns else t_ns

        return feed

    # ---- inside

    def _pass(self, until_ns: int) -> None:
        """Let time go to `until_ns`, or less when something is pending or the watchdog bites."""
        target_ns = until_ns if until_ns < self._watchdog_ns else self._watchdog_ns
        if not self._is_pending and not self._try_advance(target_ns) and not self._serves_itself():
            self._park(target_ns)
        if self.env.now_ns >= self._watchdog_ns and self.doom is None:
            self._on_watchdog()
            self.check()

    def _serves_itself(self) -> bool:
        """The next call due, an end of a burst or of a timer, runs here, without a switch to the hub and back.

        Other calls due at that moment run before a handler, because entering one takes time.
        """
        try:
            return self.env.try_device_call()
        except EmulatorError as error:
            raise self.fail(error) from None

    def _park(self, until_ns: int) -> None:
        """Give the thread to the hub until `until_ns` or until woken."""
        if until_ns < FOREVER_NS:
            self._wake_at_time = self.env.call_at(until_ns, self._resume)
        device = self._greenlet
        assert device is not None and device.parent is not None
        self._is_parked = True
        self.is_executing = False
        try:
            device.parent.switch()
        except GreenletExit:  # the interpreter collects a world that nobody closed
            self.doom = self.doom or HostStop("collected")
            self._mark_pending()
            raise
        finally:
            self._is_parked = False
            self._cancel_wakes()

    def _serve_pending(self) -> bool:
        """End a doomed device; else serve every pending interrupt. True if there was one, or an event."""
        while True:
            if self.doom is not None:
                raise self.doom
            # All is seen: charges are quick up to what comes next.
            self._is_pending = False
            env, until_ns = self.env, self._watchdog_ns
            queue = env.queue
            env.free_until_ns = queue[0][0] if queue and queue[0][0] < until_ns else until_ns
            if not self.is_frozen:
                break
            self._pass(FOREVER_NS)
        happened, self._has_event = self._has_event, False
        if self._is_masked:
            return happened
        interrupts = self.interrupts
        while interrupts.hard:
            happened = True
            self._serve_hard(interrupts.hard.popleft())
        if not self._is_in_soft:
            while interrupts.soft:
                happened = True
                self._serve_soft(*interrupts.soft.popleft())
        if self._keyboard_interrupt:
            self._keyboard_interrupt = False
            raise DeviceKeyboardInterrupt
        return happened

    def _serve_hard(self, source: IrqSource) -> None:
        source.is_pending = False
        handler = source.handler
        if handler is None:
            return
        self._is_masked = True
        try:
            self.charge(costs.IRQ_ENTRY_NS)
            handler(source.argument)
        except BaseException as error:
            if isinstance(error, (Unwind, GreenletExit, KeyboardInterrupt)):
                raise
            source.handler = None  # the port disables a hard handler that raised
            self._on_handler_error(source, error)
        finally:
            self._is_masked = False

    def _serve_soft(self, handler: Callable[[Any], object], argument: Any) -> None:
        self._is_in_soft = True
        try:
            self.charge(costs.IRQ_ENTRY_NS)
            handler(argument)
        except BaseException as error:
            if isinstance(error, (Unwind, GreenletExit, KeyboardInterrupt)):
                raise
            self._on_handler_error(None, error)
        finally:
            self._is_in_soft = False

    def _wake(self) -> None:
        """Mark work as pending; a device that waits resumes as soon as the running event is done."""
        self._mark_pending()
        if self._is_parked and (self._wake_early is None or self._wake_early.action is None):
            self._wake_early = self.env.call_at(self.env.now_ns, self._resume)

    def _mark_pending(self) -> None:
        self._is_pending = True
        self.env.free_until_ns = _PENDING

    def _cancel_wakes(self) -> None:
        for call in (self._wake_at_time, self._wake_early):
            if call is not None:
                call.cancel()
        self._wake_at_time = self._wake_early = None

    # ---- hub side

    def _begin(self) -> None:
        self._greenlet = greenlet(self._run)
        self._guard.watch(self)
        self._switch()

    def _resume(self) -> None:
        if self._is_parked:
            self._switch()

    def _switch(self, doom: Unwind | None = None) -> None:
        device = self._greenlet
        assert device is not None
        device.parent = getcurrent()
        self.is_executing = True
        self.env.free_until_ns = _PENDING  # events have happened, or another device has run meanwhile
        try:
            if doom is None:
                device.switch()
            else:
                device.throw(doom)
        finally:
            self.is_executing = False
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def _run(self) -> None:
        try:
            self._program()
            self.is_idle = True
            while True:
                try:
                    self._prompt.serve()
                except DeviceKeyboardInterrupt:
                    self._prompt.interrupted()
        except Unwind as unwind:
            self.doom = self.doom or unwind
        except EmulatorError as error:
            self._failure = error
            self.doom = HostStop(str(error))
        except GreenletExit:
            pass
