"""Due → handed to Slack, one site: how long after its due instant a card stands in the channel.

The real ticker and deliverer on the wall's clock and a SQLite file; Slack's pace of one message a second holds.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from pydantic import SecretStr

from shiftbot.bootstrap import Part, Shiftbot
from shiftbot.demo.emulator import SlackEmulator
from shiftbot.domain.checklist import Checklist
from shiftbot.domain.local_time import SiteCalendar
from shiftbot.domain.recurrence import Anchor, Moment, Schedule
from shiftbot.domain.site import Pharmacy
from shiftbot.settings import Settings
from tests.benchmarks.figures import Figure, spread
from tests.cast import HILLTOP, OPENING, hilltop

OPENINGS = 40
EVERY = timedelta(seconds=1.3)
STARTS_WITHIN = timedelta(seconds=4)


def run(_words: Sequence[str]) -> list[Figure]:
    """Let forty checklists open one after the other."""
    first = datetime.now(UTC) + STARTS_WITHIN
    due = [first + number * EVERY for number in range(OPENINGS)]
    with tempfile.TemporaryDirectory() as folder, _workspace() as emulator:
        settings = Settings(
            home=Path(folder), slack_bot_token=SecretStr(emulator.bot_token), slack_api_url=emulator.api_url
        )
        bot = Shiftbot(settings, parts=frozenset({Part.TICK}), pharmacy=_pharmacy(due))
        bot.start()
        emulator.wait_until(lambda: len(emulator.messages(HILLTOP.channel)) == OPENINGS, timeout=120)
        bot.stop()
        posted = [float(message.ts) for message in emulator.messages(HILLTOP.channel)]
    waits = [(at - instant.timestamp()) * 1000 for at, instant in zip(sorted(posted), due, strict=True)]
    reach = "p50 ≤ 150 ms, p99 ≤ 1 s"
    return [Figure("due → handed to Slack, one site", spread(waits), reach, "GoAlert's cycle: 5 s")]


def _workspace() -> SlackEmulator:
    emulator = SlackEmulator()
    emulator.add_user("U0MORGAN", "morgan", "Morgan Lee", "Manager")
    emulator.add_channel(HILLTOP.channel, "hilltop-main", ["U0MORGAN"])
    return emulator


def _pharmacy(due: Sequence[datetime]) -> Pharmacy:
    """Hilltop, never closed, with a checklist for each instant."""
    checklists = [_checklist(number, at) for number, at in enumerate(due)]
    calendar = SiteCalendar(HILLTOP.calendar.timezone, dict.fromkeys(range(7), (time(), time())))
    site = replace(HILLTOP, calendar=calendar, checklists=tuple(checklist.id for checklist in checklists))
    return replace(hilltop(*checklists, units=()), sites={site.id: site}, digest="handing")


def _checklist(number: int, at: datetime) -> Checklist:
    opens = Moment(Anchor.CLOCK, at=at.astimezone(HILLTOP.calendar.timezone).time())
    schedule = Schedule((opens,), timedelta(hours=1), timedelta(minutes=10))
    return replace(OPENING, id=f"checklist-{number}", schedule=schedule)
