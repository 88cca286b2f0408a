"""The description of the scenario language names every word that the reader knows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hil.docs import language
from hil.scenario.arguments import BUTTONS, PORTS
from hil.scenario.expectations import KEYS
from hil.scenario.reader import KEYS as TOP_KEYS
from hil.scenario.reader import read_text
from hil.scenario.verbs import VERBS
from hil.words.bench import bench_fields, net_names

DOCUMENT = (Path(__file__).resolve().parents[3] / "hil" / "scenario" / "LANGUAGE.md").read_text(encoding="utf-8")
WORDS = set(re.findall(r"[A-Za-z_]+", " ".join(re.findall(r"`[^`]+`|```.*?```|\[[a-z_]+\]", DOCUMENT, re.DOTALL))))

KNOWN = {
    "top of the file": TOP_KEYS,
    "bench": tuple(bench_fields()),
    "verbs": tuple(VERBS),
    "arguments of verbs": tuple({name for verb in VERBS.values() for name in verb.arguments}),
    "buttons and ports": (*BUTTONS, *PORTS),
    "expectations": tuple(KEYS),
    "keys of expectations": tuple({key for keys in KEYS.values() for key in keys}),
    "nets": net_names(),
}


@pytest.mark.parametrize("subject", list(KNOWN))
def test_no_word_of_the_language_is_left_out(subject):
    missing = sorted(set(KNOWN[subject]) - WORDS)
    assert not missing


def test_the_table_of_verbs_is_the_one_that_the_verbs_give():
    assert language.rendered(DOCUMENT) == DOCUMENT, "run: python -m hil.docs.language"


def test_the_example_is_understood():
    example = re.search(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    assert example is not None
    (scenario,) = read_text(example.group(1), "LANGUAGE.md")
    assert scenario.steps and scenario.expectations
