"""From a TOML file to scenarios: one, or several when the file has a sweep or a Monte Carlo table."""

from __future__ import annotations

import codecs
import re
import tomllib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from hil.errors import ScenarioError
from hil.scenario.expectations import ExpectationReader
from hil.scenario.model import Expectation, Inject, Scenario, Step, Therapy
from hil.scenario.series import expand
from hil.scenario.steps import StepReader
from hil.scenario.table import Source, Table, shown
from hil.scenario.therapy import read_therapy
from hil.words import quantity
from hil.words.bench import TARGET_NAMES, bench_config, bench_fields, contradiction_on_bench, fault_catalogue
from hil.words.given_file import read_given
from hil.words.requirements import requirements

LIBRARY = Path(__file__).resolve().parent.parent / "scenarios"
DEFAULT_START = datetime(2026, 3, 2, 8, 0, 0)  # a Monday
LONGEST_NS = 20 * 366 * quantity.NS_PER_DAY

KEYS = (
    "name",
    "why",
    "requirements",
    "duration",
    "aftermath",
    "seed",
    "start_clock",
    "targets",
    "bench",
    "therapy",
    "step",
    "expect",
    "sweep",
    "monte_carlo",
)
_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "UTF-8"), (codecs.BOM_UTF16_LE, "UTF-16"), (codecs.BOM_UTF16_BE, "UTF-16"))
_TWICE = "Cannot overwrite a value"  # tomllib's words, which name no key
_SYNTAX_PLACE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")


@cache
def library_files() -> dict[str, Path]:
    """The library by bare name, in the order of group and name. Groups are the folders. Looked at once: each name
    on a command line asks for it.
    """
    return {path.stem: path for path in sorted(LIBRARY.glob("*/*.toml"))}


def library_names() -> list[str]:
    return list(library_files())


def library_groups() -> list[str]:
    """What the scenarios of the library are grouped by: stall, catheter, ..."""
    return sorted({path.parent.name for path in library_files().values()})


def find(name_or_file: str) -> Path:
    """The file of a scenario given by path, or by its name in the library with or without its group."""
    path = Path(name_or_file)
    if path.is_file():
        return path
    if path.suffix != ".toml":
        in_library = library_files().get(path.name)
        if in_library is not None and path.parent.name in ("", in_library.parent.name) and len(path.parts) <= 2:
            return in_library
    names = [*library_names(), *library_groups()]
    allowed = "a scenario file, or one of the library (pumpbench scenarios lists it)"
    nearest = quantity.nearest_word(path.stem, names)
    found = "is a directory" if path.is_dir() else "no such scenario file"
    raise ScenarioError(name_or_file, 0, "", found, allowed, nearest)


def find_all(word: str) -> list[str]:
    """What a word of the command line stands for: a file, a name, a group of the library, or a folder of
    scenario files. Raises `ScenarioError` for anything else.
    """
    path = Path(word)
    if path.is_dir():
        inside = sorted(str(file) for file in path.rglob("*.toml"))
        if inside:
            return inside
    if not path.is_file() and word in library_groups():
        return [name for name, file in library_files().items() if file.parent.name == word]
    find(word)
    return [word]


def read_file(name_or_file: str | Path, seed: int | None = None) -> list[Scenario]:
    """All scenarios of a file, in order. `seed` replaces the one in the file.

    Raises `ScenarioError` with file, line and field for whatever is wrong with it.
    """
    path = find(str(name_or_file))
    return read_text(decoded(path), _short_name(path), seed)


def decoded(path: Path) -> str:
    """The text of a TOML file, which is UTF-8. Raises `ScenarioError` that names the encoding it seems to have."""
    data = read_given(path)
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            raise ScenarioError(str(path), 1, "", f"found a byte order mark of {encoding}", "UTF-8 without one")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{data[error.start]:02X} is not UTF-8"
        raise ScenarioError(str(path), line, "", found, "a file saved as UTF-8") from None


def _short_name(path: Path) -> str:
    """Of the library by group and name, the same wherever it is installed; else relative to where the command was
    given, when it lies below: that is how people look for it.
    """
    if path.suffix == ".toml" and path.resolve().parent.parent == LIBRARY:
        return f"{path.parent.name}/{path.stem}"
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def read_text(text: str, file: str, seed: int | None = None) -> list[Scenario]:
    """Like `read_file`, from text; `file` is only the name that errors carry."""
    raw = parsed(text, file)
    source = Source(file, text)
    scenario = read_table(source, raw, seed)
    if not {"sweep", "monte_carlo"} & set(raw):
        return [scenario]
    return [
        read_table(source.with_moved(run.moved), run.table, run.seed, run.label)
        for run in expand(source, raw, scenario.seed)
    ]


def parsed(text: str, file: str) -> dict[str, Any]:
    """The tables of a TOML text. Raises `ScenarioError` with the line for what is no TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(error, text, file) from None


def _syntax_error(error: tomllib.TOMLDecodeError, text: str, file: str) -> ScenarioError:
    message = str(error)
    match = _SYNTAX_PLACE.search(message)
    line = int(match.group(1)) if match and match.group(1) else text.count("\n") + 1
    what = _SYNTAX_PLACE.sub("", message)
    if what == _TWICE:
        key = text.splitlines()[line - 1].partition("=")[0].strip()
        what = f"{key} stands here for the second time"
    return ScenarioError(file, line, "", f"not TOML: {what}")


def read_table(source: Source, raw: dict[str, Any], seed: int | None, variant: str = "") -> Scenario:
    """One scenario from the table that the parser gave."""
    table = Table(source, (), raw, KEYS)
    duration_ns = table.time_ns("duration", low=quantity.NS_PER_S, high=LONGEST_NS)
    start_clock = table.date_time("start_clock", DEFAULT_START)
    if not 2020 <= start_clock.year <= 2053:
        table.fail("start_clock", "a date from 2020 to 2053, which is what the pump can count")
    steps = StepReader(source, duration_ns, start_clock)
    file_seed = table.whole("seed", default=0)
    all_steps = _steps(table, steps)
    end_ns = _end_ns(table, duration_ns, all_steps)
    expectations = ExpectationReader(source, end_ns, steps.start_of_day_ns, all_steps)
    bench = _bench(source, raw.get("bench", {}))
    therapy = read_therapy(source, raw["therapy"]) if "therapy" in raw else Therapy()
    _check_fill(source, bench, therapy)
    return Scenario(
        name=table.text("name"),
        file=source.file,
        why=table.text("why") if "why" in table else "",
        requirements=_requirements(table),
        duration_ns=end_ns,
        seed=file_seed if seed is None else seed,
        start_clock=start_clock,
        targets=_targets(table, all_steps),
        bench=bench,
        therapy=therapy,
        steps=all_steps,
        expectations=_expectations(table, expectations),
        variant=variant,
        looks_ns=None if end_ns == duration_ns else duration_ns,
    )


def _end_ns(table: Table, duration_ns: int, steps: tuple[Step, ...]) -> int:
    """The end of the run: that of the duration, or with `aftermath` so long after the last step that has a time."""
    if "aftermath" not in table:
        return duration_ns
    last_ns = max(
        (step.at_ns + step.every_ns * (step.count - 1) for step in steps if step.at_ns is not None), default=0
    )
    return min(duration_ns, last_ns + table.time_ns("aftermath", low=quantity.NS_PER_S))


def _requirements(table: Table) -> tuple[str, ...]:
    if table.raw.get("requirements") == []:
        return ()
    return table.words("requirements", tuple(requirements()))


def _targets(table: Table, steps: tuple[Step, ...]) -> tuple[str, ...]:
    """Those that the file names, or all on which its faults can be."""
    able = TARGET_NAMES
    for step in steps:
        if isinstance(step.action, Inject):
            there = fault_catalogue()[step.action.fault].targets
            able = tuple(target for target in able if target in there)
    named = table.words("targets", TARGET_NAMES, able)
    for target in named:
        if target not in able:
            raise table.source.error(("targets",), f"{target}, where a fault of this file cannot be", ", ".join(able))
    return named


def _bench(source: Source, raw: object) -> dict[str, Any]:
    fields = bench_fields()
    table = Table(source, ("bench",), raw, fields)
    values: dict[str, Any] = {}
    for key in table.raw:
        field = fields[key]
        amount = field.from_canonical(table.quantity(key, field.kind))
        if (field.low is not None and amount < field.low) or (field.high is not None and amount > field.high):
            table.fail(key, field.range_text)
        values[key] = amount
        try:
            bench_config(values)
        except ValueError as error:
            table.fail(key, f"what a bench can be ({error})")
    wrong = contradiction_on_bench(values)
    if wrong is not None:
        table.fail(*wrong)
    return values


def _check_fill(source: Source, bench: dict[str, Any], therapy: Therapy) -> None:
    if therapy.fill_nl is None:
        return
    try:
        bench_config({**bench, "fill": float(therapy.fill_nl)})
    except ValueError as error:
        raise source.error(("therapy", "fill"), str(error), "at most the capacity of the reservoir") from None


def _tables(table: Table, key: str) -> list[Any]:
    value = table.raw.get(key, [])
    if not isinstance(value, list):
        raise table.source.error((key,), shown(value), f"tables that start with [[{key}]]")
    return value


def _steps(table: Table, reader: StepReader) -> tuple[Step, ...]:
    return tuple(reader.read(index, raw) for index, raw in enumerate(_tables(table, "step")))


def _expectations(table: Table, reader: ExpectationReader) -> tuple[Expectation, ...]:
    return tuple(reader.read(index, raw) for index, raw in enumerate(_tables(table, "expect")))
