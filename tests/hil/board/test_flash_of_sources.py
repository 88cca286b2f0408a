"""A board that boots sources only, as the emulated ones of target sim and mpy, is not flashed with compiled modules."""

from __future__ import annotations

import pytest

from hil.board.flasher import Flasher
from hil.errors import BenchBroken
from hil.ports.open_line import open_line
from hil.ports.tcp_port import TcpPort
from hil.pump.client import Client
from tests.hil.served_pump import ServedPump


def test_compiled_modules_are_refused_before_a_file_is_touched_and_the_pump_goes_on():
    pytest.importorskip("mpremote", reason="no mpremote: pip install 'pumpbench[chip]'")
    said: list[str] = []
    with ServedPump(lambda loop, take: TcpPort(loop, take, 0), speed="max") as served:
        with pytest.raises(BenchBroken, match="takes no compiled modules.*flash --source"):
            Flasher(served.url, open_line, said.append).flash({"/firmware/app.mpy": b"M\x06"})
        with Client(open_line(served.url), answer_timeout_s=10.0) as client:
            assert client.status().mode == "STANDBY"
    assert not [line for line in said if line.startswith(("removed", "copied"))]
