"""What a run leaves for other programs: waves that a VCD reader opens, with markers, and tables of the series."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import pytest
from vcd.reader import TokenKind, tokenize

from hil.errors import BenchBroken
from hil.report.series_files import write_csv, write_parquet
from hil.report.vcd_file import write_vcd
from hil.run.execution import run_scenario
from hil.run.runner import Options
from hil.scenario.reader import read_text
from hil.words.bench import net_names

STALL = """\
name = "stall"
duration = "12 min"
[therapy]
drug = { name = "baclofen", concentration = "500 ug/mL" }
fill = "18 mL"
basal = "60 uL/h"
[[step]]
at = "5 min"
inject = "motor.stall"
duration = "2 min"
[[expect]]
alarm = "MOTOR_STALL"
"""


@pytest.fixture(scope="module")
def run():
    (scenario,) = read_text(STALL, "stall.toml")
    result, record = run_scenario(scenario, "sim", Options(), net_names())
    assert record is not None and result.verdict == "pass", result.message
    return result, record


class Waves:
    """A VCD file as pyvcd's reader sees it."""

    def __init__(self, file: Path) -> None:
        self.names: dict[str, str] = {}
        self.changes: dict[str, list[tuple[int, str]]] = {}
        self.timescale = ""
        t_ns = 0
        scope: list[str] = []
        with file.open("rb") as stream:
            for token in tokenize(stream):
                if token.kind is TokenKind.SCOPE:
                    scope.append(token.scope.ident)
                elif token.kind is TokenKind.UPSCOPE:
                    scope.pop()
                elif token.kind is TokenKind.TIMESCALE:
                    self.timescale = f"{token.timescale.magnitude} {token.timescale.unit.value}"
                elif token.kind is TokenKind.VAR:
                    self.names[token.var.id_code] = ".".join([*scope, token.var.reference])
                elif token.kind is TokenKind.CHANGE_TIME:
                    t_ns = token.time_change
                elif token.kind is TokenKind.CHANGE_SCALAR:
                    self._add(token.scalar_change.id_code, t_ns, token.scalar_change.value)
                elif token.kind is TokenKind.CHANGE_STRING:
                    self._add(token.string_change.id_code, t_ns, token.string_change.value)

    def _add(self, code: str, t_ns: int, value: str) -> None:
        self.changes.setdefault(self.names[code], []).append((t_ns, value))


def test_a_reader_opens_the_waves_and_finds_every_net_with_its_edges(run, tmp_path):
    result, record = run
    write_vcd(result, record, tmp_path / "w.vcd")
    waves = Waves(tmp_path / "w.vcd")
    assert waves.timescale == "1 ns"
    assert {f"nets.{name}" for name in net_names()} <= set(waves.names.values())
    rises = [t_ns for t_ns, value in waves.changes["nets.STEP"] if value == "1" and t_ns > 0]
    recorded = [t_ns for t_ns, level in record.waves["STEP"] if level and t_ns > 0]
    assert rises == recorded and len(rises) > 16 * 15


def test_alarms_and_faults_are_markers_at_their_times(run, tmp_path):
    result, record = run
    write_vcd(result, record, tmp_path / "w.vcd")
    waves = Waves(tmp_path / "w.vcd")
    faults = [change for change in waves.changes["marks.fault"] if change[1]]
    assert faults == [(300 * 10**9, "motor.stall_on"), (420 * 10**9, "motor.stall_off")]
    alarms = [change for change in waves.changes["marks.alarm"] if change[1]]
    raised_ns = next(seen.t_ns for seen in record.alarms if seen.name == "MOTOR_STALL")
    assert (raised_ns, "MOTOR_STALL_RAISED") in alarms


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_tables_hold_what_the_run_had(run, tmp_path):
    result, record = run
    names = {file.stem for file in write_csv(result, record, tmp_path)}
    assert names == {"truth", "status", "programmed", "programmed_rate", "alarms", "log"}
    truth = rows(tmp_path / "truth.csv")
    assert len(truth) == len(record.truth.t_ns)
    assert float(truth[-1]["delivered_nl"]) == record.truth.delivered_nl[-1]
    assert rows(tmp_path / "alarms.csv")[0]["name"] == "MOTOR_STALL"
    assert float(rows(tmp_path / "programmed.csv")[-1]["programmed_nl"]) == result.programmed_nl
    assert {row["mode"] for row in rows(tmp_path / "status.csv")} >= {"RUNNING"}


def test_parquet_has_the_same_columns(run, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra `parquet` is not installed")
    result, record = run
    write_parquet(result, record, tmp_path)
    table = parquet.read_table(tmp_path / "truth.parquet")
    assert table.num_rows == len(record.truth.t_ns)
    assert table.column("delivered_nl").to_pylist() == list(record.truth.delivered_nl)


def test_without_pyarrow_the_way_out_is_told(run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    result, record = run
    with pytest.raises(BenchBroken, match="pumpbench\\[parquet\\]"):
        write_parquet(result, record, tmp_path)


def test_the_patient_model_is_part_of_the_result(run):
    result, record = run
    assert result.patient is not None
    missed_nl = result.programmed_nl - record.truth.in_csf_nl[-1] + record.truth.in_csf_nl[0]
    assert result.patient.missed_nl == pytest.approx(missed_nl, abs=310)
    assert 4_000 < result.patient.missed_nl < 7_000
    assert result.patient.missed_ug == pytest.approx(result.patient.missed_nl * 500e-6)
    assert result.patient.hours_below == result.patient.hours_above == 0.0
