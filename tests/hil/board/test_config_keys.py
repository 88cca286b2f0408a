"""What the pump would refuse of a `flash --config` is refused before it is written."""

from __future__ import annotations

import pytest

from hil.board import config_keys
from hil.errors import BenchBroken


@pytest.mark.parametrize(
    ("found", "complaint"),
    [
        ({"nl_per_revolution": 60_000}, 'nl_per_revolution is no key; .* did you mean "nl_per_rev"'),
        ({"nl_per_rev": 2_999}, "nl_per_rev: found 2999; allowed: 3000 to 500000"),
        ({"microsteps_per_rev": 3_210}, "microsteps_per_rev: found 3210; allowed: a multiple of 200"),
        ({"reservoir_capacity_nl": 1_000_000, "empty_level_nl": 1_000_000}, "empty_level_nl: .*less than"),
        ({"empty_level_nl": 900_000, "low_level_nl": 800_000}, "empty_level_nl: .*at most low_level_nl"),
        ({"supply_critical_mv": 3_300}, "supply_critical_mv: .*less than supply_low_mv"),
        ({"occlusion_limit_pa": 51_000, "nl_per_rev": 500_000}, "occlusion_limit_pa: .*51666 or more"),
        ({"nl_per_rev": 3_000, "microsteps_per_rev": 6_400}, "microsteps_per_rev: .*at most 4000"),
    ],
)
def test_a_figure_that_fails_the_self_test_is_refused_with_what_is_allowed(found, complaint):
    with pytest.raises(BenchBroken, match=complaint):
        config_keys.check(found)


def test_both_ends_of_every_limit_are_taken_beside_figures_that_fit():
    beside = {"empty_level_nl": 100_000, "supply_low_mv": 6_000, "supply_critical_mv": 2_200}
    for key in config_keys.of_firmware():
        for value in (key.least, key.most):
            if key.name == "supply_critical_mv":
                value = min(value, beside["supply_low_mv"] - 1)
            config_keys.check({**beside, key.name: value})
