"""The package as users get it: wheel and source archive, in clean environments outside the checkout."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
LOWEST = (3, 11)
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800)]


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, env=_ENVIRONMENT, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout[-2_000:]}\n{done.stderr[-4_000:]}"
    return done.stdout


def version_of(python: Path) -> tuple[int, int] | None:
    """None when it does not start, as the shim of a version that is not chosen."""
    try:
        words = subprocess.run([python, "--version"], capture_output=True, text=True, timeout=60)
    except OSError:
        return None
    found = re.match(r"Python (\d+)\.(\d+)", words.stdout)
    return (int(found[1]), int(found[2])) if found and words.returncode == 0 else None


def interpreters() -> dict[tuple[int, int], Path]:
    """By version: on the PATH, and those that pyenv has installed."""
    names = [f"python3.{minor}" for minor in range(LOWEST[1], 20)]
    paths = [Path(path) for name in names if (path := shutil.which(name))]
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    paths += sorted(pyenv.glob("versions/3.*/bin/python"))
    found = {version: path for path in paths if (version := version_of(path)) is not None and version >= LOWEST}
    return {sys.version_info[:2]: Path(sys.executable)} | found


@pytest.fixture(scope="module")
def distributions(tmp_path_factory) -> dict[str, Path]:
    """`wheel` and `sdist`, built as the package's own build backend builds them."""
    folder = tmp_path_factory.mktemp("dist")
    environment = folder / "builder"
    run(sys.executable, "-m", "venv", environment, cwd=folder)
    run(environment / "bin/pip", "install", "-q", "build", cwd=folder)
    # A copy: a build leaves files behind, and the checkout's own leftovers must not come in.
    source = folder / "source"
    names = run("git", "ls-files", cwd=REPOSITORY).splitlines()
    for name in names:
        if (REPOSITORY / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, source / name)
    run(environment / "bin/python", "-m", "build", "--outdir", folder / "out", source, cwd=folder)
    (wheel,), (sdist,) = (folder / "out").glob("*.whl"), (folder / "out").glob("*.tar.gz")
    return {"wheel": wheel, "sdist": sdist}


def installed(python: Path, package: Path, folder: Path, *options: str | Path) -> Path:
    """The folder of programs of a new environment with the package in it."""
    run(python, "-m", "venv", folder / "environment", cwd=folder)
    programs = folder / "environment/bin"
    run(programs / "python", "-m", "pip", "install", "-q", *options, package, cwd=folder)
    return programs


@pytest.mark.parametrize(
    ("kind", "which"), [("wheel", "lowest"), ("wheel", "newest"), ("sdist", "newest")], ids=lambda value: value
)
def test_an_installed_package_runs_the_demo_outside_the_checkout(distributions, kind, which, tmp_path):
    found = interpreters()
    version = min(found) if which == "lowest" else max(found)
    # The lowest as the jobs in docs/ci install it, the newest with whatever is newest.
    options = ("-c", REPOSITORY / "docs/ci/constraints.txt") if which == "lowest" else ()
    programs = installed(found[version], distributions[kind], tmp_path, *options)
    run(programs / "pumpbench", "run", "demo_week", "--json", "week.json", "--report", "week", cwd=tmp_path)
    (week,) = json.loads((tmp_path / "week.json").read_text())
    assert week["verdict"] == "pass"
    assert (tmp_path / "week/report.html").stat().st_size > 100_000
    assert "demo_week" in run(programs / "pumpbench", "scenarios", cwd=tmp_path)
