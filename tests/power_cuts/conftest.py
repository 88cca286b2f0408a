"""`pump(...)`, as in tests/pump."""

from tests.pump.conftest import pump  # noqa: F401
