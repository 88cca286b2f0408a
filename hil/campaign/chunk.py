"""Runs some trials in a process of its own: a worker of Dask has threads, and a process with threads must not fork.

Trials come pickled on standard input, from `dask_trials`. Exit code 0 when all outcomes are on disk.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

from hil.campaign.series import branching
from hil.errors import PumpbenchError


def main() -> int:
    folder, target, timeout_s, trials = pickle.load(sys.stdin.buffer)
    try:
        branching(Path(folder), 1, target, timeout_s).run(trials)
    except PumpbenchError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
