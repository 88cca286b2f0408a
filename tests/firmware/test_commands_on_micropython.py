"""The real interpreter says, byte for byte, what CPython says."""

from __future__ import annotations

import importlib

from protocols import ids
from tests.firmware.pump_on_a_wire import commands
from tests.protocols.test_vectors import REPOSITORY, micropython


def test_a_conversation_is_the_same_under_micropython(tmp_path, capsys):
    assert commands  # loads firmware/services, which conversation.py imports
    importlib.import_module("tests.firmware.conversation").run(str(tmp_path))
    here = capsys.readouterr().out
    script = str(REPOSITORY / "tests" / "firmware" / "conversation.py")
    assert micropython(script, str(tmp_path)) == here
    lines = here.splitlines()
    assert f"add ({ids.LOG_COMMAND}, {ids.MSG_START}, {ids.NOT_ALLOWED})" in lines
    assert f"add ({ids.LOG_COMMAND}, {ids.MSG_START}, {ids.OK + ids.CLINICIAN * ids.COMMAND_ROLE_STEP})" in lines
    assert len([line for line in lines if line.startswith("<")]) > 35
