"""open() and os as firmware has them."""

from textwrap import dedent

import pytest

from emulator.mcu import Flash

CASES = {
    "text is written and read": ("""
        with open("/a", "w") as file:
            file.write("one\\ntwo")
        print(open("/a").read())
        """, ["one", "two"]),
    "a file iterates over its lines": ("""
        print([line for line in open("/given")])
        """, ["['x\\n', 'y']"]),
    "a position is set and told": ("""
        file = open("/given", "rb")
        file.seek(2)
        print(file.read(), file.tell())
        """, ["b'y' 3"]),
    "a buffer is filled": ("""
        buffer = bytearray(5)
        print(open("/given", "rb").readinto(buffer), buffer)
        """, ["3 bytearray(b'x\\ny\\x00\\x00')"]),
    "appending stands at 0 until the first write, which goes to the end": ("""
        with open("/given", "ab") as file:
            print(file.tell())
            file.write(b"z")
        print(os.stat("/given")[6])
        """, ["0", "4"]),
    "an update keeps the rest": ("""
        with open("/given", "r+b") as file:
            file.write(b"Q")
        print(open("/given", "rb").read())
        """, ["b'Q\\ny'"]),
    "a flush makes the length known": ("""
        file = open("/given", "w")
        file.write("later")
        file.flush()
        print(os.stat("/given")[6])
        """, ["5"]),
    "folders are made, entered and listed": ("""
        os.mkdir("/d")
        os.chdir("/d")
        open("f", "w").close()
        print(os.getcwd(), os.listdir("/d"), os.stat("/d")[0])
        """, ["/d ['f'] 16384"]),
    "names change": ("""
        os.rename("/given", "/taken")
        print(sorted(os.listdir()))
        """, ["['main.py', 'taken']"]),
    "files go": ("""
        os.remove("/given")
        print(os.listdir("/"))
        """, ["['main.py']"]),
    "the chip has a size": ("""
        size = os.statvfs("/")
        print(size[0], size[2], size[3] < 352)
        """, ["4096 352 True"]),
    "the port has a name": ("print(os.uname()[0])", ["rp2"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_files_behave_as_on_the_board(run_device, name):
    source, printed = CASES[name]
    device = run_device("import os\n" + dedent(source), files={"/given": "x\ny"})
    assert device.lines == printed


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ('open("/nothing")', 2),
        ('open("/given", "x")', 17),
        ('os.mkdir("/d"), os.mkdir("/d")', 17),
        ('os.remove("/nothing")', 2),
        ('os.listdir("/nothing")', 2),
        ('file = open("/big", "w"); [file.write("x" * 150_000) for _ in range(10)]', 28),
    ],
)
def test_failures_carry_the_numbers_of_the_board(run_device, line, number):
    device = run_device(
        f"import os\ntry:\n    {line}\nexcept OSError as error:\n    print(error.errno, error.args)",
        files={"/given": ""},
        seconds=120,
    )
    assert device.lines == [f"{number} ({number},)"]


def test_a_blank_chip_gets_a_file_system(make_device):
    device = make_device(flash=Flash())
    device.run_ms(2000)
    assert device.flash.listdir() == [] and device.console.endswith(">>> ")


def test_writes_wear_the_chip(run_device):
    device = run_device('for n in range(20):\n    with open("/a", "w") as f: f.write("x" * 3000)', seconds=30)
    assert sum(device.flash.erases) >= 20 and device.flash.operations > 40


def test_random_bytes_depend_on_the_seed_alone(run_device):
    source = "import os, machine\nprint(os.urandom(8), machine.unique_id())"
    assert run_device(source, seed=3).lines == run_device(source, seed=3).lines
    assert run_device(source, seed=3).lines != run_device(source, seed=4).lines
