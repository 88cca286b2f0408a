"""Power cuts at flash operations: what is written stays, what is not is not, and nothing runs on."""

import pytest

WRITER = """
    import rp2
    flash = rp2.Flash(start=300 * 4096, len=4096)
    flash.ioctl(6, 0)
    print("erased")
    flash.writeblocks(0, bytes(range(256)) * 4, 0)
    print("written")
    try:
        import time
        time.sleep(1)
    finally:
        print("the end")
"""
ERASE, PROGRAM = 0, 1
OLD = b"\x00" * 4096


def cut(make_device, operation, where, part=0.5):
    """Block 300, full of zeros, is erased and 1024 bytes written; the power goes at one of the five operations."""
    device = make_device(WRITER, is_on=False)
    device.flash.program(300, 0, OLD)
    device.flash.cut_at(operation, where, part)
    device.power_on()
    device.run_ms(3000)
    assert not device.is_powered
    return device, bytes(device.flash.read(300, 0, 4096))


@pytest.mark.parametrize(
    ("operation", "where", "contents", "printed"),
    [
        pytest.param(ERASE, "before", OLD, [], id="before the erase"),
        pytest.param(ERASE, "inside", b"\xff" * 2048 + OLD[:2048], [], id="inside the erase"),
        pytest.param(ERASE, "after", b"\xff" * 4096, [], id="after the erase"),
        pytest.param(PROGRAM, "before", b"\xff" * 4096, ["erased"], id="before the write"),
        pytest.param(PROGRAM, "inside", bytes(range(128)) + b"\xff" * 3968, ["erased"], id="inside the first page"),
        pytest.param(PROGRAM, "after", bytes(range(256)) + b"\xff" * 3840, ["erased"], id="after the first page"),
        pytest.param(
            PROGRAM + 2,
            "inside",
            bytes(range(256)) * 2 + bytes(range(128)) + b"\xff" * 3456,
            ["erased"],
            id="inside the third page",
        ),
        pytest.param(PROGRAM + 3, "after", bytes(range(256)) * 4 + b"\xff" * 3072, ["erased"], id="after the write"),
    ],
)
@pytest.mark.requirement("INT-04")
def test_a_cut_leaves_the_prefix_that_was_done(make_device, operation, where, contents, printed):
    device, found = cut(make_device, operation, where)
    assert found == contents
    assert device.lines == printed


def test_a_power_off_at_a_time_inside_an_operation_leaves_what_its_time_allowed(make_device):
    device = make_device(WRITER, is_on=False)
    device.flash.program(300, 0, OLD)
    device.power_on()
    device.on_stdout(lambda data, t_ns: None)
    # Boot and loading take about 30 ms, the erase 45 ms.
    device.run_ms(52)
    device.power_off()
    found = device.flash.read(300, 0, 4096)
    erased = found.count(0xFF)
    assert 0 < erased < 4096 and found == b"\xff" * erased + OLD[erased:]


def test_no_line_of_firmware_has_an_effect_after_the_cut(make_device):
    device = make_device(
        """
        from machine import Pin
        import rp2
        lamp = Pin(16, Pin.OUT, value=0)
        flash = rp2.Flash()
        def write():
            while True:
                try:
                    flash.writeblocks(300, b"1234", 0)
                except Exception:
                    lamp.value(1)
                finally:
                    lamp.value(1)
        write()
        """
    )
    device.flash.cut_at(3, "before")
    levels = []
    device.nets.digital("GP16").on_edge(lambda _net, level, t_ns: levels.append((level, t_ns)))
    device.run_ms(2000)
    up, down = levels
    assert (up[0], down[0]) == (1, 0), "the pin floats at the cut and is not driven again"


@pytest.mark.requirement("INT-04")
@pytest.mark.parametrize("where", ["before", "inside", "after"])
def test_a_file_is_the_old_or_the_new_one_after_a_cut_at_any_operation(make_device, where):
    source = """
        with open("/state.new", "wb") as file:
            file.write(b"new" * 600)
        import os
        os.rename("/state.new", "/state")
    """
    files = {"/state": "old" * 600}
    whole = make_device(source, files=files)
    whole.run_ms(3000)
    assert whole.crash is None and whole.flash.read_file("/state") == b"new" * 600
    operations = whole.flash.operations
    assert operations > 4
    seen = set()
    for operation in range(operations):
        device = make_device(source, files=files)
        device.flash.cut_at(operation, where)
        device.run_ms(3000)
        assert not device.is_powered, "the cut did not happen"
        state = device.flash.read_file("/state")
        assert state in (b"old" * 600, b"new" * 600)
        seen.add(state)
        device.power_on()
        device.run_ms(3000)
        assert device.crash is None and device.flash.read_file("/state") == b"new" * 600
    assert b"old" * 600 in seen


def test_a_device_starts_again_from_what_the_cut_left(make_device):
    device, _found = cut(make_device, PROGRAM, "inside")
    device.power_on()
    device.run_ms(3000)
    assert device.lines[-3:] == ["erased", "written", "the end"]
    assert device.flash.erases[300] == 2


def test_flash_operations_take_their_time_with_interrupts_off(make_device):
    device = make_device(
        """
        import rp2, time
        from machine import Timer
        flash = rp2.Flash(start=300 * 4096, len=4096)
        seen = []
        def passed_ms():
            return time.ticks_diff(time.ticks_us(), begin) // 1000
        begin = time.ticks_us()
        Timer(mode=Timer.ONE_SHOT, period=10, callback=lambda t: seen.append(passed_ms()), hard=True)
        flash.ioctl(6, 0)
        time.ticks_ms()
        print(seen, passed_ms())
        """
    )
    device.run_ms(1000)
    assert device.lines == ["[45] 45"]


@pytest.mark.requirement("INT-04")
def test_a_file_survives_a_power_off_at_any_time(make_device):
    """Times over the whole write, most of them inside an erase or a program that littlefs asked for."""
    source = """
        import os
        turn = 0
        while True:
            turn += 1
            with open("/state.new", "w") as file:
                file.write(str(turn % 10) * 700)
            os.rename("/state.new", "/state")
    """
    inside = 0
    for time_ms in range(300, 900, 13):
        device = make_device(source, files={"/state": "0" * 700})
        device.run_ms(time_ms)
        before = device.flash.operations
        device.power_off()
        state = device.flash.read_file("/state").decode()
        assert state == state[0] * 700
        device.power_on()
        device.run_ms(2000)
        assert device.crash is None
        inside += before > 0
    assert inside > 30


def test_a_part_on_the_board_can_cut_and_restore_the_power_in_the_middle_of_a_call(make_device):
    device = make_device(
        """
        from machine import Pin
        import time
        print("boot")
        Pin(16, Pin.OUT, value=1)
        print("never reached")
        """
    )

    def switch(_net, level, _t_ns):
        if level and len(cuts) < 2:
            cuts.append(device.env.now)
            device.power_off()
            device.power_on()

    cuts = []
    device.nets.digital("GP16").on_edge(switch)
    device.run_ms(2000)
    assert device.lines == ["boot", "boot", "boot", "never reached"]
    assert len(cuts) == 2


@pytest.mark.requirement("INT-04")
def test_a_garbled_erase_leaves_a_block_of_which_some_bits_have_risen(make_device):
    _device, found = cut(make_device, ERASE, "garbled")
    risen = sum(byte.bit_count() for byte in found)
    assert 0.4 < risen / (8 * 4096) < 0.6


@pytest.mark.requirement("INT-04")
def test_a_garbled_write_leaves_whole_pages_and_one_of_which_some_bits_have_fallen(make_device):
    _device, found = cut(make_device, PROGRAM + 2, "garbled")
    whole = bytes(range(256))
    assert found[:512] == whole * 2
    page = found[512:768]
    assert page not in (whole, b"\xff" * 256)
    assert bytes(byte & wanted for byte, wanted in zip(page, whole, strict=True)) == whole, "a bit can only fall"
    assert found[768:] == b"\xff" * 3328


def test_a_hang_may_fall_into_a_flash_operation_and_the_chip_ends_it(make_device):
    device = make_device(
        WRITER.replace("import rp2", "import rp2; from machine import WDT; WDT(timeout=1000)", 1), is_on=False
    )
    device.flash.program(300, 0, OLD)
    device.power_on()
    while device.flash.operations == 0:
        device.run_ms(1)
    device.freeze()
    device.run_ms(1010)  # the watchdog has bitten, and the next boot takes 26.5 ms
    assert [cause for _t, cause in device.resets] == [3]
    assert device.flash.read(300, 0, 4096) == b"\xff" * 4096 and sum(device.flash.erases) == 1
    device.run_ms(2000)
    assert device.flash.read(300, 0, 1024) == bytes(range(256)) * 4, "the next start does it all"


def test_a_write_counts_its_pages(run_device):
    device = run_device(WRITER)
    assert device.flash.operations == 1 + 4
