"""Every verb of the table can be written, read, checked by an editor and done; so can one that is added."""

from __future__ import annotations

import tomllib
from datetime import datetime

import jsonschema
import pytest

from hil.errors import ScenarioError
from hil.run.live import LivePump
from hil.run.person import NO_ANSWER, OK, UNCERTAIN
from hil.scenario import schema, verbs
from hil.scenario.arguments import ARGUMENT_KINDS, Asked
from hil.scenario.model import Do
from hil.scenario.reader import read_text
from hil.scenario.steps import StepReader
from hil.scenario.table import Source, Table
from hil.scenario.verbs import VERBS
from hil.targets.factory import make_target
from hil.words import quantity, vocabulary

# What a person may write for an argument of each kind, as TOML, and what is not one.
SAMPLES: dict[str, tuple[str, str]] = {
    **{kind: (f'"{row.example}"', "true") for kind, row in quantity.KINDS.items()},
    "time": ('"20 min"', "20"),
    "text": ('"left hand"', "3"),
    "whole": ("3", "-1"),
    "date_time": ('"2026-03-02 09:00:00"', '"nine"'),
    "shift": ('"-1 h"', "1"),
    "alarm": ('"MOTOR_STALL"', '"MOTOR"'),
    "button": ('"patient"', '"patients"'),
    "port": ('"pocket"', '"pockets"'),
    "basal": ('"60 uL/h"', '"60"'),
    "drug": ('{ name = "baclofen", concentration = "500 ug/mL" }', "3"),
    "patient_bolus": ('{ volume = "10 uL", duration = "1 min", lockout = "30 min", per_day = 6 }', "3"),
    "dose_limit": ('{ volume = "2 mL", window = "24 h" }', "3"),
}
VALIDATOR = jsonschema.Draft202012Validator(schema.schema())
HEAD = 'name = "x"\nduration = "1 d"\n[therapy]\nfill = "18 mL"\nbasal = "60 uL/h"\n'


def arguments_of(verb: str) -> str:
    """All arguments that the verb takes, a line each."""
    arguments = VERBS[verb].arguments
    given = VERBS[verb].exactly_one[:1] or tuple(arguments)
    return "".join(f"{name} = {SAMPLES[arguments[name].kind][0]}\n" for name in given)


def read_step(text: str) -> Do:
    reader = StepReader(Source("step", text), 10**15, datetime(2026, 3, 2, 8))
    action = reader.read(0, tomllib.loads(text)).action
    assert isinstance(action, Do)
    return action


def answer_to(verb: str) -> str:
    """What a running pump answers when somebody does it."""
    (head,) = read_text(HEAD, "verbs")
    with make_target("sim", head) as target:
        return LivePump(target, head).do(verb, **tomllib.loads(arguments_of(verb)))


@pytest.fixture
def taps():
    """One verb more, as somebody would add it."""
    taps: list[tuple[int, str]] = []

    @verbs._verb(times="whole", note="text")
    def made_up_verb(hands: verbs.Hands, times: int, note: str = "") -> None:
        """Do nothing but remember it."""
        taps.append((times, note))

    yield taps
    del VERBS["made_up_verb"]


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_is_read_and_the_pump_or_the_bench_does_it(verb):
    assert answer_to(verb) in (OK, NO_ANSWER, UNCERTAIN, *vocabulary.REASONS)


@pytest.mark.parametrize("verb", VERBS)
def test_an_editor_knows_the_verb(verb):
    step = f'[[step]]\nat = "1 h"\ndo = "{verb}"\n{arguments_of(verb)}'
    VALIDATOR.validate(tomllib.loads(f"{HEAD}{step}[[expect]]\nnever = 'ANY'\n"))


@pytest.mark.parametrize("kind", ARGUMENT_KINDS)
def test_an_argument_of_each_kind_is_read_or_refused_with_its_field(kind):
    right, wrong = SAMPLES[kind]

    def read(value: str) -> object:
        text = f"thing = {value}"
        table = Table(Source("step.toml", text), (), tomllib.loads(text), ("thing",))
        return ARGUMENT_KINDS[kind].read(Asked(table, "thing", None, False))

    assert read(right) is not None
    with pytest.raises(ScenarioError, match=r"step\.toml:1.*thing"):
        read(wrong)


def test_a_verb_that_is_added_to_the_table_is_known_everywhere(taps):
    step = 'at = "1 h"\ndo = "made_up_verb"\ntimes = 3\nnote = "softly"'
    assert read_step(step) == Do("made_up_verb", {"times": 3, "note": "softly"})
    fields = next(
        step["properties"] for step in schema._steps() if step["properties"].get("do") == {"const": "made_up_verb"}
    )
    assert fields["times"] == {"type": "integer", "minimum": 0} and fields["note"] == {"type": "string"}
    with pytest.raises(ScenarioError, match="times"):
        read_step(step.replace("times = 3", 'times = "3"'))
    assert answer_to("made_up_verb") == OK
    assert taps == [(3, "left hand")]


@pytest.mark.parametrize(
    ("kinds", "complaint"),
    [
        pytest.param({"times": "hole"}, "no such kind: hole", id="a kind that there is not"),
        pytest.param({}, "parameters are not those", id="a parameter without a kind"),
        pytest.param({"times": "whole", "hard": "text"}, "parameters are not those", id="a kind without a parameter"),
    ],
)
def test_a_verb_that_does_not_fit_its_table_is_refused_at_once(kinds, complaint):
    def made_up_verb(hands: verbs.Hands, times: int) -> None: ...

    with pytest.raises(TypeError, match=complaint):
        verbs._verb(**kinds)(made_up_verb)
    assert "made_up_verb" not in VERBS
