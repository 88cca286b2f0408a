"""Modules that only one other imports are parts of it on the board; the program stays."""

from __future__ import annotations

import pytest

from hil.board.bundling import FORGOTTEN, bundled
from hil.board.files import bundles, source_files

LIMITS = "MOST = 5\n\n\ndef within(number):\n    return number <= MOST\n"
USER = "from limits import within\n\n\ndef judge(number):\n    return within(number)\n"


def test_a_module_with_one_importer_becomes_its_first_part():
    found = bundled({"main": "from user import judge", "user": USER, "limits": LIMITS})
    assert set(found) == {"main", "user"}
    assert found["user"].parts == ["limits", "user"]
    names: dict = {}
    exec(found["user"].source, names)
    assert names["judge"](5) and not names["judge"](6)


@pytest.mark.parametrize(
    "modules",
    [
        pytest.param({"user": USER, "other": "from limits import MOST\n"}, id="two importers"),
        pytest.param(
            {"user": "def judge(n):\n    from limits import within\n    return within(n)\n"}, id="in a function"
        ),
        pytest.param({"user": "from limits import within as inside\n"}, id="under another name"),
        pytest.param({"user": USER + "MOST = 7\n"}, id="a name for two things"),
        pytest.param({"user": "from other import MOST\n" + USER, "other": "MOST = 1\n"}, id="an imported name for two"),
    ],
)
def test_other_modules_stay_by_themselves(modules):
    found = bundled({"main": "import user, other", **modules, "limits": LIMITS})
    assert found["limits"].parts == ["limits"]
    assert "limits" not in found["user"].parts


def test_what_is_imported_as_a_whole_stays_by_itself():
    found = bundled({"main": "", "a.user": "from a import limits\nprint(limits.MOST)\n", "a.limits": LIMITS})
    assert set(found) == {"main", "a.user", "a.limits"}


def test_every_module_of_the_firmware_is_in_one_bundle():
    sources = {path[1:-3].replace("/", "."): text.decode() for path, text in source_files().items()}
    found = bundled(sources)
    assert sorted(part for bundle in found.values() for part in bundle.parts) == sorted(sources)
    assert len(found) < len(sources) * 2 // 3


def test_what_the_firmware_forgets_after_its_boot_is_a_bundle_of_its_own():
    found = bundles()
    assert set(found["firmware.assembly"].parts) == FORGOTTEN
    assert not FORGOTTEN & {part for name in found if name != "firmware.assembly" for part in found[name].parts}
