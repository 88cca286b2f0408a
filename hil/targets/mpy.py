"""Target `mpy`: the firmware in the real MicroPython, a process in lockstep with the same world as `sim`."""

from __future__ import annotations

import json
from functools import cache

from emulator.bench.config import BenchConfig
from emulator.env import WorldEnvironment
from emulator.mcu import Flash, FlashImage
from emulator.mcu.gpio import Wiring
from emulator.mpy import Heap, MpyMcu, interpreter_version
from emulator.nets import Nets
from emulator.world import REPOSITORY, World
from hil.board.files import compiled_files, with_manifest
from hil.scenario.model import Scenario
from hil.targets.firmware_source import edits_on_device
from hil.targets.sim import SimTarget, bench_of
from hil.targets.sim_serial import translated
from hil.words.bench import pump_settings


class MpyTarget(SimTarget):
    """As `SimTarget`, with MicroPython in place of CPython and its shims.

    `files` come on top of the firmware of this repository. `is_compiled`: it is what `pumpbench flash` puts on a
    board, whose heap has no room for the sources; else the sources. Raises
    `BenchBroken` when there is no interpreter. A crash or a hang of it is `BenchBroken` too, with its output.
    """

    name = "mpy"
    mcu: MpyMcu

    @classmethod
    def of_scenario(
        cls,
        scenario: Scenario,
        nets: tuple[str, ...] = (),
        files: dict[str, bytes] | None = None,
        *,
        is_compiled: bool = True,
    ) -> MpyTarget:
        settings = pump_settings(scenario.bench)
        extra = {"/config.json": json.dumps(settings).encode()} if settings else {}
        extra.update(files or {})
        if is_compiled:
            image = FlashImage.build(
                with_manifest(compiled_files(architecture=None, instead={**edits_on_device(), **extra}))
            )
        else:
            image = FlashImage.from_tree(REPOSITORY, extra)
        flash = Flash(image=image)
        with translated():
            return cls(mpy_world(flash, scenario.seed, bench_of(scenario)), nets)

    @classmethod
    def as_delivered(cls, seed: int = 0) -> MpyTarget:
        with translated():
            return cls(
                mpy_world(
                    Flash(
                        image=FlashImage.build(
                            with_manifest(compiled_files(architecture=None, instead=edits_on_device()))
                        )
                    ),
                    seed,
                )
            )

    def __init__(self, world: World, nets: tuple[str, ...] = ()) -> None:
        super().__init__(world, nets)
        assert isinstance(world.mcu, MpyMcu)
        self.mcu = world.mcu

    def heap(self) -> Heap | None:
        """What the firmware holds of its heap, after a collection; None while no firmware runs."""
        with translated():
            return self.mcu.heap()

    def versions(self) -> dict[str, str]:
        return {**super().versions(), "micropython": _version()}


def mpy_world(flash: Flash, seed: int, bench: BenchConfig | None = None) -> World:
    """The bench, or the reference bench, around a processor that is the real interpreter."""

    def make(env: WorldEnvironment, nets: Nets, wiring: Wiring, chip_flash: Flash) -> MpyMcu:
        return MpyMcu(env, nets, wiring, chip_flash, seed=seed, name="pump")

    return World(bench, seed=seed, flash=flash, make_mcu=make)


def require_interpreter() -> None:
    """`BenchBroken` when there is none that runs."""
    with translated():
        interpreter_version()


@cache
def _version() -> str:
    return interpreter_version()
