"""The database: there, up to date, keeping what it says it keeps, with room left, and of one mind about the time."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from shutil import disk_usage

from sqlalchemy import text

from shiftbot.bootstrap.doctor.finding import Finding, doubtful, not_looked, well, wrong
from shiftbot.bootstrap.health import last_tick
from shiftbot.errors import SettingsError, StorageUnavailable
from shiftbot.services.auditing import in_words
from shiftbot.storage import processes, stuck
from shiftbot.storage.database import Database, parse_url
from shiftbot.storage.migrations import is_current
from shiftbot.ticker import TICK_IS_OLD

AREA = "database"

OLDEST_POSTGRES = 14
"""The oldest major version that still gets mends."""

LITTLE_ROOM, NO_ROOM = 2_000_000_000, 200_000_000
"""Bytes: a busy site's readings of some years; what SQLite needs to go on writing."""

APART = timedelta(seconds=5)
FAR_APART = timedelta(seconds=60)
"""Clocks that differ by this much are wrong: Slack refuses what is signed five minutes ago."""

DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
"""What PostgreSQL must be set to, or a power cut takes back what was acknowledged."""


def look_at_database(url: str, now: datetime) -> Iterator[Finding]:
    """Everything about it, and about the processes that say in it how they are."""
    try:
        parsed = parse_url(url)
    except SettingsError as error:
        yield wrong(AREA, str(error), "see SHIFTBOT_DATABASE_URL")
        return
    path = Path(str(parsed.database))
    is_sqlite = parsed.get_backend_name() == "sqlite"
    if is_sqlite and not path.is_file():
        yield wrong(AREA, f"there is no database {path} yet", "run `shiftbot migrate`")
        return
    database = Database(url)
    try:
        yield from _look(database, parsed.render_as_string(hide_password=True), now)
        if is_sqlite:
            yield room_at(AREA, path.parent)
    except (StorageUnavailable, SettingsError) as error:
        yield wrong(AREA, str(error), "see that it runs and that SHIFTBOT_DATABASE_URL is right")
    finally:
        database.close()


def _look(database: Database, shown: str, now: datetime) -> Iterator[Finding]:
    if not is_current(database):
        yield wrong(AREA, f"{shown} is not up to date with this shiftbot", "run `shiftbot migrate`")
        return
    yield well(AREA, f"{shown} answers and is up to date")
    yield from _sqlite(database) if database.is_sqlite else _postgres(database, now)
    yield from _work(database, now)


def _sqlite(database: Database) -> Iterator[Finding]:
    with database.transaction() as connection:
        journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
        durable = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
    if journal == "wal" and durable >= 2:
        yield well(AREA, "can be written; WAL, and every commit is on the disk before it counts")
    else:
        yield wrong(AREA, f"journal_mode is {journal}, synchronous is {durable}", "put it on a local disk, not a share")


def _postgres(database: Database, now: datetime) -> Iterator[Finding]:
    with database.snapshot() as connection:
        major = connection.execute(text("SHOW server_version_num")).scalar_one()
        found = {name: connection.execute(text(f"SHOW {name}")).scalar_one() for name in DURABLE}
        at: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    version = int(major) // 10_000
    if version < OLDEST_POSTGRES:
        yield doubtful(AREA, f"PostgreSQL {version} gets no mends any more", f"use {OLDEST_POSTGRES} or later")
    else:
        yield well(AREA, f"PostgreSQL {version}")
    lax = [f"{name} is {found[name]}" for name, wanted in DURABLE.items() if found[name] != wanted]
    if lax:
        yield wrong(AREA, f"a power cut may take back what was stored: {', '.join(lax)}", "set each of them to on")
    else:
        yield well(AREA, "every commit is on the disk before it counts")
    yield compare_clocks("the database", at, now)


def compare_clocks(whose: str, at: datetime, now: datetime) -> Finding:
    """How far a clock is from this machine's."""
    apart = abs(at - now)
    what = f"this machine's and that of {whose} differ by {apart.total_seconds():.0f} s"
    if apart >= FAR_APART:
        return wrong("clock", what, "have both set by NTP")
    return doubtful("clock", what, "have both set by NTP") if apart >= APART else well("clock", what)


def room_at(area: str, folder: Path) -> Finding:
    """How much room there is on a folder's disk."""
    free = disk_usage(folder).free
    what = f"{free / 1e9:.1f} GB free at {folder}"
    if free < NO_ROOM:
        return wrong(area, what, "make room; nothing can be stored soon")
    return doubtful(area, what, "make room before long") if free < LITTLE_ROOM else well(area, what)


def _work(database: Database, now: datetime) -> Iterator[Finding]:
    with database.snapshot() as connection:
        at_work = processes.at_work(connection)
        found = stuck.find(connection, now)
    last = last_tick(at_work)
    names = ", ".join(map(str, at_work))
    if not at_work:
        yield not_looked("processes", "none is at work on this database now")
    elif last is None:
        yield wrong("processes", f"{names}: none of them ticks", "start `shiftbot tick`, or `shiftbot run`")
    elif (ago := (now - last).total_seconds()) > TICK_IS_OLD:
        yield wrong(
            "processes", f"{names}: the last tick ended {ago:.0f} s ago", "start shiftbot again; its log says why"
        )
    else:
        yield well("processes", f"{names}; the last tick ended {max(ago, 0):.0f} s ago")
    if at_work:
        for each in found:
            yield wrong("stuck", f"{each.site}: {in_words(each)}", "see the log, and start shiftbot again")
