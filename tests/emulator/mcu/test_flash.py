"""The flash chip and the file system on it, from the host's side."""

import pytest
from littlefs import LittleFS, UserContext

from emulator.mcu import Flash, FlashImage
from emulator.mcu.image import tree_files


def test_programming_clears_bits_and_only_an_erase_sets_them():
    flash = Flash(blocks=2, block_size=4096)
    flash.program(1, 256, b"\xf0\x0f")
    flash.program(1, 256, b"\x3c\xff")
    assert flash.read(1, 255, 4) == b"\xff\x30\x0f\xff"
    flash.erase(1)
    assert flash.read(1, 256, 2) == b"\xff\xff"
    assert flash.erases == [0, 1]


def test_an_image_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError, match="8192 bytes, this one has 5"):
        Flash(blocks=2, image=b"12345")


def test_an_image_holds_its_files_and_nothing_else():
    files = {"/main.py": b"pass", "/firmware/core/units.py": b"x = 1\n" * 2000, "/empty": b""}
    flash = Flash(image=FlashImage.build(files))
    assert flash.files() == dict(sorted(files.items()))
    assert flash.listdir("/firmware") == ["core"]


def test_the_same_files_make_the_same_image():
    one = FlashImage.build({"/a": b"1", "/b/c": b"2"})
    assert one == FlashImage.build({"b/c": b"2", "a": b"1"})
    assert one != FlashImage.build({"/a": b"1", "/b/c": b"3"})


def test_an_image_is_littlefs_as_the_board_has_it():
    """Read back by littlefs-python's own mount, with nothing of ours between."""
    image = FlashImage.build({"/main.py": b"print(1)"})
    context = UserContext(buffer=bytearray(image))
    filesystem = LittleFS(context=context, block_size=4096, block_count=352, mount=False)
    filesystem.mount()
    assert filesystem.open("main.py", "rb").read() == b"print(1)"
    assert (filesystem.fs_stat().disk_version >> 16, filesystem.fs_stat().name_max) == (2, 255)


def test_the_repository_lies_on_the_device_as_it_lies_here(pytestconfig):
    root = pytestconfig.rootpath
    files = tree_files(root)
    assert files["/main.py"] == (root / "firmware/main.py").read_bytes()
    assert "/firmware/main.py" not in files
    assert files["/protocols/ids.py"] == (root / "protocols/ids.py").read_bytes()
    assert not [path for path in files if not path.endswith(".py")]
    flash = Flash(image=FlashImage.from_tree(root, {"/config.json": b"{}", "/main.py": b"changed"}))
    assert flash.read_file("/config.json") == b"{}" and flash.read_file("/main.py") == b"changed"


def test_files_written_by_the_host_are_no_wear():
    flash = Flash(image=FlashImage.build({"/a": b"1"}))
    flash.write_file("/folder/b", b"x" * 50_000)
    assert flash.read_file("/folder/b") == b"x" * 50_000
    assert (flash.operations, sum(flash.erases)) == (0, 0)
    with pytest.raises(OSError) as missing:
        flash.read_file("/nothing")
    assert missing.value.args == (2,)


def test_devices_that_share_an_image_do_not_share_what_they_write():
    image = FlashImage.build({"/a": b"1"})
    one, two = Flash(image=image), Flash(image=image)
    one.write_file("/a", b"2")
    assert (one.read_file("/a"), two.read_file("/a")) == (b"2", b"1")
    assert two.image == image != one.image
    assert Flash(image=one.image).read_file("/a") == b"2"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [((0, "during"), "before, inside, garbled, after"), ((-1, "inside"), "operation -1 is over")],
)
def test_a_cut_that_cannot_be_planned_is_refused(arguments, complaint):
    with pytest.raises(ValueError, match=complaint):
        Flash(blocks=2).cut_at(*arguments)


def test_a_flipped_bit_is_a_fault_in_the_contents():
    flash = Flash(blocks=2)
    flash.flip_bit(1, 7, 3)
    assert flash.read(1, 7, 1) == b"\xf7"
