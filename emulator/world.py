"""One pump in its world: processor, bench and plant on named nets, in one virtual time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.bench import Bench, BenchConfig, wiring
from emulator.bench.cable import Cable, Stranger
from emulator.env import WorldEnvironment
from emulator.mcu import Flash, FlashImage, Mcu
from emulator.mcu.gpio import Wiring
from emulator.nets import Nets
from emulator.plant import Plant, RefillSite
from emulator.trace import PlantSeries, Trace

REPOSITORY = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Truth:
    """The true state at one moment; volumes since the start. The firmware never sees any of it."""

    t_ns: int
    delivered_nl: float
    in_csf_nl: float
    leaked_nl: float
    reservoir_nl: float
    concentration_ug_per_ml: float
    line_pressure_kpa: float
    peak_pressure_kpa: float
    trapped_nl: float
    rotor_rev: float
    commanded_microsteps: int
    missed_nl: float
    supply_mv: float
    csf_ug: float
    hours_below: float
    hours_above: float


class World:
    """`files`: the device's files by path, or the repository whose firmware it runs (default: this one).
    `flash`: a chip that is there already; `files` is then not used. `env`: to share time with other worlds.
    `make_mcu(env, nets, wiring, flash)`: another processor than the emulated Pico, with the same face.

    The supply is connected but the power switch is off: call `power_on`.
    """

    def __init__(
        self,
        config: BenchConfig | None = None,
        files: Mapping[str, bytes] | Path | str | None = None,
        seed: int = 0,
        env: WorldEnvironment | None = None,
        flash: Flash | None = None,
        name: str = "pump",
        make_mcu: Callable[[WorldEnvironment, Nets, Wiring, Flash], Any] | None = None,
    ) -> None:
        self.config = config or BenchConfig()
        self.seed = seed
        self.env = env or WorldEnvironment()
        self.nets = Nets()
        self.plant = Plant(self.config.plant, seed)
        self.plant.advance(self.env.now)
        self.bench = Bench(self.env, self.nets, self.plant, self.config, seed)
        self.refill_site = RefillSite(self.plant)
        self.trace = Trace()
        self.series = PlantSeries(self.plant)
        self.flash = flash or Flash(image=_image(files))
        if make_mcu is None:
            self.mcu = Mcu(self.env, self.nets, wiring, self.flash, seed=seed, name=name)
        else:
            self.mcu: Mcu = make_mcu(self.env, self.nets, wiring, self.flash)
        self.mcu.i2c[0].attach(wiring.AS5600_ADDRESS, self.bench.rotor_sensor)
        self.mcu.i2c[0].attach(wiring.DS3231_ADDRESS, self.bench.clock)
        self.cable = Cable(self.env, self.mcu)
        # Makes somebody who speaks the protocol and has the wrong key; the emulator knows no protocol.
        self.stranger: Callable[[Cable], Stranger] | None = None
        self.power_losses = 0
        self._is_switched_on = False
        self._is_alive = False
        self._power_loss_listeners: list[Callable[[], None]] = []
        self.plant.set_powered(False, self.env.now)
        self.plant.supply.on_change(self._supply_changed)
        self.mcu.on_power(self._power_event)

    # -- power --------------------------------------------------------------------------------------

    def power_on(self) -> None:
        """Close the power switch; harmless when it is closed."""
        if not self._is_switched_on:
            self._is_switched_on = True
            self._supply_changed(self.plant.supply.mv)

    def power_off(self) -> None:
        """Open the power switch; harmless when it is open."""
        if self._is_switched_on:
            self._is_switched_on = False
            self._supply_changed(self.plant.supply.mv)

    def on_power_loss(self, listener: Callable[[], None]) -> None:
        """Call `listener()` whenever the device has lost its supply."""
        self._power_loss_listeners.append(listener)

    def _supply_changed(self, mv: float) -> None:
        was_alive = self._is_alive
        limits = self.config.plant
        threshold_mv = limits.power_off_below_mv if was_alive else limits.power_on_above_mv
        self._is_alive = self._is_switched_on and mv >= threshold_mv
        self.plant.set_powered(self._is_alive, self.env.now)
        if self._is_alive and not was_alive:
            self.mcu.power_on()
        elif was_alive and not self._is_alive:
            self.mcu.power_off()

    def _power_event(self, event: str, t_ns: int) -> None:
        self.trace.add(t_ns, "power", event)
        if event == "off":
            # Also when a planned cut in the flash took the power and the supply itself is there still.
            self._is_alive = False
            self.plant.set_powered(False, t_ns)
            self.power_losses += 1
            for listener in self._power_loss_listeners:
                listener()

    # -- truth --------------------------------------------------------------------------------------

    def truth(self) -> Truth:
        """The true state now."""
        plant = self.plant
        plant.advance(self.env.now)
        plant.patient.advance(self.env.now)
        nl_per_microstep = plant.config.volume_per_rev_nl / plant.config.microsteps_per_rev
        return Truth(
            t_ns=self.env.now,
            delivered_nl=plant.displaced_nl,
            in_csf_nl=plant.in_csf_nl + plant.injected_nl,
            leaked_nl=plant.leaked_nl,
            reservoir_nl=plant.reservoir.volume_nl,
            concentration_ug_per_ml=plant.reservoir.concentration_ug_per_ml,
            line_pressure_kpa=plant.line.pressure_kpa,
            peak_pressure_kpa=plant.line.peak_kpa,
            trapped_nl=plant.line.trapped_nl,
            rotor_rev=plant.motor.rotor_rev,
            commanded_microsteps=plant.motor.commanded,
            missed_nl=plant.motor.missed * nl_per_microstep,
            supply_mv=plant.supply.mv,
            csf_ug=plant.patient.amount_ug,
            hours_below=plant.patient.hours_below,
            hours_above=plant.patient.hours_above,
        )

    def delivered_between(self, begin_ns: int, end_ns: int) -> float:
        """Net nL through the head from begin_ns to end_ns, neither in the future.

        Exact to the burst; see PlantSeries for very long runs. Raises ValueError for the future.
        """
        return self._delivered_at(end_ns) - self._delivered_at(begin_ns)

    def _delivered_at(self, t_ns: int) -> float:
        if t_ns > self.env.now:
            raise ValueError(f"{t_ns} ns is in the future, it is {self.env.now} ns")
        self.plant.advance(self.env.now)
        return self.series.at(self.series.delivered_nl, self.plant.displaced_nl, t_ns)

    # -- people -------------------------------------------------------------------------------------

    def refill(
        self, fill_nl: float, concentration_ug_per_ml: float | None = None, withdraw_nl: float | None = None
    ) -> tuple[float, float]:
        """A person with a needle: withdraw (None: all), fill. Returns the nL really withdrawn and filled."""
        self.plant.advance(self.env.now)
        withdrawn_nl = self.refill_site.withdraw(withdraw_nl)
        filled_nl = self.refill_site.fill(fill_nl, concentration_ug_per_ml)
        self.plant.mark()
        self.trace.add(self.env.now, "refill", f"withdrawn {withdrawn_nl:.0f} nL filled {filled_nl:.0f} nL")
        return withdrawn_nl, filled_nl


def _image(files: Mapping[str, bytes] | Path | str | None) -> bytes:
    if isinstance(files, Mapping):
        return FlashImage.build(dict(files))
    return FlashImage.from_tree(REPOSITORY if files is None else files)
