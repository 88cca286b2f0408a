"""The bench tables measured on the emulated pump, by plant and by balance, and as the command line writes them."""

from __future__ import annotations

import csv
from statistics import pstdev

import pytest
from typer.testing import CliRunner

from emulator.plant import PlantConfig
from emulator.plant.head import Rollers
from hil.cli import app
from hil.measure import accuracy, occlusion

MAXIMUM = 1_000_000


STABILISATION_S = 300


@pytest.fixture(scope="module")
def plant():
    return accuracy.from_plant(MAXIMUM, "sim", 3, STABILISATION_S)


def test_plant_and_balance_agree_on_the_flow(plant):
    assert abs(plant.flow.mean_error_percent) < 0.5
    seen = accuracy.weigh_emulated(MAXIMUM, 3, STABILISATION_S)
    balance = accuracy.from_weighings(seen, MAXIMUM, 0.9982, STABILISATION_S)
    assert balance.flow.mean_error_percent == pytest.approx(plant.flow.mean_error_percent, abs=0.1)
    assert balance.flow.trumpet[0].window_s == 1140  # 317 uL: shorter windows hold too little to weigh
    denser = accuracy.from_weighings(seen, MAXIMUM, 0.9982 / 1.02, STABILISATION_S)
    assert denser.flow.mean_error_percent - balance.flow.mean_error_percent == pytest.approx(2.0, abs=0.01)


def test_single_strokes_swing_with_the_rollers_and_a_turn_of_one_does_not(plant):
    rows = {row.strokes: row.cv_percent for row in plant.scatter}
    rollers = Rollers(PlantConfig())
    shares = [rollers.share_at((stroke + 1) / 200) - rollers.share_at(stroke / 200) for stroke in range(200)]
    assert rows[1] == pytest.approx(100 * 200 * pstdev(shares), rel=0.03)
    assert rows[67] < 0.5  # 200 strokes are a turn of three rollers


@pytest.mark.parametrize("rate_nl_per_h", [20_000, MAXIMUM], ids=["20 uL/h", "1 mL/h"])
def test_a_closed_line_is_told_within_few_strokes_and_gives_its_trapped_volume_back(rate_nl_per_h):
    row = occlusion.measure(rate_nl_per_h, "sim", 3)
    assert row.alarm_s is not None
    assert 4 <= row.strokes <= 8
    assert row.alarm_s <= (row.strokes + 1) * 300 * 3600 / rate_nl_per_h + 1
    assert row.bolus_nl == pytest.approx(row.stroked_nl, rel=0.05)
    assert 7 < row.alarm_kpa <= row.highest_kpa < 138


def test_the_commands_write_tables_pages_and_files(tmp_path):
    done = CliRunner().invoke(app, ["accuracy", "--rate", "500 uL/h", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "largest error of the mean flow" in done.output
    page = (tmp_path / "accuracy.html").read_text(encoding="utf-8")
    assert "Trumpet curve" in page and "Not a medical device" in page and "<script src" not in page
    rows = list(csv.DictReader((tmp_path / "trumpet.csv").open(encoding="utf-8")))
    assert [row["window_s"] for row in rows][:2] == ["60", "120"]
    done = CliRunner().invoke(app, ["occlusion", "--rate", "500 uL/h", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "Bolus after release" in (tmp_path / "occlusion.html").read_text(encoding="utf-8")
    (row,) = csv.DictReader((tmp_path / "occlusion.csv").open(encoding="utf-8"))
    assert float(row["alarm_s"]) < 60


def test_weighings_of_a_real_balance_are_read_from_their_file(tmp_path):
    file = tmp_path / "weighings.csv"
    rows = [f"{t_s},{180 - 0.9982 * t_s / 3600:.4f},1" for t_s in range(0, 7201, 30)]
    file.write_text("\n".join(["seconds,grams,is_stable", *rows]))
    done = CliRunner().invoke(app, ["accuracy", "--rate", "1 mL/h", "--weighings", str(file)])
    assert done.exit_code == 0, done.output
    table = accuracy.from_weighings(accuracy.read_weighings(file), MAXIMUM, 0.9982)
    assert table.flow.mean_error_percent == pytest.approx(0.0, abs=0.02)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["accuracy", "--rate", "2 mL/h"], "2 uL/h to 1 mL/h", id="a rate the pump does not have"),
        pytest.param(["accuracy", "--rate", "2 kg"], "--rate", id="no rate at all"),
        pytest.param(["accuracy", "--source", "scales"], "plant, balance", id="no such source"),
        pytest.param(["accuracy", "--weighings", "x.csv"], "one rate", id="one file for three rates"),
    ],
)
def test_bad_usage_is_refused(arguments, message):
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert message in done.output


def test_a_file_that_is_no_table_of_weighings_is_refused(tmp_path):
    file = tmp_path / "w.csv"
    file.write_text("seconds,grams\n1,heavy\n")
    with pytest.raises(accuracy.BadWeighings, match="not a table"):
        accuracy.read_weighings(file)
    with pytest.raises(accuracy.BadWeighings, match="too few"):
        accuracy.from_weighings([(0.0, 1.0)], MAXIMUM, 1.0)
