"""`--target labgrid:PLACE`: acquired, run, released, whatever happens; labgrid's programs are stand-ins here.

The slow test has labgrid itself, in an environment of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import venv
from contextlib import closing
from pathlib import Path

import pytest

from hil.board.raw_repl import RawRepl
from hil.errors import BenchBroken, LinkTimeout
from hil.ports.open_line import open_line
from hil.pump.client import Client
from hil.pump.exchange import WallClock
from hil.targets import labgrid_place
from hil.targets.labgrid_place import borrowed
from tests.hil.commands.test_emulate import emulated
from tests.hil.served_pump import pumpbench

REPOSITORY = Path(__file__).resolve().parents[3]
RIG = {"bench": "pump", "rig": "yes"}
STORY = """
name = "Half a minute at 600 uL/h"
requirements = ["THR-04"]
duration = "30 s"
start_clock = "2026-03-02 08:00:00"
[therapy]
fill = "15 mL"
basal = "600 uL/h"
[[expect]]
mode = "RUNNING"
at = "20 s"
"""
MEASURED = """
[[expect]]
truth = "delivered"
equals_programme_within = "50 %"
"""


def place(name, acquired="", **tags):
    return {"name": name, "acquired": acquired, "tags": tags}


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """Stand-ins of both programs: what they are asked is in `calls`, `places` and `bench` is what they answer."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = f"""#!{sys.executable}
import sys
from pathlib import Path
here = Path({str(tmp_path)!r})
words = sys.argv[1:]
with (here / "calls").open("a") as calls:
    calls.write(" ".join(words) + "\\n")
if words[0] in ("places", "bench"):
    print((here / words[0]).read_text())
elif (here / "refuses").exists() and words[-1] == (here / "refuses").read_text():
    sys.exit("labgrid-client: Error: no")
"""
    for name in ("labgrid-client", "pumpbench-labgrid"):
        (folder / name).write_text(script)
        (folder / name).chmod(0o755)
    monkeypatch.setenv(labgrid_place.FOLDER_VARIABLE, str(folder))
    (tmp_path / "bench").write_text(json.dumps({"pump": "socket://127.0.0.1:1", "rig": ""}))
    return tmp_path


def has(lab, *places):
    (lab / "places").write_text(json.dumps(places))


def client_calls(lab):
    return [line for line in (lab / "calls").read_text().splitlines() if line.startswith("-p")]


def test_a_place_is_acquired_used_and_released(lab):
    has(lab, place("here", **RIG))
    (lab / "bench").write_text(json.dumps({"pump": "rfc2217://h:1", "rig": "rfc2217://h:2"}))
    with borrowed("here") as lent:
        assert lent.target == "serial:rfc2217://h:1+rig:rfc2217://h:2"
        assert client_calls(lab) == ["-p here acquire"]
    assert client_calls(lab) == ["-p here acquire", "-p here release"]


@pytest.mark.parametrize("error", [BenchBroken("x"), KeyboardInterrupt(), SystemExit(143)], ids=lambda e: repr(e))
def test_it_is_released_after_a_failure_and_after_ctrl_c(lab, error):
    has(lab, place("here", **RIG))
    with pytest.raises(type(error)), borrowed("here"):
        raise error
    assert client_calls(lab)[-1] == "-p here release"


def test_a_place_that_labgrid_refuses_is_not_released(lab):
    has(lab, place("here", **RIG))
    (lab / "refuses").write_text("acquire")
    with pytest.raises(BenchBroken, match="labgrid: -p here acquire: labgrid-client: Error: no"), borrowed("here"):
        pass
    assert client_calls(lab) == ["-p here acquire"]


def test_a_place_that_somebody_has_names_free_ones_that_can_the_same(lab):
    has(lab, place("here", "lab/ann", **RIG), place("bare", bench="pump"), place("other", **RIG))
    with pytest.raises(BenchBroken, match="lab/ann has it; free places that can do the same: other$"), borrowed("here"):
        pass


def test_a_place_that_is_not_there_and_a_labgrid_that_is_not_there_say_so(lab, monkeypatch):
    has(lab, place("here"))
    with pytest.raises(BenchBroken, match="no such place; there are: here"), borrowed("their"):
        pass
    monkeypatch.setenv(labgrid_place.FOLDER_VARIABLE, str(lab))
    with pytest.raises(BenchBroken, match="labgrid-client is not in .*install ./hil/labgrid"), borrowed("here"):
        pass


def test_what_is_blocked_for_want_of_a_rig_names_a_free_place_that_has_one(lab, monkeypatch, capsys):
    has(lab, place("here", bench="pump"), place("other", **RIG), place("third", "lab/ann", **RIG))
    (lab / "story.toml").write_text(STORY + MEASURED)
    code, out, error = pumpbench(monkeypatch, capsys, "run", str(lab / "story.toml"), "--target", "labgrid:here")
    assert code == 5
    assert "free places that could: other" in " ".join((out + error).split())
    assert client_calls(lab) == ["-p here acquire", "-p here release"]


@pytest.fixture(scope="module")
def labgrid(tmp_path_factory):
    """The programs of labgrid's own environment, and the folder of sources that was installed into it."""
    home = tmp_path_factory.mktemp("labgrid")
    venv.create(home / "venv", with_pip=True)
    programs, source = home / "venv" / "bin", home / "source"
    shutil.copytree(REPOSITORY / "hil" / "labgrid", source)
    install = [str(programs / "python"), "-m", "pip", "install", "--quiet", str(source)]
    done = subprocess.run(install, capture_output=True, text=True, timeout=400)
    if done.returncode:
        pytest.skip(f"labgrid cannot be installed here: {done.stderr.strip()[-200:]}")
    return programs, source


ENVIRONMENT = """
targets:
  main:
    resources:
      PumpBenchControl: {{host: 127.0.0.1, url: {url}}}
    drivers:
      PumpBenchDriver: {{command: {command}}}
      PumpStrategy: {{}}
imports: [pumpbench_labgrid]
"""
IN_LABGRID = """
import json, sys
from labgrid import Environment
from labgrid.driver import ExecutionError
from labgrid.strategy import StrategyError
target = Environment(sys.argv[1]).get_target("main")
bench, strategy = (target.get_driver(name, activate=False) for name in ("PumpBenchDriver", "PumpStrategy"))
target.activate(strategy)
target.activate(bench)
found = []
for line in sys.stdin:
    try:
        found.append(eval(line))
    except (ExecutionError, StrategyError) as error:
        found.append(f"{type(error).__name__}: {error}")
print(json.dumps(found, default=str))
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_driver_and_strategy_act_on_an_emulated_bench(labgrid, tmp_path):
    programs, _ = labgrid
    pump, command = str(tmp_path / "pump"), Path(sys.executable).parent / "pumpbench"
    (tmp_path / "env.yaml").write_text(ENVIRONMENT.format(url=pump, command=command))

    def in_labgrid(*lines):
        words = [str(programs / "python"), "-c", IN_LABGRID, str(tmp_path / "env.yaml")]
        done = subprocess.run(words, input="\n".join(lines), capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def boots():
        with closing(Client(open_line(pump))) as client:
            client.hello()
            return client.status().boots

    with emulated("--link", pump):
        assert in_labgrid("strategy.transition('off')", "strategy.status") == [None, "Status.off"]
        with pytest.raises(LinkTimeout):
            boots()
        in_labgrid("strategy.transition('maintenance')")
        with closing(open_line(pump)) as line, RawRepl(line, WallClock()) as repl:
            assert repl.run("print(6 * 7)").strip() == "42"
        in_labgrid("strategy.transition('running')", "__import__('time').sleep(5)")
        before = boots()
        number, truth, cleared, unknown, nowhere, nothing = in_labgrid(
            "bench.inject('motor.stall', duration='10 min')",
            "bench.truth()",
            "bench.clear()",
            "bench.inject('motor.stal')",
            "strategy.transition('flying')",
            "strategy.transition('unknown')",
        )
        assert (number, cleared) == (1, None)
        assert truth["delivered_nl"] == 0
        assert unknown.startswith("ExecutionError: motor.stal: ") and "motor.stall" in unknown
        assert nowhere == "StrategyError: there is no state flying; there are off, maintenance, running"
        assert nothing.startswith("StrategyError: unknown is no state to go to")
        assert boots() == before
        in_labgrid(*["strategy.transition('running')"] * 2, "__import__('time').sleep(5)")
        assert boots() == before + 1  # the second one had nothing to do


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_labgrid_itself_lends_two_emulated_boards_and_has_them_back(labgrid, tmp_path):
    programs, source = labgrid
    coordinator = "127.0.0.1:20497"
    environment = {**os.environ, "LG_COORDINATOR": coordinator, labgrid_place.FOLDER_VARIABLE: str(programs)}

    def client(*words):
        return subprocess.run(
            [str(programs / "labgrid-client"), "-p", "one", *words], env=environment, capture_output=True, text=True
        )

    with emulated("--rig", "--tcp", "0", "--rig-tcp", "0") as (_process, urls):
        pump, rig = (int(url.rpartition(":")[2]) for url in (urls[0], urls[2]))
        shipped = (source / "exporter.yaml").read_text()
        assert "port: 7000\n" in shipped and "port: 7002\n" in shipped
        (tmp_path / "exporter.yaml").write_text(
            shipped.replace("port: 7000\n", f"port: {pump}\n").replace("port: 7002\n", f"port: {rig}\n")
        )
        servers = [subprocess.Popen([str(programs / "labgrid-coordinator"), "-l", coordinator], cwd=tmp_path)]
        try:
            time.sleep(3)
            exporter = [str(programs / "labgrid-exporter"), "-c", coordinator, str(tmp_path / "exporter.yaml")]
            servers.append(subprocess.Popen(exporter))
            time.sleep(3)
            assert client("create").returncode == 0
            assert client("add-match", "*/bench1/*").returncode == 0
            (tmp_path / "story.toml").write_text(STORY + MEASURED)
            run = [sys.executable, "-m", "hil.cli", "run", str(tmp_path / "story.toml"), "--target", "labgrid:one"]
            done = subprocess.run(run, env=environment, cwd=REPOSITORY, capture_output=True, text=True, timeout=150)
            assert done.returncode == 0, done.stdout + done.stderr
            asked = subprocess.run(
                [str(programs / "pumpbench-labgrid"), "places"], env=environment, capture_output=True, text=True
            )
            assert [row["acquired"] for row in json.loads(asked.stdout)] == [""]
        finally:
            for server in reversed(servers):
                server.terminate()
                server.wait(20)
