"""Has a chapter gone through by tests/crash/driver.py, in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.postgres import PostgresServer

ROOT = Path(__file__).parents[2]

SHOWN = 10
"""Kills after which something did not hold that are told; the rest is counted."""


def kill_everywhere_in(
    chapter: str,
    engine_name: str,
    server: Callable[[], PostgresServer],
    note: Callable[[str, object], None],
) -> None:
    """Raise AssertionError with what did not hold after which kill. `note` takes the count for the summary."""
    database = "sqlite" if engine_name == "sqlite" else server().url("postgres")
    driven = subprocess.run(
        [sys.executable, "-m", "tests.crash.driver", database, chapter],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert driven.returncode == 0, driven.stderr
    found = json.loads(driven.stdout.splitlines()[-1])
    points, failed = len(found["points"]), found["failed"]
    assert points > 0, "nothing was killed"
    note("kill points", [f"{chapter}, on {engine_name}", points, found["followed"]])
    told = [f"{point}\n    " + "\n    ".join(wrong) for point, wrong in list(failed.items())[:SHOWN]]
    assert not failed, f"{len(failed)} of {points} kills:\n" + "\n".join(told) + f"\n{driven.stderr}"
