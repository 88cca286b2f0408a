"""Nothing is made and nothing gets lost, however time is cut into pieces."""

from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.nets import PulseTrain
from emulator.plant import Plant

SECOND = 1_000_000_000
PERIOD_NS = 625_000

# What may happen to a pump between two strokes: (what, amount).
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("stroke"), st.integers(1, 400)),
        st.tuples(st.just("back"), st.integers(1, 16)),
        st.tuples(st.just("close"), st.floats(0.0, 30.0)),
        st.tuples(st.just("open"), st.none()),
        st.tuples(st.just("kink"), st.floats(1.0, 1e4)),
        st.tuples(st.just("leak"), st.floats(0.0, 1.0)),
        st.tuples(st.just("coupling"), st.floats(0.0, 1.0)),
        st.tuples(st.just("slip"), st.sampled_from([-2, -1, 1, 2])),
        st.tuples(st.sampled_from(["hold", "let_go", "on", "off"]), st.none()),
        st.tuples(st.just("leak_back"), st.floats(0.0, 0.99)),
        st.tuples(st.just("free"), st.integers(10_000_000, 10 * SECOND)),
        st.tuples(st.just("obey"), st.none()),
        st.tuples(st.just("wait"), st.integers(0, 20 * SECOND)),
    ),
    max_size=25,
)


def replay(events, split):
    """One life of a plant; `split` says in how many pieces each span of time is asked for."""
    plant = Plant()
    plant.motor.set_enabled(True)

    def until(t_ns):
        begin = plant.now_ns
        for i in range(1, split + 1):
            plant.advance(begin + (t_ns - begin) * i // split)

    for what, amount in events:
        if what in ("stroke", "back"):
            plant.motor.set_forward(what == "stroke")
            train = PulseTrain(plant.now_ns, amount, PERIOD_NS // 2, PERIOD_NS)
            plant.begin_train(train)
            until(train.end_ns + SECOND // 20)
        elif what == "close":
            plant.line.close("occlusion", amount)
        elif what == "open":
            plant.line.open("occlusion")
        elif what == "kink":
            plant.line.conductance.put("kink", 1.0 / amount)
        elif what == "leak":
            plant.line.reaching.put("leak", amount)
        elif what == "coupling":
            plant.motor.coupling.put("fault", amount)
        elif what == "slip":
            plant.motor.slips_due = amount
        elif what in ("hold", "let_go"):
            if what == "hold":
                plant.motor.held.put("fault", 1.0)
            else:
                plant.motor.held.drop("fault")
            plant.settle_rotor(plant.now_ns)
        elif what in ("on", "off"):
            plant.set_enabled(what == "on", plant.now_ns)
        elif what == "leak_back":
            plant.head.kept.put("rollers", amount)
        elif what == "free":
            plant.begin_free_steps(amount)
        elif what == "obey":
            plant.end_free_steps()
        else:
            until(plant.now_ns + amount)
    return plant


@settings(deadline=None, max_examples=60)
@given(EVENTS)
def test_volume_is_conserved(events):
    plant = replay(events, 1)
    left_nl = plant.displaced_nl - plant.in_csf_nl - plant.leaked_nl - plant.line.trapped_nl
    assert abs(left_nl) < 1e-6
    assert abs(plant.config.fill_nl - plant.reservoir.volume_nl - plant.displaced_nl) < 1e-6


@settings(deadline=None, max_examples=60)
@given(EVENTS, st.integers(2, 7))
def test_asking_in_between_changes_nothing(events, split):
    once, often = replay(events, 1), replay(events, split)
    assert often.motor.position_millisteps == once.motor.position_millisteps
    assert often.motor.missed == once.motor.missed
    assert often.motor.commanded == once.motor.commanded
    assert abs(often.displaced_nl - once.displaced_nl) < 1e-6
    assert abs(often.in_csf_nl - once.in_csf_nl) < 1e-6
    assert abs(often.line.pressure_kpa - once.line.pressure_kpa) < 1e-6
    assert abs(often.patient.received_ug - once.patient.received_ug) < 1e-6


@settings(deadline=None, max_examples=60)
@given(EVENTS)
def test_delivered_never_falls_without_turning_back(events):
    plant = Plant()
    seen = []
    plant.on_burst(lambda *_: seen.append(plant.displaced_nl))
    forward = [event for event in events if event[0] != "back"]
    plant = replay(forward, 1)
    assert seen == sorted(seen)
    assert plant.displaced_nl >= 0.0


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 3 * SECOND), min_size=1, max_size=30))
def test_looking_back_changes_nothing(moments):
    plant = Plant()
    plant.motor.set_enabled(True)
    plant.begin_train(PulseTrain(0, 400, PERIOD_NS // 2, PERIOD_NS))
    delivered = []
    for t_ns in moments:
        plant.advance(t_ns)
        delivered.append(plant.displaced_nl)
    assert delivered == sorted(delivered)
    assert plant.now_ns == max(moments)


def test_drug_is_conserved_through_a_change_of_concentration():
    plant = Plant()
    plant.motor.set_enabled(True)
    before_ug = plant.catheter.drug_ug
    plant.reservoir.withdraw()
    plant.reservoir.fill(18_000_000.0, 2_000.0)
    full_ug = plant.reservoir.volume_nl * plant.reservoir.concentration_ug_per_ml * 1e-6
    for _ in range(3000):
        plant.begin_train(PulseTrain(plant.now_ns, 16, PERIOD_NS // 2, PERIOD_NS))
        plant.advance(plant.now_ns + SECOND)
    in_reservoir_ug = plant.reservoir.volume_nl * plant.reservoir.concentration_ug_per_ml * 1e-6
    total_ug = in_reservoir_ug + plant.catheter.drug_ug + plant.patient.received_ug
    # The cell at the tip is emptied at its old concentration until it is full: less than one cell.
    assert abs(total_ug - before_ug - full_ug) < 10_000 * 2_000e-6
