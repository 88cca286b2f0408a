"""Violations that are known and not yet mended: they are counted apart, and no story fails by one of them alone.

An entry names the kind of a violation, and where it is written down. Whoever mends the fault deletes its entry; a test
says so when a sample of stories no longer shows it.
"""

from __future__ import annotations

_LATE = "LNK-02 is open: tests/pump/test_link_latency.py; a START behind acknowledges waits for their writes to flash"

OPEN: dict[str, str] = {
    "every_request_is_answered_once_and_in_time: late": _LATE,
    "every_request_is_answered_once_and_in_time: none": _LATE,
    "every_request_is_answered_once_and_in_time: twice": _LATE,
}
