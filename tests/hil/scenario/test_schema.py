"""The JSON Schema of the scenario language: it is the published one, takes the whole library and no nonsense."""

from __future__ import annotations

import tomllib
from pathlib import Path

import jsonschema
import pytest

from hil.scenario import schema
from hil.scenario.reader import KEYS, library_files
from hil.scenario.starter import starter

PUBLISHED = Path(__file__).resolve().parents[3] / "docs" / "scenario.schema.json"
VALIDATOR = jsonschema.Draft202012Validator(schema.schema())


def complaints(text: str) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(tomllib.loads(text))]


def test_the_published_schema_is_the_one_that_the_reader_gives():
    assert PUBLISHED.read_text(encoding="utf-8") == schema.text(), "run: pumpbench schema docs/scenario.schema.json"


def test_the_schema_is_one_and_has_every_table_of_the_reader():
    jsonschema.Draft202012Validator.check_schema(schema.schema())
    assert tuple(schema.schema()["properties"]) == KEYS


def test_every_scenario_of_the_library_is_valid():
    assert {
        name: found for name, file in library_files().items() if (found := complaints(file.read_text(encoding="utf-8")))
    } == {}


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        pytest.param('duration = "2 h"', "duration = 2", id="a time without its unit"),
        pytest.param('do = "clinician_bolus"', 'do = "clinicians_bolus"', id="a verb that is none"),
        pytest.param('inject = "catheter.kink"', 'inject = "catheter.knot"', id="a fault that is none"),
        pytest.param("k = 1000", 'fraction = "5 %"', id="a parameter of another fault"),
        pytest.param('truth = "trapped"', 'truth = "dose"', id="a truth that nobody knows"),
        pytest.param("never =", "nevr =", id="a kind of expectation that is none"),
        pytest.param('fill = "15 mL"', 'filling = "15 mL"', id="an unknown key"),
    ],
)
def test_a_mistake_is_found(line, instead):
    text = starter("x.toml", "x")
    assert complaints(text) == [] and line in text
    assert complaints(text.replace(line, instead))
