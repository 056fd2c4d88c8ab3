"""Every site misses its opening in one second of the wall's clock, while people press buttons.

The bot is one process on SQLite, and on PostgreSQL two that share the work; the Slack emulator and the people are this
process. `--many`: 10,000 sites instead of 1,000. As a program it is one of those processes:
`python -m tests.benchmarks.storm HOME DATABASE_URL API_URL BOT_TOKEN APP_TOKEN SITES OPENS_AT PARTS`.
"""

import logging
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from pathlib import Path

import yaml
from pydantic import SecretStr
from sqlalchemy import func, select

from shiftbot import slack
from shiftbot.bootstrap import Part, Shiftbot
from shiftbot.demo.emulator import Envelope, SlackEmulator
from shiftbot.domain.checklist import Item, Section
from shiftbot.domain.local_time import SiteCalendar
from shiftbot.domain.recurrence import Anchor, Moment, Schedule
from shiftbot.domain.site import Pharmacy
from shiftbot.settings import Settings
from shiftbot.storage.database import Database
from shiftbot.storage.tables import alerts, outbox, runs
from tests.benchmarks.databases import address, kinds
from tests.benchmarks.figures import Figure, spread
from tests.benchmarks.many_sites import chain_of
from tests.benchmarks.processes import Started
from tests.cast import HILLTOP, OPENING
from tests.mqtt.brokers import free_port

SITES, MANY_SITES = 1_000, 10_000
PRESSED_SITES, LINES, CLICKS_A_SECOND = 40, 40, 20
STARTS_WITHIN = timedelta(seconds=40)
"""How long the processes have to prepare every run; twice as long with ten times the sites."""

DUE, GRACE = timedelta(seconds=10), timedelta(seconds=10)
ENDS_WITHIN = 120.0
DRAINS = 20.0
"""Seconds for which the outbox is watched afterwards: one person gets one message a second."""

ALL_DAY = replace(
    OPENING,
    id="all-day",
    title="All day",
    schedule=Schedule((Moment(Anchor.OPEN),), timedelta(hours=23), timedelta(minutes=10), remind_before=None),
    sections=(Section("Front", tuple(Item(f"line-{number}", f"Line {number}") for number in range(LINES))),),
)
BOT_AND_TICK, ONLY_TICK = "bot+tick", "tick"


def pharmacy(sites: int, opens_at: datetime) -> Pharmacy:
    """A chain that never closes; each site's opening is missed in the same second, a few have one to press on."""
    chain = chain_of(sites)
    calendar = SiteCalendar(HILLTOP.calendar.timezone, dict.fromkeys(range(7), (clock(), clock())))
    opens = Moment(Anchor.CLOCK, at=opens_at.astimezone(calendar.timezone).time())
    opening = replace(OPENING, schedule=Schedule((opens,), DUE, GRACE, remind_before=None))
    pressed = set(list(chain.sites)[:PRESSED_SITES])
    asked = {name: (OPENING.id, ALL_DAY.id) if name in pressed else (OPENING.id,) for name in chain.sites}
    return replace(
        chain,
        sites={site.id: replace(site, calendar=calendar, checklists=asked[site.id]) for site in chain.sites.values()},
        checklists={OPENING.id: opening, ALL_DAY.id: ALL_DAY},
        units={},
        digest=f"storm over {sites}",
    )


def run(words: Sequence[str]) -> list[Figure]:
    """One storm on each database."""
    sites = MANY_SITES if "--many" in words else SITES
    return [figure for kind in kinds() for figure in _storm(kind, sites)]


@dataclass
class People:
    """Presses a button every twentieth of a second, and keeps how long each acknowledgement took."""

    emulator: SlackEmulator
    cards: list[str]
    envelopes: list[Envelope] = field(default_factory=list)
    enough: threading.Event = field(default_factory=threading.Event)

    def press(self) -> None:
        """Go on until told that it is enough, or every line is done."""
        ben, began = self.emulator.person("U0BEN"), time.perf_counter()
        messages = [self.emulator.messages(channel)[0] for channel in self.cards]
        for number in range(len(messages) * LINES):
            if self.enough.wait(max(0.0, began + number / CLICKS_A_SECOND - time.perf_counter())):
                return
            line, card = divmod(number, len(messages))
            self.envelopes.append(ben.click(messages[card], "item_done", f"line-{line + 1}"))

    @contextmanager
    def pressing(self) -> Iterator[None]:
        """Press for as long as the block lasts."""
        thread = threading.Thread(target=self.press)
        thread.start()
        try:
            yield
        finally:
            self.enough.set()
            thread.join()

    def waits(self) -> list[float]:
        """Milliseconds to each acknowledgement."""
        took = [envelope.wait(timeout=60).took for envelope in self.envelopes]
        return [seconds * 1000 for seconds in took if seconds is not None]


def _storm(kind: str, sites: int) -> list[Figure]:
    opens_at = datetime.now(UTC) + STARTS_WITHIN * (2 if sites == MANY_SITES else 1)
    chain = pharmacy(sites, opens_at)
    parts = [BOT_AND_TICK] if kind == "SQLite" else [BOT_AND_TICK, ONLY_TICK]
    with ExitStack() as opened:
        home, url = Path(opened.enter_context(tempfile.TemporaryDirectory())), opened.enter_context(address(kind))
        emulator = opened.enter_context(_workspace(chain))
        for each in parts:
            opened.enter_context(_process(home, url, emulator, sites, opens_at, each))
            emulator.wait_until(lambda: emulator.connections == 1, timeout=120)
        database = Database(url)
        opened.callback(database.close)
        missed_at = opens_at + DUE + GRACE
        people = People(emulator, [site.channel for site in list(chain.sites.values())[:PRESSED_SITES]])
        emulator.wait_until(lambda: all(map(emulator.messages, people.cards)), timeout=120)
        time.sleep(max(0.0, (opens_at - datetime.now(UTC)).total_seconds()))
        _expect_prepared(database, sites)
        with people.pressing():
            took, told = _alerted(database, sites, missed_at)
        time.sleep(DRAINS)
        sent = _sent(database)
    pressed = f"{spread(people.waits())}, {len(people.envelopes)} clicks"
    where = f"{sites:,} sites, {kind}" + ("" if len(parts) == 1 else f" and {len(parts)} processes")
    return [
        Figure(f"every opening missed in one second, last alert row committed: {where}", f"{took:.1f} s", "≤ 20 s"),
        Figure(f"… its first step taken, the notice in the outbox: {where}", f"{told:.1f} s"),
        Figure(f"… click → acknowledged meanwhile: {where}", pressed, "p99 ≤ 500 ms"),
        Figure(f"… escalations to one person {DRAINS:.0f} s later: {where}", f"{sent} sent", "1 a second"),
    ]


@contextmanager
def _workspace(chain: Pharmacy) -> Iterator[SlackEmulator]:
    with SlackEmulator() as emulator:
        for person in chain.people.values():
            emulator.add_user(person.slack, person.id, person.name)
        for site in chain.sites.values():
            emulator.add_channel(site.channel, site.id, [person.slack for person in chain.people.values()])
        emulator.use_manifest(yaml.safe_load((Path(slack.__file__).parent / "manifest.yaml").read_text()))
        yield emulator


@contextmanager
def _process(
    home: Path, url: str, emulator: SlackEmulator, sites: int, opens_at: datetime, parts: str
) -> Iterator[Started]:
    tokens = (emulator.api_url, emulator.bot_token, emulator.app_token)
    words = [str(home), url, *tokens, str(sites), opens_at.isoformat(), parts]
    started = Started(subprocess.Popen([sys.executable, "-m", "tests.benchmarks.storm", *words]))
    try:
        yield started
    finally:
        started.stop()


def _expect_prepared(database: Database, sites: int) -> None:
    """Who has not prepared every run by the time they open was not ready for the storm."""
    with database.snapshot() as connection:
        mine = runs.c.checklist == OPENING.id
        prepared = connection.execute(select(func.count(runs.c.site.distinct())).where(mine)).scalar_one()
    if prepared != sites:
        raise RuntimeError(f"{prepared} runs of {sites} were prepared within {STARTS_WITHIN}")


def _alerted(database: Database, sites: int, missed_at: datetime) -> tuple[float, float]:
    """Seconds after the runs were missed until the last alert was there, and until the last one had told somebody."""
    queued = select(func.count(outbox.c.alert.distinct())).where(outbox.c.alert.is_not(None))
    opened = select(func.count()).select_from(alerts)
    deadline = missed_at + timedelta(seconds=ENDS_WITHIN)
    last: dict[str, float] = {}
    while len(last) < 2:
        now = datetime.now(UTC)
        if now > deadline:
            raise RuntimeError(f"not every alert was there {ENDS_WITHIN:.0f} s after the last run was missed: {last}")
        with database.snapshot() as connection:
            for what, query in (("alerts", opened), ("told", queued)):
                if what not in last and connection.execute(query).scalar_one() >= sites:
                    last[what] = (now - missed_at).total_seconds()
        time.sleep(0.1)
    return last["alerts"], last["told"]


def _sent(database: Database) -> int:
    with database.snapshot() as connection:
        done = (outbox.c.alert.is_not(None), outbox.c.state == "sent")
        counted: int = connection.execute(select(func.count()).where(*done)).scalar_one()
    return counted


def main() -> None:
    """One of the processes, until told to end."""
    logging.getLogger("shiftbot").setLevel(logging.ERROR)
    home, url, api, bot_token, app_token, sites, opens_at, parts = sys.argv[1:]
    settings = Settings(
        home=Path(home),
        database_url=url,
        slack_api_url=api,
        slack_bot_token=SecretStr(bot_token),
        slack_app_token=SecretStr(app_token),
        port=free_port(),
    )
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    chosen = frozenset(Part(part) for part in parts.split("+"))
    bot = Shiftbot(settings, parts=chosen, pharmacy=pharmacy(int(sites), datetime.fromisoformat(opens_at)))
    bot.start()
    ended.wait()
    bot.stop()


if __name__ == "__main__":
    main()
