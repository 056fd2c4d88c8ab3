"""How long `shiftbot run` takes to its first tick, on an empty folder and again, and what it holds after a minute."""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from shiftbot.demo.emulator import SlackEmulator
from tests.benchmarks.a_bot import LINES, channel_of, running, workspace, write_home
from tests.benchmarks.figures import Figure

STARTS = 5
MINUTE = 60.0

LIBRARIES = (
    "alembic.command, amqtt.broker, paho.mqtt.client, pydantic, slack_bolt, sqlalchemy, starlette, typer, uvicorn, yaml"
)
"""What stands beside it: a Python that only imports what `run` is made of."""


def run(_words: Sequence[str]) -> list[Figure]:
    """Start several times, then stay up for a minute and press a few buttons."""
    with tempfile.TemporaryDirectory() as folder, workspace(1) as emulator:
        home = Path(folder)
        write_home(home, 1)
        first = _start(home, emulator)
        again = statistics.median(_start(home, emulator) for _ in range(STARTS))
        with running(home, emulator) as bot:
            bot.wait_for_first_tick()
            _press_some(emulator)
            time.sleep(MINUTE - (time.perf_counter() - bot.began))
            resident, cpu = bot.resident_mb, bot.cpu_seconds
    libraries = f"importing its libraries alone: {statistics.median(_import() for _ in range(STARTS)):.2f} s"
    return [
        Figure("shiftbot run to the end of its first tick, on an empty folder", f"{first:.2f} s", "≤ 2 s", libraries),
        Figure("shiftbot run to the end of its first tick, again", f"{again:.2f} s", "≤ 2 s", libraries),
        Figure(
            f"shiftbot run after a minute, {LINES} clicks in it",
            f"{resident:.0f} MB resident, {cpu:.1f} s CPU with the start",
            "≤ 150 MB",
        ),
    ]


def _start(home: Path, emulator: SlackEmulator) -> float:
    with running(home, emulator) as bot:
        return bot.wait_for_first_tick()


def _import() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import {LIBRARIES}"], check=True)
    return time.perf_counter() - began


def _press_some(emulator: SlackEmulator) -> None:
    channel = channel_of(0)
    emulator.wait_until(lambda: emulator.connections == 1 and bool(emulator.messages(channel)), timeout=30)
    card = emulator.messages(channel)[0]
    for number in range(1, LINES + 1):
        emulator.person("U0BEN").click(card, "item_done", f"line-{number}").wait()
