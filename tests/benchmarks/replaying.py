"""`shiftbot replay` of a year at one reading a minute, as a process of its own: a fridge with its bad nights."""

import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.benchmarks.figures import Figure

READINGS = 365 * 24 * 60
STARTS = datetime(2026, 1, 1, tzinfo=UTC)
NIGHT = 20_011
"""Every so many minutes the fridge is warm for an hour."""


def run(_words: Sequence[str]) -> list[Figure]:
    """Replay it once for the file system's sake, then again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "readings.csv"
        path.write_text("taken_at,temperature\n" + "".join(map(_line, range(READINGS))), encoding="utf-8")
        took, cpu = min(_replay(path) for _ in range(2))
    return [Figure(f"`shiftbot replay` of a year, {READINGS:,} readings", f"{took:.1f} s ({cpu:.1f} s CPU)", "≤ 5 s")]


def _line(minute: int) -> str:
    value = 5 + math.sin(minute / 30) if minute % NIGHT >= 60 else 9.5
    return f"{(STARTS + timedelta(minutes=minute)).isoformat()},{value:.2f}\n"


def _replay(path: Path) -> tuple[float, float]:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "shiftbot", "replay", str(path), "--class", "vaccine-refrigerator"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
