"""The fixture by which unit tests reach the firmware: fresh each time, and guarded on demand."""

from __future__ import annotations

import sys

import pytest


def test_each_call_executes_the_module_anew_and_leaves_the_host_alone(firmware_module):
    first = firmware_module("firmware.core.units")
    second = firmware_module("firmware.core.units")
    assert first is not second
    assert first.until_ms(100, 90) == 10
    assert sys.modules.get("firmware.core.units") not in (first, second)


@pytest.mark.requirement("INT-10")
def test_the_guard_raises_where_a_number_leaves_the_small_int_range(firmware_module):
    assert firmware_module("firmware.core.units").mul_div(2**15, 2**15, 1) == 2**30
    units = firmware_module("firmware.core.units", guard=True)
    with pytest.raises(Exception, match="small"):
        units.mul_div(2**15, 2**15, 1)
