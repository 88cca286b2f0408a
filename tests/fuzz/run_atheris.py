"""The coverage-guided run: `python -m tests.fuzz.run_atheris CORPUS -max_total_time=600` (libFuzzer's options).

Needs `pip install atheris`. What it finds is minimised by hand and becomes a test in test_line_fuzz.py; of the
inputs that it grew a small set stands in corpus.txt, one a line in hex, and is tried again there.
"""

from __future__ import annotations

import sys

import atheris  # type: ignore[import-not-found]

with atheris.instrument_imports(  # type: ignore[attr-defined]
    include=["protocols", "firmware.services", "hil.pump.client", "hil.pump.exchange"]
):
    from tests.fuzz.line_fuzz import run_one


def main() -> None:
    atheris.Setup(sys.argv, run_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
