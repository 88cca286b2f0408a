"""Private imports, single modules for unit tests, and the guard that knows the board's integers."""

import sys
from textwrap import dedent

import pytest

from emulator.mcu import load_modules
from emulator.mcu.small_int import OutsideSmallInt


@pytest.fixture
def tree(tmp_path):
    """`tree(files)`: a repository with these modules."""

    def make(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text))
        return tmp_path

    return make


PACKAGES = {
    "/main.py": """
        import firmware.core.one
        from firmware.core import two
        from firmware.core.one import VALUE as value
        print(firmware.core.one is two.one, value, two.__name__, firmware.core.one.__file__)
    """,
    "/firmware/core/one.py": "VALUE = 1",
    "/firmware/core/two.py": "from . import one",
}


def test_dotted_names_and_folders_without_init_work_as_packages(run_device):
    device = run_device(files=PACKAGES)
    assert device.lines == ["True 1 firmware.core.two firmware/core/one.py"]


def test_a_module_runs_once(run_device):
    device = run_device("import part\nimport part\nfrom part import x", files={"/part.py": "x = 1\nprint('runs')"})
    assert device.lines == ["runs"]


def test_a_module_that_failed_can_be_tried_again(run_device):
    source = "for _ in range(2):\n    try:\n        import part\n    except ValueError:\n        print('failed')"
    assert run_device(source, files={"/part.py": "raise ValueError"}).lines == ["failed", "failed"]


@pytest.mark.parametrize(
    "source",
    ["import firmware.nothing", "from firmware import nothing", "import nothing.at_all"],
)
def test_a_missing_module_is_an_import_error(make_device, source):
    device = make_device(source, files={"/firmware/part.py": ""})
    device.run_ms(1000)
    assert "ImportError: " in device.crash and "nothing" in device.crash


def test_old_names_of_modules_still_work(run_device):
    assert run_device("import utime, ustruct\nprint(ustruct.calcsize('<I'))").lines == ["4"]


def test_single_modules_load_without_a_device(tree):
    root = tree(
        {
            "firmware/core/units.py": """
                from micropython import const
                from protocols import ids
                LIMIT = const(ids.OK + 5)
            """,
            "protocols/ids.py": "OK = 0",
        }
    )
    before = set(sys.modules)
    loaded = load_modules(root, "firmware.core.units", "protocols.ids")
    assert loaded.units.LIMIT == 5 and loaded.units.ids is loaded.ids
    again = load_modules(root, "firmware.core.units")
    assert again.units is not loaded.units
    assert set(sys.modules) == before


@pytest.mark.parametrize("name", ["machine", "rp2", "time", "select", "emulator", "hil"])
def test_single_modules_cannot_reach_hardware_or_the_host(tree, name):
    root = tree({"firmware/core/units.py": f"import {name}"})
    with pytest.raises(ImportError, match=f"no module named '{name}'"):
        load_modules(root, "firmware.core.units")


TOP = (1 << 30) - 1


@pytest.mark.parametrize(
    ("body", "argument"),
    [
        pytest.param("return a + 1", TOP, id="sum"),
        pytest.param("return a * a", 1 << 15, id="product"),
        pytest.param("return a * a // a", 1 << 15, id="intermediate product"),
        pytest.param("return a - 1 if a else 0", -(1 << 30), id="difference below"),
        pytest.param("return -a", -(1 << 30), id="negation"),
        pytest.param("return a << 1", 1 << 29, id="shift"),
        pytest.param("a += 1", TOP, id="in place"),
        pytest.param("b = [a]; b[0] += 1", TOP, id="in place in a list"),
        pytest.param("return a / 2", 4, id="true division"),
        pytest.param("return a * 0.5", 4, id="float factor"),
    ],
)
def test_the_guard_finds_what_leaves_a_small_int(tree, body, argument):
    root = tree({"firmware/core/units.py": f'"""Doc."""\ndef work(a):\n    {body}\n'})
    load_modules(root, "firmware.core.units").units.work(argument)
    with pytest.raises(OutsideSmallInt, match="in line 3"):
        load_modules(root, "firmware.core.units", guard=True).units.work(argument)


def test_the_guard_lets_small_ints_and_text_pass(tree):
    root = tree(
        {
            "firmware/core/units.py": """
            class Box:
                def __init__(self):
                    self.total = 0
            def work(a):
                box = Box()
                box.total += a
                box.total -= 1
                return "%d" % (box.total + 1), not a, -(1 << 29) * 2
            """
        }
    )
    assert load_modules(root, "firmware.core.units", guard=True).units.work(TOP) == (
        str(TOP),
        False,
        -(1 << 30),
    )
