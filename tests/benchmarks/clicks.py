"""Click → acknowledged: people pressing Done through Socket Mode, each click stored, its card edited.

The bot is `shiftbot run` in a process of its own on a SQLite file; the emulator and the people are this process.
"""

import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from shiftbot.demo.emulator import Envelope, Message, SlackEmulator
from tests.benchmarks.a_bot import LINES, channel_of, running, workspace, write_home
from tests.benchmarks.figures import Figure, spread

SITES = 40
SECONDS = 15
RATES = (20, 50)
REACH = {20: "", 50: "p50 ≤ 30 ms, p99 ≤ 200 ms"}


def run(_words: Sequence[str]) -> list[Figure]:
    """Press 20 and then 50 times a second."""
    with tempfile.TemporaryDirectory() as folder, workspace(SITES) as emulator:
        home = Path(folder)
        write_home(home, SITES)
        with running(home, emulator) as bot:
            emulator.wait_until(lambda: emulator.connections == 1, timeout=30)
            cards = _cards(emulator)
            clicks = ((card, number) for number in range(1, LINES + 1) for card in cards)
            figures = [_measure(emulator, clicks, rate) for rate in RATES]
            _expect_stored(home / "shiftbot.db", sum(rate * SECONDS for rate in RATES))
            figures.append(Figure("shiftbot run after these clicks", f"{bot.resident_mb:.0f} MB resident", "≤ 150 MB"))
    return figures


def _cards(emulator: SlackEmulator) -> list[Message]:
    channels = [channel_of(number) for number in range(SITES)]
    emulator.wait_until(lambda: all(emulator.messages(channel) for channel in channels), timeout=60)
    return [emulator.messages(channel)[0] for channel in channels]


def _measure(emulator: SlackEmulator, clicks: Iterator[tuple[Message, int]], rate: int) -> Figure:
    ben = emulator.person("U0BEN")
    envelopes: list[Envelope] = []
    began = time.perf_counter()
    for number in range(rate * SECONDS):
        time.sleep(max(0.0, began + number / rate - time.perf_counter()))
        card, line = next(clicks)
        envelopes.append(ben.click(card, "item_done", f"line-{line}"))
    took = [envelope.wait(timeout=10).took for envelope in envelopes]
    milliseconds = [seconds * 1000 for seconds in took if seconds is not None]
    return Figure(
        f"click → acknowledged, {rate} clicks/s for {SECONDS} s",
        spread(milliseconds),
        REACH[rate],
        "Slack's limit: 3 s",
    )


def _expect_stored(path: Path, clicked: int) -> None:
    """Every click became an answer: an acknowledgement alone would be worth nothing."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        deadline = time.monotonic() + 10
        while (stored := database.execute("SELECT count(*) FROM answers").fetchone()[0]) != clicked:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{clicked} clicks were acknowledged, {stored} answers are stored")
            time.sleep(0.1)
