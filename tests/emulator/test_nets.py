"""Nets: levels, trains of pulses and when their edges become known."""

import pytest

from emulator.errors import NotModelled
from emulator.nets import Nets, PulseTrain, Recorder


def edges_of(net):
    log = []
    net.on_edge(lambda _net, level, t_ns: log.append((t_ns, level)))
    return log


def test_a_train_counts_its_rises_up_to_and_including_a_time():
    train = PulseTrain(start_ns=100, count=3, high_ns=10, period_ns=25)
    assert [train.rises_until(t) for t in (99, 100, 124, 125, 150, 10_000)] == [0, 1, 1, 2, 3, 3]
    assert list(train.edges()) == [(100, 1), (110, 0), (125, 1), (135, 0), (150, 1), (160, 0)]
    assert train.end_ns == 160


@pytest.mark.parametrize(
    ("cut_ns", "edges"),
    [
        pytest.param(99, [], id="before the first edge"),
        pytest.param(100, [(100, 1)], id="at a rise"),
        pytest.param(130, [(100, 1), (110, 0), (125, 1)], id="while high"),
        pytest.param(140, [(100, 1), (110, 0), (125, 1), (135, 0)], id="while low"),
    ],
)
def test_a_train_that_is_cut_shows_only_the_edges_that_happened(cut_ns, edges):
    train = PulseTrain(100, 3, 10, 25, cut_ns=cut_ns)
    assert list(train.edges()) == edges
    assert train.rises_until(10_000) == sum(level for _t, level in edges)
    assert train.level_at(10_000) == (edges[-1][1] if edges else 0)


def test_levels_reach_listeners_once_per_change():
    net = Nets().digital("EN", level=1)
    log = edges_of(net)
    net.drive(1, 5)
    net.drive(0, 6)
    net.drive(0, 7)
    net.release(8)
    assert log == [(6, 0), (8, 1)]


def test_a_listener_that_left_hears_nothing():
    net = Nets().digital("EN")
    log = []

    def listen(_net, level, t_ns):
        log.append(t_ns)

    net.on_edge(listen)
    net.drive(1, 1)
    net.off_edge(listen)
    net.drive(0, 2)
    assert log == [1]


def test_edges_of_a_train_come_with_their_own_times_when_it_is_settled():
    net = Nets().digital("STEP")
    trains = []
    net.on_train(lambda _net, train: trains.append(train))
    log = edges_of(net)
    train = PulseTrain(100, 2, 10, 25)
    net.emit(train)
    assert trains == [train] and log == []
    net.settle(112)
    assert log == [(100, 1), (110, 0)]
    net.settle(1000)
    assert log == [(100, 1), (110, 0), (125, 1), (135, 0)]


def test_the_level_inside_a_train_is_known_at_any_time():
    net = Nets().digital("STEP")
    net.emit(PulseTrain(100, 2, 10, 25))
    assert [net.level_at(t) for t in (99, 100, 109, 110, 125, 135)] == [0, 1, 1, 0, 1, 0]


def test_a_cut_is_told_and_leaves_the_level_of_its_moment():
    net = Nets().digital("STEP")
    cuts = []
    net.on_cut(lambda _net, train: cuts.append(train.cut_ns))
    log = edges_of(net)
    net.emit(PulseTrain(100, 5, 10, 25))
    net.cut_train(128)
    assert cuts == [128] and net.level == 1
    assert log == [(100, 1), (110, 0), (125, 1)]
    net.cut_train(129)
    assert cuts == [128]


def test_cutting_a_train_that_is_over_changes_nothing():
    net = Nets().digital("STEP")
    cuts = []
    net.on_cut(lambda _net, train: cuts.append(train))
    train = PulseTrain(100, 1, 10, 25)
    net.emit(train)
    net.cut_train(500)
    assert cuts == [] and train.cut_ns is None


def test_a_second_train_must_wait_for_the_first():
    net = Nets().digital("STEP")
    net.emit(PulseTrain(100, 2, 10, 25))
    with pytest.raises(ValueError, match="still runs"):
        net.emit(PulseTrain(120, 1, 10, 25))


def test_an_idle_level_given_late_holds_for_a_wire_that_nobody_drives():
    nets = Nets()
    assert nets.digital("BUTTON").level == 0
    assert nets.digital("BUTTON", level=1).level == 1
    nets.digital("BUTTON").drive(0, 1)
    assert nets.digital("BUTTON", level=1).level == 0


def test_a_tone_is_told_when_it_changes():
    net = Nets().digital("BUZZER")
    log = []
    net.on_tone(lambda _net, freq_hz, duty, t_ns: log.append((freq_hz, duty, t_ns)))
    net.tone(440, 32768, 10)
    net.tone(440, 32768, 11)
    net.tone(440, 0, 12)
    assert log == [(440, 32768, 10), (440, 0, 12)]


def test_a_voltage_that_nothing_drives_is_not_zero():
    nets = Nets()
    with pytest.raises(NotModelled, match="voltage on PRESSURE"):
        nets.analog("PRESSURE").read_mv(0)
    nets.analog("PRESSURE").source = lambda t_ns: 200 + t_ns
    assert nets.analog("PRESSURE").read_mv(7) == 207


def test_a_recorder_keeps_levels_and_trains_in_one_list():
    nets = Nets()
    recorder = Recorder(nets, ["STEP", "DIR"])
    nets.digital("DIR").drive(1, 3)
    nets.digital("STEP").emit(PulseTrain(10, 2, 1, 5))
    assert recorder.edges("STEP", 14) == [(10, 1), (11, 0)]
    assert recorder.edges("STEP", 99) == [(10, 1), (11, 0), (15, 1), (16, 0)]
    assert recorder.edges("DIR", 99) == [(3, 1)]


def test_a_held_wire_stays_low_whoever_drives_or_releases_it():
    net = Nets().digital("I2C0_SDA", level=1)
    log = edges_of(net)
    net.hold(10)
    net.drive(0, 20)
    net.release(30)
    net.drive(1, 40)
    assert (net.level, log) == (0, [(10, 0)])
    net.let_go(50)
    assert log == [(10, 0), (50, 1)]


def test_a_wire_that_is_let_go_has_the_level_of_its_driver():
    net = Nets().digital("I2C0_SDA", level=1)
    net.hold(10)
    net.drive(0, 20)
    net.let_go(30)
    assert net.level == 0
    net.release(40)
    assert net.level == 1
