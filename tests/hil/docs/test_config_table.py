"""Every key of `flash --config` is in its page, as the firmware has it."""

from __future__ import annotations

from hil.board.config_keys import of_firmware
from hil.docs import config_table


def test_the_page_has_the_keys_of_the_firmware():
    text = config_table.PAGE.read_text(encoding="utf-8")
    assert config_table.rendered(text) == text, "run: python -m hil.docs.config_table"
    assert [key.name for key in of_firmware()] == list(config_table.TEXTS)


def test_drift_is_noticed():
    text = config_table.PAGE.read_text(encoding="utf-8")
    assert config_table.rendered(text.replace("| 3000 | 500000 |", "| 1 | 2 |")) == text
