"""`pumpbench ctl config` and `sensors` against a pump behind a real port."""

from __future__ import annotations

import json

import pytest

from hil.ports.pty_port import PtyPort
from tests.hil.served_pump import ServedPump, pumpbench


@pytest.fixture(scope="module")
def bench():
    with ServedPump(PtyPort) as served:
        yield served


@pytest.fixture
def ctl(bench, monkeypatch, capsys):
    return lambda *words: pumpbench(monkeypatch, capsys, "ctl", "--port", bench.url, *words)


def test_config_shows_the_figures_and_says_which_differ_from_a_file(ctl, tmp_path):
    assert json.loads(ctl("config", "--json")[1])["nl_per_rev"] == 60_000
    file = tmp_path / "bench.json"
    file.write_text('{"nl_per_rev": 59240, "refill_due_h": 72}')
    code, out, error = ctl("config", "--compare", str(file))
    assert (code, out.strip()) == (1, "nl_per_rev: pump 60000, file 59240")
    assert "1 figures differ" in error
    file.write_text('{"refill_due_h": 72}')
    assert ctl("config", "--compare", str(file))[0] == 0


def test_a_file_that_is_no_configuration_is_told_in_one_line(ctl, tmp_path):
    file = tmp_path / "bench.json"
    file.write_text('{"nl_per_revolution": 1}')
    code, _, error = ctl("config", "--compare", str(file))
    assert code == 2
    assert "nl_per_revolution is no key" in error


def test_sensors_are_shown_raw_and_scaled(ctl):
    rows = json.loads(ctl("sensors", "--json")[1])
    assert rows["supply"]["raw"] == pytest.approx(rows["supply"]["scaled"] / 2, abs=1)
    assert rows["line pressure"]["raw"] == pytest.approx(200 + rows["line pressure"]["scaled"] * 27 / 2000, abs=1)
    assert 0 <= rows["rotor angle"]["scaled"] < 360
