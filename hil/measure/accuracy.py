"""Measures flow accuracy at one rate: from the plant's truth, or with a balance under the reservoir."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from pathlib import Path

import msgspec

from hil.errors import PumpbenchError
from hil.measure import course
from hil.measure.flow import SAMPLE_S, STABILISATION_S, FlowAccuracy, Samples, accuracy, sampled
from hil.measure.scatter import Collected, scatter, strokes_of
from hil.words.quantity import NS_PER_S

STROKE_NL = 300.0  # 16 microsteps with the default tube
LEAST_ANALYSIS_S = 3600
REVOLUTION_NL = 60_000  # rollers and magnet come round: a part of a turn would show their phase as an error
_MOST_TURNS = 30  # tried until one ends at a sample
HONEST_NL = 200_000  # below it a balance of 0.1 mg does not tell a flow from its own noise


class AccuracyTable(msgspec.Struct):
    """One rate. `source`: plant or balance; without single strokes `scatter` is empty."""

    source: str
    flow: FlowAccuracy
    scatter: list[Collected]
    samples: Samples


class BadWeighings(PumpbenchError):
    """A file of weighings that cannot be read."""

    exit_code = 2


def analysis_s(rate_nl_per_h: int) -> int:
    """T2: whole revolutions of the head, an hour of them at least, that end at a sample or as near as can be."""
    turn_s = Fraction(REVOLUTION_NL * 3600, rate_nl_per_h)
    turns = ceil(LEAST_ANALYSIS_S / turn_s)
    for more in range(turns, turns + _MOST_TURNS if turn_s < LEAST_ANALYSIS_S else turns + 1):
        if more * turn_s % SAMPLE_S == 0:
            return int(more * turn_s)
    return round(turns * turn_s / SAMPLE_S) * SAMPLE_S


def scenario_text(rate_nl_per_h: int, duration_s: int, seed: int) -> str:
    head = f'name = "Accuracy at {rate_nl_per_h} nL/h"\nduration = "{duration_s + 1} s"\nseed = {seed}\n'
    bench = '[bench]\nrefill_due = "1 h"\n'
    looked_at = '[[expect]]\ntruth = "delivered"\nabove = "0 nL"\n'
    return head + bench + course.THERAPY.format(rate_nl_per_h=rate_nl_per_h) + looked_at


def from_plant(rate_nl_per_h: int, target: str, seed: int, stabilisation_s: int = STABILISATION_S) -> AccuracyTable:
    """Volume through the head, as the plant has it."""
    end_s = stabilisation_s + analysis_s(rate_nl_per_h)
    _, _, truth = course.run(scenario_text(rate_nl_per_h, end_s, seed), "accuracy", target)
    t_s = [t_ns / NS_PER_S for t_ns in truth.t_ns]
    samples = sampled(t_s, truth.delivered_nl, end_s)
    strokes = strokes_of(t_s, truth.delivered_nl, stabilisation_s)
    return AccuracyTable(
        "plant", accuracy(samples, rate_nl_per_h, stabilisation_s, STROKE_NL), scatter(strokes), samples
    )


def weigh_emulated(rate_nl_per_h: int, seed: int, stabilisation_s: int = STABILISATION_S) -> list[tuple[float, float]]:
    """The emulated reservoir stands on an emulated balance that is read by MT-SICS, as a real one is."""
    from hil.run.runner import Options, Runner
    from hil.scenario.reader import read_text
    from hil.targets.sim import SimTarget
    from hil.targets.sim_balance import Weighing

    end_s = stabilisation_s + analysis_s(rate_nl_per_h)
    (scenario,) = read_text(scenario_text(rate_nl_per_h, end_s, seed), "accuracy")
    with SimTarget.of_scenario(scenario) as target:
        weighing = Weighing(target, SAMPLE_S, seed)
        Runner(scenario, target, Options()).run()
    return weighing.seen


def from_weighings(
    seen: Sequence[tuple[float, float]],
    rate_nl_per_h: int,
    density_g_per_ml: float,
    stabilisation_s: int = STABILISATION_S,
) -> AccuracyTable:
    """`seen`: (seconds, grams) of the reservoir on a balance; what it loses was delivered."""
    if len(seen) < 2:
        raise BadWeighings(f"{len(seen)} weighings are too few for a flow")
    begin_s = seen[0][0]
    lost_nl = [(seen[0][1] - grams) / density_g_per_ml * 1e6 for _, grams in seen]
    samples = sampled([t_s - begin_s for t_s, _ in seen], lost_nl, seen[-1][0] - begin_s)
    try:
        flow = accuracy(samples, rate_nl_per_h, stabilisation_s, STROKE_NL)
    except ValueError as error:
        raise BadWeighings(str(error)) from None
    flow.trumpet = [point for point in flow.trumpet if rate_nl_per_h * point.window_s / 3600 >= HONEST_NL]
    # When the first volume came is below what a balance can tell.
    flow.first_s = flow.steady_s = None
    return AccuracyTable("balance", flow, [], samples)


def read_weighings(file: Path) -> list[tuple[float, float]]:
    """Rows `seconds,grams` under a head line, as `hil/targets/balance.py` writes them."""
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream))[1:]
            return [(float(row[0]), float(row[1])) for row in rows]
    except (OSError, ValueError, IndexError, csv.Error) as error:
        raise BadWeighings(f"{file}: not a table of seconds,grams: {error}") from None
